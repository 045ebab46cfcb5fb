"""Back-invoicing: asked, granted or refused, and in the ledger; on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from domain.audit import AuditAction
from domain.back_invoicing import Verdict
from domain.calendar import china_date, period_of
from domain.eligibility import last_day_by_approval
from domain.errors import Refusal
from infra import back_invoicing as requests
from infra.back_invoicing import Asked, Decision, UnknownRequest
from infra.books import back_invoicing as grants
from infra.books.arrears import note_arrears
from infra.books.back_invoicing import carry_out
from infra.books.expiry import expire
from infra.invariants import violations
from infra.queries.back_invoicing import expired_months
from infra.queries.balances import balance
from infra.queries.consumption import records_page
from infra.queries.finding_records import RecordFilter
from infra.queries.scope import Scope
from infra.queries.waiting import waiting_for
from infra.tables import AuditRow, BackInvoicingRow, ConsumptionRecordRow
from tests.factories import make_request
from tests.infra.books.conftest import Books

NUMBER = "BK-261120-ABCDEFGH"
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
TODAY = china_date(NOW)
UNTIL = TODAY + timedelta(days=30)
OLD, VERY_OLD = date(2026, 3, 10), date(2025, 10, 1)
"""Eight months old, and more than a year."""


def scope(books: Books) -> Scope:
    return Scope(books.customer.enterprise_id)


def ask(books: Books, *record_ids: int, period: str = "", number: str = NUMBER, reason: str = "The contract came late") -> None:
    requests.ask(books.database, scope(books), Asked(number, period, record_ids, reason), books.customer.user_id, NOW)


def decide(books: Books, verdict: Verdict = Verdict.GRANT, until: date = UNTIL, reason: str = "", version: int = 1) -> int:
    return requests.decide(books.database, NUMBER, Decision(verdict, until, reason, version), books.reviewer, NOW)


def buckets(books: Books, today: date = TODAY) -> dict[str, int]:
    with books.database.read() as session:
        return {name: amount for name, amount in balance(session, scope(books), today).buckets.items() if amount}


def record(books: Books, identity: int) -> ConsumptionRecordRow:
    with books.database.read() as session:
        return session.get_one(ConsumptionRecordRow, identity)


def shown(books: Books, show: str, today: date = TODAY) -> set[int]:
    with books.database.read() as session:
        return {each.id for each in records_page(session, scope(books), RecordFilter(show), today).records}


@pytest.fixture(autouse=True)
def sound(books: Books) -> object:
    yield
    with books.database.read() as session:
        assert violations(session) == {}


@pytest.mark.parametrize("night", [True, False])
def test_a_granted_month_can_be_invoiced_until_its_day_and_no_longer(books: Books, night: bool) -> None:
    """With the night's run in between, and on the first day before it."""
    old = books.record(100_00, day=OLD)
    back = books.record(-30_00, day=OLD, original_id=old)
    other = books.record(7_00, day=date(2026, 4, 10))
    if night:
        assert expire(books.database, TODAY, 10) == 2
    assert buckets(books) == {"consumed": -77_00, "expired": 77_00}
    ask(books, period="2026-03")
    assert decide(books) == 1
    assert buckets(books) == {"consumed": -77_00, "expired": 7_00, "available": 70_00}
    assert record(books, old).extended_to == UNTIL
    assert not record(books, back).expired
    assert shown(books, "can") == {old}
    assert shown(books, "expired") == {other}
    request = make_request(books.customer, old)
    assert not books.applications.reserve(request, NOW).refused
    assert books.application(request.number).amount_fen == 70_00


def test_when_the_grant_is_over_it_expires_again(books: Books) -> None:
    old = books.record(100_00, day=OLD)
    expire(books.database, TODAY, 10)
    ask(books, old)
    decide(books)
    assert expire(books.database, UNTIL, 10) == 0
    after = UNTIL + timedelta(days=1)
    assert buckets(books, after) == {"consumed": -100_00, "expired": 100_00}
    assert shown(books, "expired", after) == {old}
    assert expire(books.database, after, 10) == 1
    late = datetime(after.year, after.month, after.day, 6, tzinfo=UTC)
    refused = books.applications.reserve(make_request(books.customer, old), late)
    assert [problem.code for problem in refused.problems] == ["past-time-limit"]


def test_no_record_is_granted_beyond_its_year(books: Books) -> None:
    day = date(2025, 12, 1)
    nearly = books.record(100_00, day=day)
    too_old = books.record(5_00, day=date(2025, 11, 19))
    expire(books.database, TODAY, 10)
    ask(books, nearly)
    decide(books)
    assert record(books, nearly).extended_to == last_day_by_approval(day) == date(2026, 12, 1)
    assert record(books, too_old).extended_to is None


def test_what_was_granted_covers_arrears_first(books: Books) -> None:
    old = books.record(100_00, day=OLD)
    expire(books.database, TODAY, 10)
    note_arrears(books.database, books.customer.account_id, 40_00, TODAY, NOW)
    ask(books, old)
    decide(books)
    assert buckets(books) == {"consumed": -100_00, "arrears": 40_00, "available": 60_00}
    assert record(books, old).held_fen == 40_00


