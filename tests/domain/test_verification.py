"""The text of the QR code."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refusal
from domain.invoices import InvoiceFace, InvoiceKind, InvoiceLine, Medium, Party
from domain.verification import parse_qr, qr_text, tail_of

FACE = InvoiceFace(
    number="26332000000418203947",
    kind=InvoiceKind.SPECIAL,
    medium=Medium.ELECTRONIC,
    issued_at=datetime(2026, 11, 12, 16, 30, tzinfo=UTC),
    seller=Party("青屿云计算（杭州）有限公司", "91330106MACKX4QG41"),
    buyer=Party("北京拾光互动科技有限公司", "91110000600037341L"),
    lines=(InvoiceLine("云服务费", "信息技术服务", "3040203000000000000", 4_667_962, 280_078, 600),),
    drawer="沈一舟",
)


def test_the_text_has_the_eight_fields_of_a_digital_invoice() -> None:
    first_seven = "01,31,,26332000000418203947,49480.40,20261113,"
    assert qr_text(FACE) == f"{first_seven},{tail_of(first_seven)}"


def test_an_ordinary_invoice_is_type_32() -> None:
    assert parse_qr(qr_text(replace(FACE, kind=InvoiceKind.ORDINARY))).type == "32"


@given(st.integers(-(10**14), 10**14))
def test_what_we_write_we_read_back(net_fen: int) -> None:
    face = replace(FACE, lines=(replace(FACE.lines[0], net_fen=net_fen, tax_fen=0),))
    content = parse_qr(qr_text(face))
    assert (content.number, content.amount_fen, content.issued_on) == (FACE.number, net_fen, date(2026, 11, 13))
    assert content.is_digital


@pytest.mark.parametrize(
    ("text", "number", "fen"),
    [
        ("01,32,,26427000000375586818,10.70,20260430,,FAFB", "26427000000375586818", 1070),
        ("01,31,,26442000004359167806,1705400.00,20260421,,8EEF", "26442000004359167806", 170_540_000),
        ("01,10,050001700111,99999951,300.00,20201010,14754822929856772523,E400,", "99999951", 30_000),
        ("01,10,050001700111,12235358,10000.00,20200805,16630282980991510014,7257", "12235358", 1_000_000),
        ("01,31,,26442000004359167806,-0.5,20260421,,", "26442000004359167806", -50),
    ],
)
def test_real_texts_are_read(text: str, number: str, fen: int) -> None:
    content = parse_qr(text)
    assert (content.number, content.amount_fen) == (number, fen)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "qr-fields"),
        ("01,31,,26442000004359167806,1.00,20260421,", "qr-fields"),
        ("01,31,,26442000004359167806,1.00,20260421,,8EEF,x", "qr-fields"),
        ("02,31,,26442000004359167806,1.00,20260421,,8EEF", "qr-version"),
        ("01,99,,26442000004359167806,1.00,20260421,,8EEF", "qr-type"),
        ("01,31,,2644200000435916780,1.00,20260421,,8EEF", "qr-number"),
        ("01,31,050001700111,26442000004359167806,1.00,20260421,,8EEF", "qr-number"),
        ("01,31,,26442000004359167806,1e3,20260421,,8EEF", "qr-amount"),
        ("01,31,,26442000004359167806,NaN,20260421,,8EEF", "qr-amount"),
        ("01,31,,26442000004359167806,１.00,20260421,,8EEF", "qr-amount"),
        ("01,31,,26442000004359167806,1.00,20260431,,8EEF", "qr-date"),
        ("01,31,,26442000004359167806,1.00,2026-4-1,,8EEF", "qr-date"),
        ("01,31,,26442000004359167806,1.00,20260421,1,8EEF", "qr-check-code"),
        ("01,31,,26442000004359167806,1.00,20260421,,8EEG", "qr-tail"),
        ("01,31,,26442000004359167806,1.00,20260421,,8EEF\n", "qr-tail"),
    ],
)
def test_texts_that_are_not_of_an_invoice_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_qr(text)
    assert refusal.value.code == code
