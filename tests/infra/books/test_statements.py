"""Monthly statements: made once, opened when they are out, charged, confirmed, disputed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from domain.errors import Refusal
from domain.ledger import Bucket
from domain.statements import CustomersMonth
from infra.billing_accounts import set_billing_mode
from infra.books.arrears import note_arrears
from infra.books.confirmation import SqlConfirmations, UnknownStatement, confirm
from infra.books.opening import open_periods
from infra.books.statements import charge
from infra.queries.tickets import TicketScope
from infra.tables import AuditRow, ConsumptionRecordRow, StatementLineRow, StatementRow, UserRow
from infra.tickets import NewTicket, open_ticket
from tests.factories import is_in_open_month, make_customer, make_record
from tests.infra.books.conftest import Books

OCTOBER = date(2026, 10, 12)
STATEMENT_DAY = date(2026, 11, 3)
NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)


def waiting(books: Books, fen: int = 10_600, **values: Any) -> int:
    """A record of October that is not open."""
    return books.record(fen, **{"opened": False, "day": OCTOBER, **values})


def statements(books: Books) -> list[StatementRow]:
    with books.database.read() as session:
        return list(session.exec(select(StatementRow).order_by(col(StatementRow.entity), col(StatementRow.id))))


def lines(books: Books) -> list[StatementLineRow]:
    with books.database.read() as session:
        return list(session.exec(select(StatementLineRow).order_by(col(StatementLineRow.service))))


def run(books: Books, day: date = STATEMENT_DAY, limit: int = 100, only: CustomersMonth | None = None) -> int:
    return open_periods(books.database, day, limit, only)


def is_opened(books: Books, record_id: int) -> bool:
    with books.database.read() as session:
        return is_in_open_month(session, session.get_one(ConsumptionRecordRow, record_id))


def postpaid(books: Books) -> None:
    set_billing_mode(books.database, books.customer.enterprise_id, True, "合同 2026-118", books.reviewer, NOW)


def test_a_statement_says_what_was_on_it_when_it_was_made(books: Books) -> None:
    waiting(books, 100_00, service="a", excluded_fen=5_00)
    waiting(books, 50_00, service="a")
    waiting(books, 30_00, service="b", seller="Seller")
    waiting(books, 20_00, service="c", entity="QYSH")
    assert run(books, date(2026, 11, 2)) == 0, "its day has not come"
    assert run(books) == 1
    assert run(books) == 0
    qy, qysh = statements(books)
    assert (qy.records, qy.consumed_fen, qy.excluded_fen, qy.seller_fen, qy.invoiceable_fen) == (3, 185_00, 5_00, 30_00, 150_00)
    assert (qysh.period, qysh.consumed_fen, qysh.state) == ("2026-10", 20_00, "open")
    assert [(line.service, line.records, line.consumed_fen, line.elsewhere_fen) for line in lines(books)] == [
        ("a", 2, 155_00, 0),
        ("b", 1, 30_00, 30_00),
        ("c", 1, 20_00, 0),
    ]
    assert books.violations() == {}


def test_a_customer_of_sellers_alone_gets_a_statement_too(books: Books) -> None:
    waiting(books, seller="Seller")
    assert (run(books), run(books)) == (1, 0)
    assert [each.invoiceable_fen for each in statements(books)] == [0]
    assert books.violations() == {}


def test_what_comes_later_opens_and_leaves_the_statement_as_it_was(books: Books) -> None:
    first = waiting(books)
    assert run(books) == 1
    later = waiting(books, 7_00)
    assert run(books) == 0, "its month is open already"
    assert [books.held(record) for record in (first, later)] == [{Bucket.AVAILABLE: 10_600}, {Bucket.AVAILABLE: 7_00}]
    assert [each.consumed_fen for each in statements(books)] == [10_600]
    assert books.violations() == {}


def test_bound_negatives_open_with_their_original_and_in_no_other_month(books: Books) -> None:
    original = waiting(books, 100_00)
    november = books.record(-30_00, opened=False, day=date(2026, 11, 9), original_id=original)
    assert run(books) == 1
    assert books.held(november) == {Bucket.AVAILABLE: -30_00}
    assert (is_opened(books, november), books.held(original)) == (True, {Bucket.AVAILABLE: 100_00})
    assert books.violations() == {}


def test_many_runs_at_once_make_and_open_once(books: Books) -> None:
    records = [waiting(books, 100 + number) for number in range(20)]
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: run(books), range(6))) == 1
    assert all(books.held(record) == {Bucket.AVAILABLE: 100 + number} for number, record in enumerate(records))
    assert len(statements(books)) == 1
    assert books.violations() == {}


def test_by_hand_one_customers_month_and_nothing_else(books: Books) -> None:
    mine, september = waiting(books), waiting(books, day=date(2026, 9, 9))
    other = make_customer(books.database)
    theirs = make_record(books.database, other, opened=False, day=OCTOBER)
    only = CustomersMonth(books.customer.enterprise_id, "2026-10")
    assert (run(books, only=only), run(books, only=only)) == (1, 0)
    assert [is_opened(books, record) for record in (mine, september, theirs)] == [True, False, False]
    assert run(books, only=CustomersMonth(other.enterprise_id, "2026-12")) == 0, "its day has not come"


def test_a_step_takes_no_more_customers_than_it_was_told(books: Books) -> None:
    customers = [make_customer(books.database) for _ in range(5)]
    for customer in customers:
        make_record(books.database, customer, opened=False, day=OCTOBER)
    assert [run(books, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert books.violations() == {}


def test_what_opens_covers_arrears_that_nothing_covered(books: Books) -> None:
    note_arrears(books.database, books.customer.account_id, 40_00, STATEMENT_DAY, NOW)
    record = waiting(books, 100_00)
    run(books)
    assert books.held(record) == {Bucket.AVAILABLE: 60_00, Bucket.ARREARS: 40_00}
    assert books.violations() == {}


def test_a_post_paid_statement_opens_when_it_is_charged(books: Books) -> None:
    postpaid(books)
    record = waiting(books)
    assert (run(books), run(books)) == (1, 0), "the statement is made, and what is on it waits"
    assert not is_opened(books, record)
    assert books.violations() == {}
    (made,) = statements(books)
    assert charge(books.database, [made.id or 0], date(2026, 11, 8), books.reviewer, NOW) == 1
    assert charge(books.database, [made.id or 0], date(2026, 11, 9), books.reviewer, NOW) == 0, "it was charged already"
    assert (is_opened(books, record), statements(books)[0].charged_on) == (True, date(2026, 11, 8))
    with books.database.read() as session:
        deeds = session.exec(select(AuditRow.action).order_by(col(AuditRow.id))).all()
    assert list(deeds) == ["billing-mode", "statement-charged"]
    assert books.violations() == {}


def test_a_change_of_mode_leaves_statements_that_are_made(books: Books) -> None:
    record = waiting(books)
    run(books)
    postpaid(books)
    assert (run(books), is_opened(books, record)) == (0, True)
    assert books.violations() == {}
    with pytest.raises(Refusal):
        set_billing_mode(books.database, books.customer.enterprise_id, False, "", books.reviewer, NOW)


def test_a_statement_is_confirmed_by_its_customer_once(books: Books) -> None:
    waiting(books)
    run(books)
    (made,) = statements(books)
    with pytest.raises(UnknownStatement):
        confirm(books.database, make_customer(books.database).enterprise_id, made.id or 0, 1, NOW)
    for at in (NOW, NOW + timedelta(days=1)):
        confirm(books.database, books.customer.enterprise_id, made.id or 0, books.customer.user_id, at)
    (made,) = statements(books)
    assert (made.state, made.confirmed_by) == ("confirmed", books.customer.user_id)
    assert made.confirmed_at is not None
    assert made.confirmed_at.day == 3


def test_a_ticket_about_it_disputes_it_and_silence_does_not_confirm_that(books: Books) -> None:
    waiting(books)
    waiting(books, entity="QYSH")
    run(books)
    first, second = statements(books)
    customer = books.customer
    scope = TicketScope(customer.user_id, customer.enterprise_id, whole_enterprise=True)
    ticket = NewTicket("KT-261104-AAAAAAAA", "billing", f"statement:{first.id}", "Too much", "We did not use this.")
    open_ticket(books.database, scope, ticket, [], NOW)
    with pytest.raises(Refusal, match="statement-disputed"):
        confirm(books.database, customer.enterprise_id, first.id or 0, customer.user_id, NOW)
    confirmations = SqlConfirmations(books.database, "zh")
    assert [confirmations.confirm_silent("2026-10", NOW, 1) for _ in range(2)] == [1, 0]
    first, second = statements(books)
    assert (first.state, first.ticket_number, second.state, second.confirmed_by) == ("disputed", ticket.number, "confirmed", None)


def test_each_customer_is_reminded_once_of_what_it_has_not_confirmed(books: Books) -> None:
    waiting(books, 100_00)
    waiting(books, 20_00, entity="QYSH")
    run(books)
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).email = "lin@shiguang.example"
    confirmations = SqlConfirmations(books.database, "zh")
    (notice,) = confirmations.to_remind("2026-10")
    assert (notice.to, notice.statements, notice.consumed_fen, notice.last_day) == ("lin@shiguang.example", 2, 120_00, date(2026, 11, 5))
    confirmations.record(notice, NOW)
    confirmations.record(notice, NOW)
    assert confirmations.to_remind("2026-10") == []
