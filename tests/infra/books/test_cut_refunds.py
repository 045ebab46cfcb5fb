"""A refund that no record carries alone is cut, a piece for each, and only what they cannot carry together waits."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col, select

from domain.choosing import RecordQuery
from domain.cut_negatives import Costs, cut_costs, yuan_of
from domain.lifecycle import ApplicationState
from infra.database import Database
from infra.tables import ConsumptionRecordRow as Record
from infra.tables import ImportedLineRow
from tests.billing import billing_csv
from tests.infra.books.histories import Charge, History, order_number
from tests.infra.books.soundness import check
from tests.postgres import database  # noqa: F401 (pytest finds fixtures by their names here)

YEAR = {"ChargePeriodStart": "2025-10-31T16:00:00Z", "ChargePeriodEnd": "2026-10-31T16:00:00Z"}


@pytest.fixture
def history(database: Database) -> History:  # noqa: F811
    return History(database)


def negatives(history: History) -> list[Record]:
    with history.database.read() as session:
        return list(session.exec(select(Record).where(Record.gross_fen < 0).order_by(col(Record.id))))


def exact(history: History, record: Record) -> Decimal:
    with history.database.read() as session:
        lines = session.exec(select(ImportedLineRow).where(ImportedLineRow.record_id == record.id)).all()
        return sum((Decimal(line.billed_cost) * Decimal(line.rate) for line in lines), Decimal(0))


def are_their_lines(history: History) -> bool:
    return all(exact(history, row) == Decimal(row.gross_fen) / 100 + Decimal(row.remainder) for row in negatives(history))


def rows(history: History, *rows_: dict[str, str]) -> bytes:
    charge = history._row(Charge(Decimal(1)))
    keys = ("BillingAccountId", "SubAccountId", "BillingPeriodStart", "InvoiceIssuerName", "PublisherName")
    return billing_csv(*({**{key: charge[key] for key in keys}, **row} for row in rows_))


def yuan(text: str, **values: object) -> Charge:
    return Charge(Decimal(text), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("together", [True, False])
def test_the_refund_of_a_row_of_a_year_is_bound_to_every_part(history: History, together: bool) -> None:
    history.now = history.now.replace(year=2026, month=11, day=21)
    year = {**YEAR, "BilledCost": "1000.00", "x_OrderNumber": order_number(1)}
    refund = {"BilledCost": "-1000.00", "ChargeCategory": "Credit", "x_OriginalOrderNumber": order_number(1)}
    for file in [(year, refund)] if together else [(year,), (refund,)]:
        report = history.imports.import_file(rows(history, *file), "bill.csv", None, date(2026, 11, 21))
        assert (report.ok, report.held) == (True, 0)
    found = negatives(history)
    assert (len(found), sum(row.gross_fen for row in found), len({row.original_id for row in found})) == (12, -1000_00, 12)
    assert None not in {row.original_id for row in found}
    assert are_their_lines(history)
    check(history.database, history.today)


def nothing_is_left(history: History) -> bool:
    """Everything that could be ticked is refused: its refunds come along and leave nothing."""
    return history.apply(history.customer, history.tickable(history.customer))[1].refused


def test_a_refund_takes_back_what_is_free_and_the_rest_when_its_order_is_released(history: History) -> None:
    history.bring([yuan("60.00", day=3, order=1), yuan("40.00", day=4, order=1)])
    first, second = history.tickable(history.customer)
    request, _ = history.apply(history.customer, [first])
    history.bring([yuan("-50.00", day=5, corrects=1, voucher=1), yuan("-50.00", day=5, corrects=1)])
    bound, refund = sorted(negatives(history), key=lambda row: -(row.original_id or 0))
    assert (bound.original_id, bound.invoiceable_fen, bound.excluded_fen) == (second, -40_00, 0)
    assert (refund.original_id, refund.invoiceable_fen, refund.excluded_fen) == (None, -55_00, -5_00)
    assert nothing_is_left(history)
    history.applications.end(request.number, ApplicationState.CANCELLED, None, history.now)
    found = sorted(negatives(history), key=lambda row: row.original_id or 0)
    assert [(row.original_id, row.invoiceable_fen, row.excluded_fen) for row in found] == [(first, -55_00, -5_00), (second, -40_00, 0)]
    assert are_their_lines(history)
    check(history.database, history.today)


def test_a_refund_that_came_first_is_cut_when_its_order_comes(history: History) -> None:
    history.bring([yuan("-100.00", day=5, corrects=1, currency="USD")])
    history.bring([yuan("60.00", day=3, order=1, currency="USD"), yuan("40.00", day=4, order=1, currency="USD")])
    found = negatives(history)
    assert len(found) == 2
    assert None not in {row.original_id for row in found}
    assert are_their_lines(history)
    check(history.database, history.today)


def test_of_a_refund_that_all_records_of_the_order_cannot_carry_the_rest_waits(history: History) -> None:
    """What was refunded is not invoiced: nothing of the order can be ticked any more, whatever the rest corrects."""
    history.bring([yuan("60.00", day=3, order=1), yuan("40.00", day=4, order=1), yuan("-100.01", day=5, corrects=1)])
    found = sorted(negatives(history), key=lambda row: row.gross_fen)
    assert [(row.original_id is None, row.gross_fen) for row in found] == [(False, -60_00), (False, -40_00), (True, -1)]
    assert nothing_is_left(history)
    assert are_their_lines(history)
    check(history.database, history.today)


def test_an_order_of_which_a_part_is_invoiced_cannot_be_invoiced_further_once_it_is_refunded(history: History) -> None:
    history.bring([yuan("1.99", day=3, order=1)])
    history.apply(history.customer, queries=(RecordQuery(),), limit_fen=1)
    history.bring([yuan("-1.99", day=5, corrects=1)])
    assert nothing_is_left(history)
    found = sorted(negatives(history), key=lambda row: row.gross_fen)
    assert [(row.original_id is None, row.gross_fen) for row in found] == [(False, -1_98), (True, -1)]
    check(history.database, history.today)


def test_a_credit_of_a_month_is_spread_over_its_days(history: History) -> None:
    """One that names no order, larger than any record of its account, service and month."""
    history.bring([yuan("60.00", day=3), yuan("40.00", day=4), yuan("-70.00", day=5)])
    found = sorted(negatives(history), key=lambda row: row.gross_fen)
    assert [(row.original_id is None, row.gross_fen) for row in found] == [(False, -60_00), (False, -10_00)]
    check(history.database, history.today)


def test_lines_are_cut_to_the_last_decimal() -> None:
    nothing = (Decimal(0), Decimal(0), Decimal(0))
    lines = [
        Costs(Decimal("-0.105"), (Decimal("-0.02"), Decimal(0), Decimal(0)), Decimal(1)),
        Costs(Decimal(-3), nothing, Decimal("7.0955")),
    ]
    pieces = cut_costs(lines, [5, 12, 1000])
    assert sum((yuan_of(piece) for piece in pieces), Decimal(0)) == Decimal("-0.105") - 3 * Decimal("7.0955")
    for piece, fen in zip(pieces, (5, 12, 1000), strict=False):
        assert abs(yuan_of(piece) * 100 + fen) < Decimal("1e-15")
        assert all(each.costs.excluded == nothing for each in piece)
