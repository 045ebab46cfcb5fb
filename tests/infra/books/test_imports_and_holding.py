"""What an import changes of what is free is held for arrears at once, and what it makes out is open."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlmodel import select

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import Policy
from infra.database import Database
from infra.queries.applications import application_detail
from infra.queries.consumption import records_page
from infra.queries.finding_records import RecordFilter
from infra.queries.review import case_of
from infra.queries.scope import Scope
from infra.queries.waiting_refunds import WaitingRefund, waiting_refunds
from infra.tables import ConsumptionRecordRow as Record
from tests.infra.books.histories import Charge, History, order_number
from tests.infra.books.soundness import check
from tests.postgres import database  # noqa: F401 (pytest finds fixtures by their names here)


@pytest.fixture
def history(database: Database) -> History:  # noqa: F811
    return History(database)


def held_by_day(history: History) -> list[dict[Bucket, int]]:
    with history.database.read() as session:
        rows = [row.id for row in session.exec(select(Record).order_by(Record.day, Record.id)) if row.id is not None]  # type: ignore[arg-type]
    return [history.held(row) for row in rows]


def yuan(text: str, **values: object) -> Charge:
    return Charge(Decimal(text), **values)  # type: ignore[arg-type]


def test_what_comes_in_covers_arrears_that_nothing_covered(history: History) -> None:
    history.owe(0, 150_00)
    history.bring([yuan("100.00", day=3)])
    assert held_by_day(history) == [{Bucket.ARREARS: 100_00}]
    history.bring([yuan("80.00", day=4)])
    assert held_by_day(history) == [{Bucket.ARREARS: 100_00}, {Bucket.ARREARS: 50_00, Bucket.AVAILABLE: 30_00}]
    check(history.database, history.today)


def test_what_a_refund_takes_back_is_held_no_more(history: History) -> None:
    """Without it the customer would be shown less than nothing to invoice."""
    history.bring([yuan("100.00", day=3, order=1), yuan("50.00", day=4)])
    history.owe(0, 100_00)
    history.bring([yuan("-30.00", day=5, corrects=1)])
    assert held_by_day(history) == [
        {Bucket.ARREARS: 70_00, Bucket.AVAILABLE: 30_00},  # with the refund's, nothing of it is available
        {Bucket.ARREARS: 30_00, Bucket.AVAILABLE: 20_00},
        {Bucket.AVAILABLE: -30_00},
    ]
    check(history.database, history.today)


def test_a_refund_that_finds_its_order_later_is_held_no_more(history: History) -> None:
    history.bring([yuan("100.00", day=3, order=1), yuan("50.00", day=4)])
    (order, _) = history.tickable(history.customer)
    request, _ = history.apply(history.customer, [order])
    history.bring([yuan("-30.00", day=5, corrects=1)])
    history.owe(0, 120_00)
    history.applications.end(request.number, "cancelled", None, history.now)  # type: ignore[arg-type]
    history.statement_day()
    assert held_by_day(history)[0] == {Bucket.ARREARS: 70_00, Bucket.AVAILABLE: 30_00}
    check(history.database, history.today)


def test_a_refund_is_bound_in_the_moment_its_order_is_released(history: History) -> None:
    history.bring([yuan("100.00", day=3, order=1)])
    (order,) = history.tickable(history.customer)
    request, _ = history.apply(history.customer, [order])
    history.bring([yuan("-30.00", day=5, corrects=1), yuan("-10.00", day=6, corrects=2)])
    with history.database.read() as session:
        detail = application_detail(session, Scope(None, everybody=True), request.number)
        case = case_of(session, request.number, history.now, Policy())
        refunds = (WaitingRefund(order_number(1), 30_00),)
        assert detail is not None
        assert case is not None
        assert (detail.refunds, case.refunds) == (refunds, refunds)
    history.applications.end(request.number, ApplicationState.CANCELLED, None, history.now)
    with history.database.read() as session:
        assert [row.original_id for row in session.exec(select(Record).order_by(Record.day))] == [None, order, None]  # type: ignore[arg-type]
        assert waiting_refunds(session, request.number) == ()
    _, reservation = history.apply(history.customer, [order])
    assert reservation.amount_fen == 70_00
    check(history.database, history.today)


def test_an_application_that_let_go_of_an_order_says_nothing_of_its_refunds(history: History) -> None:
    """What of the refund is more than the order still waits; the application holds nothing any more."""
    history.bring([yuan("100.00", day=3, order=1)])
    request, _ = history.apply(history.customer, history.tickable(history.customer))
    history.bring([yuan("-130.00", day=5, corrects=1)])
    with history.database.read() as session:
        assert waiting_refunds(session, request.number) == (WaitingRefund(order_number(1), 130_00),)
    history.applications.end(request.number, ApplicationState.CANCELLED, None, history.now)
    with history.database.read() as session:
        assert "waiting" in {row.standing for row in session.exec(select(Record))}
        assert waiting_refunds(session, request.number) == ()
    check(history.database, history.today)


def test_a_row_that_makes_a_statement_opens_what_waited_for_it(history: History) -> None:
    """It comes on the statement day, before that day's run: what is on a statement can be invoiced (I14)."""
    history.now = datetime(history.now.year + 1, 1, 15, 2, tzinfo=UTC)
    history.bring([yuan("10.00", months_ago=0, day=2)])
    history.pass_days(20)
    assert history.today == date(history.now.year, 2, 4)
    assert not history.tickable(history.customer)
    history.bring([yuan("20.00", day=3)])
    assert len(history.tickable(history.customer)) == 2
    check(history.database, history.today)


def test_a_refund_billed_to_another_account_comes_along_for_the_member_who_ticks(history: History) -> None:
    """What the picker shows is what is reserved; before, the amount had changed for ever."""
    history.bring([yuan("100.00", account=1, order=1), yuan("-30.00", account=0, corrects=1)])
    scope = Scope(history.customer.enterprise_id, history.member.account_id)
    with history.database.read() as session:
        (seen,) = records_page(session, scope, RecordFilter("can"), history.today).records
    assert seen.group_fen == 70_00
    _, answer = history.apply(history.member, [seen.id], expected_fen=seen.group_fen)
    assert (answer.amount_fen, answer.problems) == (70_00, ())
    check(history.database, history.today)
