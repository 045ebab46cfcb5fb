"""A refund that came after its original was invoiced says on which invoice it is."""

import pytest

from infra.queries.consumption import records_page
from infra.queries.finding_records import RecordFilter
from infra.queries.scope import Scope
from infra.tables import ConsumptionRecordRow
from tests.infra.books.conftest import Books

ORDER = "202610150000000042"


@pytest.mark.parametrize("order", [ORDER, ""])
def test_a_refund_names_the_invoice_of_its_original(books: Books, order: str) -> None:
    original, refund, other = books.record(10_600, service="s"), books.record(-600, service="s"), books.record(-500, service="t")
    with books.database.write() as session:
        session.get_one(ConsumptionRecordRow, original).order_number = order
        session.get_one(ConsumptionRecordRow, refund).original_order_number = order
        session.get_one(ConsumptionRecordRow, other).original_order_number = "202610150000000043"
    invoice_id = books.issued(original)
    with books.database.read() as session:
        page = records_page(session, Scope(books.customer.enterprise_id), RecordFilter(), books.now.date())
    why = {record.id: record.why_not for record in page.records if record.why_not is not None}
    number = books.invoice(invoice_id).number
    assert (why[refund].code, dict(why[refund].params)) == ("original-is-invoiced", {"invoice": number})
    assert why[other].code == "waits-for-its-original"
