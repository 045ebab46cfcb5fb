"""A service's tax class changes between an order and its refund: the refund is of the class of what it corrects."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from domain.lifecycle import ApplicationState
from infra.database import Database
from infra.queries.invoiced_originals import invoices_of_originals
from infra.tables import ConsumptionRecordRow as Record
from infra.tables import StatementLineRow
from tests.billing import billing_csv
from tests.infra.books.histories import SERVER, Charge, History
from tests.infra.books.soundness import check
from tests.postgres import database  # noqa: F401 (pytest finds fixtures by their names here)


@pytest.fixture
def history(database: Database) -> History:  # noqa: F811
    return History(database)


def yuan(text: str, **values: object) -> Charge:
    return Charge(Decimal(text), **values)  # type: ignore[arg-type]


def records(history: History) -> list[Record]:
    with history.database.read() as session:
        return list(session.exec(select(Record).order_by(col(Record.id))))


def as_printed(record: Record) -> tuple[int, str, str, str]:
    return record.rate_bp, record.classification_code, record.category, record.unit


def sound(history: History) -> None:
    check(history.database, history.today)


@pytest.mark.parametrize("order", [1, 0])
@pytest.mark.parametrize("voucher", [0, 3])
def test_a_refund_takes_the_class_of_what_it_corrects(history: History, order: int, voucher: int) -> None:
    history.bring([yuan("10.00", order=order, voucher=voucher)])
    history.change_class(SERVER, 1300)
    history.bring([yuan("-10.00", corrects=order, voucher=voucher)])
    original, refund = records(history)
    assert (refund.original_id, as_printed(refund)) == (original.id, as_printed(original))
    assert original.rate_bp == 600
    assert history.apply(history.customer, [original.id or 0])[1].refused
    sound(history)


@pytest.mark.parametrize("order", [1, 0])
def test_a_refund_that_came_first_takes_the_class_with_which_its_order_comes(history: History, order: int) -> None:
    history.bring([yuan("-4.00", corrects=order, voucher=2), yuan("-1.00", corrects=order, day=11)])
    history.change_class(SERVER, 1300)
    history.bring([yuan("10.00", order=order)])
    *refunds, original = records(history)
    assert {(each.original_id, as_printed(each)) for each in refunds} == {(original.id, as_printed(original))}
    assert original.rate_bp == 1300
    sound(history)


def test_a_statement_that_is_out_keeps_its_lines_when_a_refund_on_it_takes_another_class(history: History) -> None:
    history.bring([yuan("-4.00", corrects=1)])
    history.change_class(SERVER, 1300)
    history.statement_day()
    with history.database.read() as session:
        before = [line.model_dump() for line in session.exec(select(StatementLineRow))]
    assert [line["rate_bp"] for line in before] == [600]
    history.bring([yuan("10.00", order=1)])
    with history.database.read() as session:
        assert [line.model_dump() for line in session.exec(select(StatementLineRow))] == before
    assert {each.rate_bp for each in records(history)} == {1300}
    sound(history)


def test_what_an_application_has_of_the_order_takes_the_refund_when_it_is_released(history: History) -> None:
    history.bring([yuan("10.00", order=1)])
    (original,) = records(history)
    request, _ = history.apply(history.customer, [original.id or 0], limit_fen=600)
    history.change_class(SERVER, 1300)
    history.bring([yuan("-4.00", corrects=1), yuan("-5.00", corrects=1, day=11)])
    first, second = sorted(records(history)[1:], key=lambda each: each.day)
    assert (first.original_id, first.rate_bp, second.original_id) == (original.id, 600, None)
    history.applications.end(request.number, ApplicationState.CANCELLED, None, history.now)
    assert [(each.original_id, as_printed(each)) for each in records(history)[1:]] == [(original.id, as_printed(original))] * 2
    sound(history)


def test_a_refund_over_records_of_two_classes_is_cut_and_each_piece_is_of_its_own(history: History) -> None:
    history.bring([yuan("6.00", order=1, day=3)])
    history.change_class(SERVER, 1300)
    history.bring([yuan("4.00", order=1, day=4), yuan("-10.00", corrects=1)])
    found = records(history)
    pairs = {(each.original_id, each.gross_fen, as_printed(each)) for each in found if each.gross_fen < 0}
    assert pairs == {(each.id, -each.gross_fen, as_printed(each)) for each in found if each.gross_fen > 0}
    assert len({each.rate_bp for each in found}) == 2
    sound(history)


def test_two_refunds_of_one_file_that_take_the_same_class_are_two_records(history: History) -> None:
    """Their keys differ by the class they came with only."""
    history.bring([yuan("10.00", order=1)])
    history.change_class("Compute", 900)
    history.change_class("Storage", 1300)
    rows = [
        {**history._row(yuan("-3.00", corrects=1)), "ServiceCategory": category, "ServiceName": SERVER}
        for category in ("Compute", "Storage")
    ]
    report = history.imports.import_file(billing_csv(*rows), "bill.csv", None, history.today)
    assert (report.ok, report.held, report.records) == (True, 0, 2)
    assert {each.rate_bp for each in records(history)} == {600}
    sound(history)


def test_a_record_of_another_service_keeps_out_of_it(history: History) -> None:
    """Not even when its rate is the service's new one, and the record of the service itself is taken."""
    history.bring([yuan("10.00", order=1)])
    history.apply(history.customer, [records(history)[0].id or 0])
    history.change_class(SERVER, 900)
    history.change_class("别的服务", 900)
    history.bring([yuan("10.00", order=1, service="别的服务", day=1), yuan("-10.00", corrects=1)])
    assert [(each.original_id, each.rate_bp) for each in records(history) if each.gross_fen < 0] == [(None, 900)]
    sound(history)


@pytest.mark.parametrize("order", [1, 0])
def test_a_refund_after_the_invoice_names_it(history: History, order: int) -> None:
    history.bring([yuan("10.00", order=order)])
    request, _ = history.apply(history.customer, [records(history)[0].id or 0])
    history.approve(request.number)
    history.issue(f"{request.number}-1")
    history.change_class(SERVER, 1300)
    history.bring([yuan("-10.00", corrects=order)])
    refund = records(history)[-1]
    with history.database.read() as session:
        assert set(invoices_of_originals(session, [refund.id or 0])) == {refund.id}
    history.take_back(f"{request.number}-1")
    original, refund = records(history)
    assert (refund.original_id, as_printed(refund)) == (original.id, as_printed(original))
    sound(history)
