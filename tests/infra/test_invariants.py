"""Each invariant check is shown to fail: its violation is planted into sound books, and it must be found, by that check."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.lifecycle import ApplicationState
from domain.messages import Policy, ReviewDecision, Verdict
from domain.ports import BureauRecord
from infra.books.applications import SqlApplications
from infra.books.issuing import SqlIssuing
from infra.database import Database
from infra.invariants import CHECKS, records_checked, violations
from tests.databases import sqlite_database
from tests.factories import make_customer, make_record, make_request, make_review, make_reviewer
from tests.fakes import FakeBureau


@dataclass
class Books:
    """One application each: in review, issued, returned, and cancelled."""

    database: Database
    bureau: FakeBureau
    numbers: dict[str, str]

    def violations(self, book: Sequence[BureauRecord] | None = None) -> dict[str, list[str]]:
        with self.database.read() as session:
            return violations(session, self.bureau.entries if book is None else book)

    def plant(self, *statements: str) -> None:
        """Change rows behind everybody's back; {issued}, {returned} and the like stand for the application's number."""
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for trigger in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
            for statement in statements:
                done = connection.exec_driver_sql(statement.format(**self.numbers))
                assert done.rowcount > 0, f"planted nothing: {statement}"
            connection.exec_driver_sql("COMMIT")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    database = sqlite_database(tmp_path)
    bureau = FakeBureau()
    customer, reviewer = make_customer(database), make_reviewer(database)
    applications, issuing = SqlApplications(database, lambda _text: set()), SqlIssuing(database)
    numbers = {}
    for end in ("reviewing", "issued", "returned", "cancelled"):
        now = datetime.now(UTC)
        request = make_request(customer, make_record(database, customer, 10_600))
        numbers[end] = request.number
        assert not applications.reserve(request, now).refused
        applications.check(request.number, Policy(), now)
        if end == "cancelled":
            applications.end(request.number, ApplicationState.CANCELLED, None, now)
        if end in ("issued", "returned"):
            decision = ReviewDecision(f"key-{request.number}", reviewer, Verdict.APPROVE, 1)
            make_review(database, request.number, reviewer, decision.key, now)
            (order,) = applications.approve(request.number, decision, Policy(), now)
            for red in (False, True) if end == "returned" else (False,):
                claim = issuing.claim(order.invoice_id, 1, red=red)
                issuing.mark_asked(order.invoice_id, 1, now, red=red)
                record = bureau.ask(claim.request)
                if red:
                    issuing.record_red_issued(order.invoice_id, record, now)
                else:
                    issuing.record_issued(order.invoice_id, record, Policy(), now)
            applications.end(request.number, ApplicationState.ISSUED, None, now)
    return Books(database, bureau, numbers)


def test_sound_books_have_no_violation(books: Books) -> None:
    assert books.violations() == {}
    with books.database.read() as session:
        assert records_checked(session) == 4


_SIGN_OFF = (
    "INSERT INTO sign_off SELECT number, enterprise_id, '?', FALSE, 1, 1, 1, submitted_at, submitted_at, NULL, '', NULL"
    " FROM application WHERE number = '{issued}'"
)
PLANTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "a running total is one fen off": ("I1", ("UPDATE balance SET amount_fen = amount_fen + 1 WHERE bucket = 'invoiced'",)),
    "a running total is missing": ("I1", ("DELETE FROM balance WHERE bucket = 'available'",)),
    "an entry is one fen off": (
        "I1",
        ("UPDATE ledger_entry SET amount_fen = amount_fen + 1 WHERE cause = 'issue:{issued}-1' AND bucket = 'invoiced'",),
    ),
    "consumption was never posted": (
        "I1",
        ("UPDATE consumption_record SET gross_fen = gross_fen + 1 WHERE id = (SELECT MIN(id) FROM consumption_record)",),
    ),
    "a record is invoiced beyond its amount": (
        "I2",
        ("UPDATE consumption_record SET invoiced_fen = invoiceable_fen + 1 WHERE invoiced_fen > 0",),
    ),
    "a record's totals differ from the ledger": (
        "I2",
        ("UPDATE consumption_record SET invoiced_fen = invoiced_fen - 1 WHERE invoiced_fen > 0",),
    ),
    "something is reserved that nobody holds": ("I3", ("UPDATE application SET state = 'cancelled' WHERE number = '{reviewing}'",)),
    "a live application holds nothing": ("I3", ("UPDATE application SET state = 'reviewing' WHERE number = '{cancelled}'",)),
    "a transaction does not balance": ("I4", ("DELETE FROM ledger_entry WHERE cause = 'reserve:{reviewing}' AND bucket = 'reserved'",)),
    "a red number is a blue one": (
        "I5",
        ("UPDATE invoice SET red_number = (SELECT number FROM invoice WHERE id = '{issued}-1') WHERE id = '{returned}-1'",),
    ),
    "a line is one fen more than its invoice has": (
        "I9",
        ("UPDATE invoice_line SET net_fen = net_fen + 1 WHERE invoice_id = '{issued}-1'",),
    ),
    "an invoice has less than its records": (
        "I9",
        ("UPDATE application_item SET amount_fen = amount_fen + 1 WHERE invoice_id = '{issued}-1'",),
    ),
    "invoices are less than applied for": (
        "I9",
        ("UPDATE application SET amount_fen = amount_fen + 1 WHERE number = '{issued}'",),
    ),
    "a record is on an invoice of another rate": (
        "I9",
        (
            (
                "UPDATE consumption_record SET rate_bp = 900 WHERE id IN"
                " (SELECT record_id FROM application_item WHERE invoice_id = '{issued}-1')"
            ),
        ),
    ),
    "a line has another name than was reserved": ("I9-plan", ("UPDATE invoice_line SET name = '别的' WHERE invoice_id = '{issued}-1'",)),
    "our amount is not the bureau's": ("I6", ("UPDATE invoice SET total_fen = total_fen + 1 WHERE id = '{issued}-1'",)),
    "our number is not the bureau's": ("I6", ("UPDATE invoice SET number = '26332000000000000000' WHERE id = '{issued}-1'",)),
    "two invoices have one record": (
        "I7",
        ("UPDATE application_item SET invoice_id = '{issued}-1' WHERE application_number = '{reviewing}'",),
    ),
    "a returned invoice has no red-letter": ("I10", ("UPDATE invoice SET red_number = NULL WHERE id = '{returned}-1'",)),
    "an issued invoice has a red-letter": ("I10", ("UPDATE invoice SET red_number = '26332000000000000009' WHERE id = '{issued}-1'",)),
    "a return gave back too much": (
        "I11",
        ("UPDATE ledger_entry SET amount_fen = 2 * amount_fen WHERE cause = 'return:{returned}-1'",),
    ),
    "a return gave back nothing": ("I11", ("DELETE FROM ledger_entry WHERE cause = 'return:{returned}-1'",)),
    "more is owed than is held": (
        "I1-arrears",
        (
            (
                "INSERT INTO arrears (enterprise_id, account_id, as_of, amount_fen, noted_at)"
                " SELECT enterprise_id, id, '2026-11-01', 100, '2026-11-01' FROM account LIMIT 1"
            ),
        ),
    ),
    "something is held and nothing is owed": (
        "I1-arrears",
        (
            (
                "UPDATE balance SET bucket = 'arrears' WHERE amount_fen > 0 AND bucket = 'available' AND enterprise_id ="
                " (SELECT MIN(enterprise_id) FROM balance)"
            ),
        ),
    ),
    "a record is held and its money is not": (
        "I1-arrears",
        ("UPDATE consumption_record SET held_fen = 1 WHERE id = (SELECT MIN(id) FROM consumption_record)",),
    ),
    "a score is not its lines": ("I24-policy", ("UPDATE application SET score = score + 1 WHERE number = '{reviewing}'",)),
    "a level is another one": ("I24-policy", ("UPDATE application SET level = 3 WHERE number = '{issued}'",)),
    "nobody approved what a person had to look at": (
        "I24-policy",
        ("UPDATE application SET decided_by = NULL WHERE number = '{issued}'",),
    ),
    "one person approved what two have to": (
        "I23",
        ("UPDATE application SET level = 2, policy_version = NULL WHERE number = '{issued}'",),
    ),
    "nobody of ours approved it": ("I23", ("DELETE FROM review_decision WHERE application_number = '{issued}'",)),
    "the applicant approved it": (
        "I23",
        (
            (
                "UPDATE review_decision SET \"by\" = (SELECT applicant_id FROM application WHERE number = '{issued}')"
                " WHERE application_number = '{issued}'"
            ),
        ),
    ),
    "the same person approved two levels": (
        "I23",
        (
            (
                "INSERT INTO review_decision SELECT application_number, 2, \"by\", verdict, reason, phrase, version, 'k', at"
                " FROM review_decision WHERE application_number = '{issued}'"
            ),
        ),
    ),
    "a level was skipped": ("I23", ("UPDATE application SET review_step = 2 WHERE number = '{reviewing}'",)),
    "it is issued although somebody rejected it": (
        "I23",
        (
            (
                "INSERT INTO review_decision SELECT application_number, 2, (SELECT MIN(id) FROM user_account), 'reject', reason,"
                " phrase, version, 'k', at FROM review_decision WHERE application_number = '{issued}'"
            ),
        ),
    ),
    "somebody holds what is over": (
        "I23",
        ("UPDATE application SET claimed_by = 1, claimed_at = submitted_at, claimed_until = submitted_at WHERE number = '{issued}'",),
    ),
    "a ready reason is not there": ("I24-reasons", ("UPDATE application SET reason_phrase = 'gone' WHERE number = '{issued}'",)),
    "a policy is not there": ("I24-policy", ("UPDATE application SET policy_version = 99 WHERE number = '{issued}'",)),
    "a statement is missing": ("I14", ("DELETE FROM statement_line", "DELETE FROM statement")),
    "a statement is not charged and its records are open": ("I14", ("UPDATE statement SET postpaid = TRUE",)),
    "a statement is out and nothing opened": (
        "I14",
        (
            "DELETE FROM ledger_entry WHERE cause LIKE 'open:%'",
            "DELETE FROM ledger_transaction WHERE cause LIKE 'open:%'",
        ),
    ),
    "what is on no statement is open": ("I1-records", ("DELETE FROM statement_line", "DELETE FROM statement")),
    "a record says more than the running totals": (
        "I1-records",
        ("UPDATE consumption_record SET held_fen = 1 WHERE reserved_fen = 0 AND invoiced_fen = 0",),
    ),
    "an entry is of another month than its record": ("I1", ("UPDATE ledger_entry SET period = '2020-01' WHERE record_id IS NOT NULL",)),
    "a record is on the statement of a month before it": ("I14", ("UPDATE consumption_record SET day = '2099-01-01'",)),
    "a statement's line is one fen off": ("I14", ("UPDATE statement_line SET consumed_fen = consumed_fen + 1",)),
    "a statement does not add up": ("I14", ("UPDATE statement SET seller_fen = seller_fen + 1",)),
    "a record expired and its money did not": (
        "I1-expired",
        ("UPDATE consumption_record SET expired = TRUE WHERE reserved_fen = 0 AND invoiced_fen = 0",),
    ),
    "a record was granted longer than it is there": ("I1-expired", ("UPDATE consumption_record SET extended_to = '2000-01-01'",)),
    "what paid a record does not add up": ("I1-parts", ("UPDATE consumption_record SET voucher_fen = 1",)),
    "a payment is of nothing": (
        "top-ups",
        (
            (
                "INSERT INTO top_up (number, enterprise_id, account_id, day, amount_fen, method, noted_at)"
                " SELECT 'P1', enterprise_id, id, '2026-11-01', 0, '', '2026-11-01' FROM account LIMIT 1"
            ),
        ),
    ),
    "a batch lacks one of its lines": (
        "S1",
        (
            (
                "INSERT INTO imported_line (batch_id, line, record_id, billed_cost, voucher_cost, currency, rate, charge_category, service,"
                " description) SELECT batch_id, 2, id, '1', '0', 'CNY', '1', 'Usage', 'x', '' FROM consumption_record LIMIT 1"
            ),
            "UPDATE import_batch SET lines = 2",
        ),
    ),
    "an import is done without its batch": (
        "S1",
        (
            (
                "INSERT INTO import_run (batch_id, file_name, phase, rows, total, report, started_at, changed_at)"
                " VALUES ('none', 'x.csv', 'done', 1, 1, '', '2026-11-01', '2026-11-01')"
            ),
        ),
    ),
    "an approved application was cancelled as well": (
        "I20",
        (
            (
                "INSERT INTO life_event (life, key, at, kind, facts) SELECT life, 'cancelled', at, 'cancelled', facts FROM life_event"
                " WHERE life = 'application:{issued}' AND kind = 'approved'"
            ),
        ),
    ),
    "an application waits that nobody was asked about": (
        "S6",
        ("UPDATE application SET state = 'awaiting-approval' WHERE number = '{reviewing}'",),
    ),
    "its enterprise refused what goes on": (
        "S6",
        (_SIGN_OFF.replace("?", "declined"),),
    ),
    "an application was signed off by who applied for it": (
        "S6",
        (
            _SIGN_OFF.replace("?", "approved"),
            "INSERT INTO sign_off_seat SELECT number, 1, applicant_id, FALSE FROM application WHERE number = '{issued}'",
            (
                "INSERT INTO sign_off_decision SELECT number, 1, applicant_id, 'approve', '', '', 'k', submitted_at FROM application"
                " WHERE number = '{issued}'"
            ),
        ),
    ),
    "an application waits for material that nobody asked for": (
        "S7",
        ("UPDATE application SET state = 'awaiting-material' WHERE number = '{reviewing}'",),
    ),
    "what is asked for is not waited for": (
        "S7",
        (
            (
                "INSERT INTO material_request (application_number, round, wanted, note, state, asked_at, remind_at, due_at, text)"
                " SELECT number, 2, '[]', '', 'open', submitted_at, submitted_at, submitted_at, '' FROM application"
                " WHERE number = '{issued}'"
            ),
        ),
    ),
    "a cancelled application has a number": ("I20", ("UPDATE application SET state = 'cancelled' WHERE number = '{issued}'",)),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_violation_is_found(books: Books, planted: str) -> None:
    invariant, statements = PLANTED[planted]
    books.plant(*statements)
    assert invariant in books.violations()


def test_every_check_has_a_planted_violation() -> None:
    assert {invariant for invariant, _ in PLANTED.values()} == {*CHECKS, "I6"}


def test_a_number_that_only_the_bureau_knows_is_found(books: Books) -> None:
    stranger = replace(books.bureau.entries[0], request_id="KP-261121-99999999-1", number="26332000000000000077")
    assert list(books.violations([*books.bureau.entries, stranger])) == ["I6"]


def test_a_number_that_the_bureau_does_not_know_is_found(books: Books) -> None:
    assert list(books.violations(books.bureau.entries[1:])) == ["I6"]


def test_a_request_that_was_issued_twice_is_found(books: Books) -> None:
    second = replace(books.bureau.entries[0], number="26332000000000000078")
    assert list(books.violations([*books.bureau.entries, second])) == ["I6"]
    assert list(books.violations([second, *books.bureau.entries])) == ["I6"]
