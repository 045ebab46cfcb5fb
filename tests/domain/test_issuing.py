"""Nothing is believed of the bureau's record that is not what we asked for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.invoices import InvoiceKind, InvoiceLine, Medium, Party
from domain.issuing import differences
from domain.ports import BureauRecord, IssueRequest

LINE = InvoiceLine("云服务器", "信息技术服务", "3040203000000000000", 10_000, 600, 600)
BLUE = IssueRequest(
    request_id="KP-261121-00000001-1",
    kind=InvoiceKind.SPECIAL,
    medium=Medium.ELECTRONIC,
    seller=Party("青屿云计算（杭州）有限公司", "91330106MACKX4QG41"),
    buyer=Party("北京拾光互动科技有限公司", "91110000600037341L"),
    lines=(LINE, LINE),
    province="33",
)
RED = replace(
    BLUE,
    request_id="KP-261121-00000001-1:red",
    lines=tuple(replace(line, net_fen=-line.net_fen, tax_fen=-line.tax_fen) for line in BLUE.lines),
    original_number="26332000000000000001",
    reason="02",
)
BLUE_RECORD = BureauRecord(
    request_id=BLUE.request_id,
    number="26332000000000000001",
    issued_at=datetime(2026, 11, 21, tzinfo=UTC),
    total_fen=21_200,
    tax_fen=1_200,
    buyer_tax_id="91110000600037341L",
    seller_tax_id="91330106MACKX4QG41",
)
RED_RECORD = replace(
    BLUE_RECORD,
    request_id=RED.request_id,
    number="26332000000000000002",
    total_fen=-21_200,
    tax_fen=-1_200,
    original_number="26332000000000000001",
    red_sheet_number="33010626112100000001",
)


@pytest.mark.parametrize(("request_", "record"), [(BLUE, BLUE_RECORD), (RED, RED_RECORD)], ids=["blue", "red"])
def test_what_was_asked_for_agrees(request_: IssueRequest, record: BureauRecord) -> None:
    assert differences(request_, record) == []


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("request_id", "KP-261121-00000002-1", "request_id"),
        ("total_fen", 21_201, "total_fen"),
        ("total_fen", -21_200, "total_fen"),
        ("tax_fen", 1_199, "tax_fen"),
        ("buyer_tax_id", "91330106MACKX4QG41", "buyer_tax_id"),
        ("seller_tax_id", "", "seller_tax_id"),
        ("number", "26312000000000000001", "province"),
        ("original_number", "26332000000000000009", "original_number"),
        ("red_sheet_number", "33010626112100000001", "red_sheet_number"),
    ],
)
def test_one_field_that_differs_is_named(field: str, value: object, named: str) -> None:
    (found,) = differences(BLUE, replace(BLUE_RECORD, **{field: value}))  # type: ignore[arg-type]
    assert found.field == named
    assert named in str(found)


@pytest.mark.parametrize("field", ["original_number", "red_sheet_number"])
def test_a_red_record_must_name_its_original_and_its_sheet(field: str) -> None:
    (found,) = differences(RED, replace(RED_RECORD, **{field: ""}))  # type: ignore[arg-type]
    assert found.field == field


def test_a_red_request_is_not_answered_by_the_blue_record() -> None:
    assert {found.field for found in differences(RED, BLUE_RECORD)} >= {"request_id", "total_fen", "tax_fen", "original_number"}
