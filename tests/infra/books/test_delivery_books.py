"""The rows of delivery: documents, notices and parcels, each once and never backwards."""

from datetime import timedelta

import pytest

from domain.invoices import Medium
from domain.lifecycle import DeliveryState
from domain.messages import ParcelUpdate, Policy
from domain.ports import StoredDocument, Waybill
from infra.books.delivery import SqlDelivery
from infra.own_account import keep_language
from tests.infra.books.conftest import POLICY, Books
from tests.infra.books.dump import changed, dump


def _documents(books: Books, letter: str) -> tuple[StoredDocument, StoredDocument]:
    pdf, xml = (
        StoredDocument(letter * 63 + digit, f"documents/{letter}{digit}", 9, "1", kind, books.later(days=1))
        for digit, kind in (("1", "application/pdf"), ("2", "application/xml"))
    )
    return pdf, xml


def _shipped(books: Books, invoice_id: str, shipment: int) -> str:
    order = books.delivery.parcel_order(invoice_id, shipment, POLICY, books.later(minutes=shipment))
    waybill = f"SL{invoice_id[-6:-2]}{shipment:04d}"
    books.delivery.record_parcel(invoice_id, Waybill(order.order_key, waybill, books.now), books.now)
    return waybill


def _news(books: Books, invoice_id: str, waybill: str, *states: str, shipment: int = 1) -> None:
    for index, state in enumerate(states):
        update = ParcelUpdate(f"{waybill}-{state}-{index}", waybill, state, books.later(hours=index), "北京", shipment)
        books.delivery.record_parcel_update(invoice_id, update, books.later(hours=index))


def test_documents_of_both_colours_are_recorded_once(books: Books) -> None:
    invoice_id = books.issued()
    books.issuing.record_red_issued(invoice_id, books.answer(invoice_id, red=True), books.now)
    for red, letter in ((False, "a"), (True, "b")):
        pdf, xml = _documents(books, letter)
        books.delivery.record_documents(invoice_id, pdf, xml, books.now, red=red)
        rows = dump(books.database)
        books.delivery.record_documents(invoice_id, pdf, xml, books.later(hours=1), red=red)
        assert changed(rows, dump(books.database)) == {}
    invoice = books.invoice(invoice_id)
    assert (invoice.pdf_sha256[0], invoice.xml_sha256[-1], invoice.red_pdf_sha256[0], invoice.red_xml_sha256[-1]) == ("a", "2", "b", "2")


def test_the_red_face_mirrors_the_blue_one(books: Books) -> None:
    invoice_id = books.issued(books.record(), books.record(333, service="带宽"))
    books.issuing.record_red_issued(invoice_id, books.answer(invoice_id, red=True), books.now)
    blue, red = books.delivery.face(invoice_id, red=False), books.delivery.face(invoice_id, red=True)
    assert (red.net_fen, red.tax_fen, red.total_fen) == (-blue.net_fen, -blue.tax_fen, -blue.total_fen)
    assert (red.original_number, red.is_red, blue.is_red) == (blue.number, True, False)
    assert blue.remark
    assert not red.remark


def test_an_invoice_without_a_number_has_no_face(books: Books) -> None:
    with pytest.raises(ValueError, match="number yet"):
        books.delivery.face(books.ordered().invoice_id, red=False)


def test_a_notice_is_recorded_once_and_marks_the_delivery(books: Books) -> None:
    invoice_id = books.issued()
    assert not books.delivery.was_sent("m-1")
    books.delivery.record_notice("m-1", invoice_id, "mail", "a@b.example", books.now)
    assert books.delivery.was_sent("m-1")
    assert books.invoice(invoice_id).delivery == DeliveryState.SENT
    rows = dump(books.database)
    books.delivery.record_notice("m-1", invoice_id, "mail", "a@b.example", books.later(hours=1))
    assert changed(rows, dump(books.database)) == {}


def test_a_mail_about_a_paper_invoice_does_not_deliver_it(books: Books) -> None:
    invoice_id = books.issued(medium=Medium.PAPER)
    books.delivery.record_notice("m-1", invoice_id, "mail", "a@b.example", books.now)
    assert books.invoice(invoice_id).delivery == DeliveryState.PENDING