def test_a_big_month_is_carried_out_in_parts_and_goes_on_after_a_crash(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [books.record(1_00, day=OLD) for _ in range(5)]
    expire(books.database, TODAY, 10)
    ask(books, period=period_of(OLD))
    monkeypatch.setattr(grants, "_AT_ONCE", 2)
    real, calls = grants._extend_some, []

    def broken(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(grants, "_extend_some", broken)
    with pytest.raises(ZeroDivisionError):
        decide(books)
    assert buckets(books) == {"consumed": -5_00, "available": 2_00, "expired": 3_00}
    expire(books.database, TODAY, 10)  # the night's run finishes it
    assert buckets(books) == {"consumed": -5_00, "available": 5_00}
    assert {record(books, each).extended_to for each in ids} == {UNTIL}
    assert carry_out(books.database, NUMBER, NOW) == 0


def test_a_refusal_says_why_and_changes_no_record(books: Books) -> None:
    old = books.record(100_00, day=OLD)
    expire(books.database, TODAY, 10)
    ask(books, old)
    with pytest.raises(Refusal) as refused:
        decide(books, Verdict.REFUSE)
    assert refused.value.problems[0].code == "back-refusal-needed"
    assert decide(books, Verdict.REFUSE, reason="No contract") == 0
    assert buckets(books) == {"consumed": -100_00, "expired": 100_00}
    with books.database.read() as session:
        waiting = [(each.kind, each.reason) for each in waiting_for(session, scope(books), NOW)]
        entry = session.exec(select(AuditRow).where(AuditRow.action == AuditAction.BACK_INVOICING_REFUSED)).one()
    assert waiting == [("back-refused", "No contract")]
    assert (entry.actor_id, entry.reason) == (books.reviewer, "No contract")
    with pytest.raises(Refusal) as twice:
        decide(books, version=2)
    assert twice.value.problems[0].code == "back-decided"


@pytest.mark.parametrize("until", [TODAY, TODAY + timedelta(days=400)])
def test_a_grant_needs_a_day_ahead(books: Books, until: date) -> None:
    ask(books, books.record(100_00, day=OLD))
    with pytest.raises(Refusal) as refused:
        decide(books, until=until)
    assert refused.value.problems[0].code == "back-until"


def test_what_cannot_be_asked_for_is_refused_with_the_reason(books: Books) -> None:
    fresh, too_old, seller = books.record(day=date(2026, 10, 1)), books.record(day=VERY_OLD), books.record(day=OLD, seller="远山")

    def codes(*ids: int, **asked: str) -> list[str]:
        with pytest.raises(Refusal) as refused:
            ask(books, *ids, **asked)
        return [problem.code for problem in refused.value.problems]

    assert codes(fresh) == ["back-not-expired"]
    assert codes(too_old) == ["past-one-year"]
    assert codes(seller) == ["invoiced-by-seller"]
    assert codes(999_999) == ["unknown-record"]
    assert codes() == ["back-nothing"]
    assert codes(period="2026-10") == ["back-not-expired"]
    assert codes(period=period_of(VERY_OLD)) == ["past-one-year"]
    assert codes(*range(1, 300)) == ["back-many"]
    assert codes(fresh, reason=" ")[0] == "back-reason-needed"
    assert "back-number" in codes(fresh, number="x")


@pytest.mark.parametrize("night", [False, True])
def test_a_refund_of_a_later_month_is_taken_off_the_month_that_it_corrects(books: Books, night: bool) -> None:
    """Its own month is below zero then: nothing that anybody could grant."""
    original = books.record(110_01, day=OLD)
    books.record(-10_00, day=date(2026, 11, 5), original_id=original)
    if night:
        expire(books.database, TODAY, 10)
    with books.database.read() as session:
        assert [(month.period, month.amount_fen) for month in expired_months(session, scope(books), TODAY)] == [("2026-03", 100_01)]
    with pytest.raises(Refusal) as refused:
        ask(books, period="2026-11")
    assert [problem.code for problem in refused.value.problems] == ["back-not-expired"]
    ask(books, period="2026-03")
    with books.database.read() as session:
        assert session.get_one(BackInvoicingRow, NUMBER).amount_fen == 100_01


def test_the_same_form_twice_is_one_request_and_a_month_waits_once(books: Books) -> None:
    books.record(100_00, day=OLD)
    ask(books, period="2026-03")
    ask(books, period="2026-03")
    with pytest.raises(Refusal) as refused:
        ask(books, period="2026-03", number="BK-261120-ABCDEFGJ")
    assert refused.value.problems[0].params == {"number": NUMBER}
    with books.database.read() as session:
        assert [(row.number, row.amount_fen) for row in session.exec(select(BackInvoicingRow)).all()] == [(NUMBER, 100_00)]


def test_another_customer_sees_no_request(books: Books) -> None:
    ask(books, books.record(100_00, day=OLD))
    stranger = Scope(books.customer.enterprise_id + 1000)
    with pytest.raises(UnknownRequest):
        requests.withdraw(books.database, stranger, NUMBER, 1, NOW)
    requests.withdraw(books.database, scope(books), NUMBER, 1, NOW)
    with pytest.raises(Refusal):
        decide(books)


def test_home_says_what_expires_soon_and_what_is_granted(books: Books) -> None:
    books.record(50_00, day=date(2026, 5, 25))
    books.record(9_00, day=date(2026, 6, 10))
    books.record(8_00, day=date(2026, 9, 10))
    ask(books, books.record(100_00, day=OLD))
    decide(books)
    with books.database.read() as session:
        found = [(each.kind, each.subject, each.amount_fen, each.due_at) for each in waiting_for(session, scope(books), NOW)]
    assert [each[:3] for each in found] == [
        ("expiring", "2026-05", 50_00),
        ("expiring", "2026-06", 9_00),
        ("back-granted", NUMBER, 100_00),
    ]
    assert [china_date(due - timedelta(seconds=1)) for *_, due in found if due] == [date(2026, 11, 25), date(2026, 12, 10), UNTIL]