@pytest.mark.parametrize(
    ("total", "shipment", "carriage"), [(999_999, 1, 3_000), (1_000_000, 1, 0), (10_600, 1, 3_000), (10_600, 2, 0), (1_000_000, 2, 0)]
)
def test_carriage_is_free_from_an_amount_on_and_for_what_is_sent_anew(books: Books, total: int, shipment: int, carriage: int) -> None:
    invoice_id = books.issued(books.record(total), medium=Medium.PAPER)
    books.delivery.parcel_order(invoice_id, shipment, Policy(), books.now)
    (parcel,) = (row for row in dump(books.database)["parcel"] if invoice_id in row)
    assert carriage in parcel


def test_a_parcel_is_ordered_once_and_a_repeat_leaves_its_delivery(books: Books) -> None:
    """A repeat may come after the waybill was recorded, when the worker was lost before it could say so."""
    invoice_id = books.issued(medium=Medium.PAPER)
    for shipment in (1, 2):
        _shipped(books, invoice_id, shipment)
        assert books.invoice(invoice_id).delivery == DeliveryState.IN_TRANSIT
        rows = dump(books.database)
        _shipped(books, invoice_id, shipment)
        assert changed(rows, dump(books.database)) == {}


def test_news_brings_a_parcel_forward_and_never_back(books: Books) -> None:
    invoice_id = books.issued(medium=Medium.PAPER)
    waybill = _shipped(books, invoice_id, 1)
    _news(books, invoice_id, waybill, "collected", "in-transit", "collected", "received", "delivering", "in-transit")
    assert books.invoice(invoice_id).delivery == DeliveryState.RECEIVED
    events = books.events(f"invoice:{invoice_id}")
    assert (events.count("parcel-moved"), events.count("received")) == (2, 1)
    assert len(dump(books.database)["parcel_event"]) == 6


def test_the_same_news_twice_is_kept_once(books: Books) -> None:
    invoice_id = books.issued(medium=Medium.PAPER)
    waybill = _shipped(books, invoice_id, 1)
    _news(books, invoice_id, waybill, "in-transit")
    rows = dump(books.database)
    _news(books, invoice_id, waybill, "in-transit")
    assert changed(rows, dump(books.database)) == {}


def test_late_news_of_a_lost_parcel_does_not_touch_the_new_shipment(books: Books) -> None:
    invoice_id = books.issued(medium=Medium.PAPER)
    first = _shipped(books, invoice_id, 1)
    _news(books, invoice_id, first, "lost")
    assert books.invoice(invoice_id).delivery == DeliveryState.LOST
    second = _shipped(books, invoice_id, 2)
    assert books.invoice(invoice_id).delivery == DeliveryState.IN_TRANSIT
    _news(books, invoice_id, first, "received")
    assert books.invoice(invoice_id).delivery == DeliveryState.IN_TRANSIT
    _news(books, invoice_id, second, "received", shipment=2)
    assert books.invoice(invoice_id).delivery == DeliveryState.RECEIVED


def test_news_of_an_unknown_waybill_is_kept_and_moves_nothing(books: Books) -> None:
    invoice_id = books.issued(medium=Medium.PAPER)
    _shipped(books, invoice_id, 1)
    before = dump(books.database, without=["parcel_event"])
    _news(books, invoice_id, "SL999999999", "received")
    assert changed(before, dump(books.database, without=["parcel_event"])) == {}
    assert len(dump(books.database)["parcel_event"]) == 1


def test_the_recipient_is_told_the_last_day_of_the_window(books: Books) -> None:
    at = books.now.replace(year=2026, month=11, day=12, hour=16, minute=30)
    invoice_id = books.issued(at=at)
    recipient = books.delivery.recipient(invoice_id, red=False)
    assert recipient.window_last_day - recipient.issued_on == timedelta(days=30)
    assert (recipient.issued_on.isoformat(), recipient.email, recipient.total_fen) == ("2026-11-13", "finance@shiguang.example", 10_600)


def test_word_of_a_paper_invoice_goes_to_the_default_e_mail(books: Books) -> None:
    assert books.delivery.recipient(books.issued(medium=Medium.PAPER), red=False).email == "finance@shiguang.example"


def test_letters_go_out_in_the_applicants_language_else_the_deployments(books: Books) -> None:
    invoice_id = books.issued()
    assert books.delivery.recipient(invoice_id, red=False).locale == "zh"
    english = SqlDelivery(books.database, "http://127.0.0.1:1/callbacks/courier", sample=True, default_locale="en")
    assert english.recipient(invoice_id, red=False).locale == "en"
    keep_language(books.database, books.customer.user_id, "en")
    assert books.delivery.recipient(invoice_id, red=False).locale == "en"
