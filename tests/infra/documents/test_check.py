"""The check before release finds every value that differs (I17)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.invoices import InvoiceFace, Party
from domain.ports import RenderedInvoice
from infra.documents.check import values_agree
from infra.documents.renderer import InvoiceRenderer
from tests.infra.documents.faces import ALL, CLOUD, ORDINARY, SPECIAL, TRAFFIC


@pytest.mark.parametrize("name", ALL)
def test_what_we_rendered_agrees(rendered: dict[str, RenderedInvoice], name: str) -> None:
    assert values_agree(ALL[name], rendered[name]) == []


def test_a_remark_may_have_lines(renderer: InvoiceRenderer) -> None:
    face = replace(SPECIAL, remark="申请编号：KP-261112-0207\n销方开户银行：杭州银行滨江支行")
    assert values_agree(face, renderer.render(face)) == []


OTHERS = {
    "number": replace(SPECIAL, number="26332000000418203948"),
    "date": replace(SPECIAL, issued_at=SPECIAL.issued_at + timedelta(days=1)),
    "buyer's name": replace(SPECIAL, buyer=Party("北京拾光互动科技有限责任公司", "91110000600037341L")),
    "buyer's tax id": replace(SPECIAL, buyer=Party("北京拾光互动科技有限公司", "91330106MACKX4QG41")),
    "parties exchanged": replace(SPECIAL, buyer=SPECIAL.seller, seller=SPECIAL.buyer),
    "a fen of the amount": replace(SPECIAL, lines=(replace(CLOUD, net_fen=CLOUD.net_fen + 1), TRAFFIC)),
    "a fen between amount and tax": replace(SPECIAL, lines=(replace(CLOUD, net_fen=CLOUD.net_fen + 1, tax_fen=CLOUD.tax_fen - 1), TRAFFIC)),
    "remark": replace(SPECIAL, remark="别的"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_document_of_another_face_is_found_out(rendered: dict[str, RenderedInvoice], what: str) -> None:
    other: InvoiceFace = OTHERS[what]
    differences = values_agree(other, rendered["special"])
    assert any(difference.startswith("pdf:") for difference in differences)
    assert any(difference.startswith("xml:") for difference in differences)


def test_each_part_is_checked_by_itself(rendered: dict[str, RenderedInvoice]) -> None:
    right, wrong = rendered["special"], rendered["ordinary"]
    assert values_agree(SPECIAL, replace(right, qr_text=wrong.qr_text)) == ["qr: number, amount or date differ"]
    assert values_agree(SPECIAL, replace(right, qr_text="https://example.cn")) == ["qr: cannot be read (qr-fields)"]
    assert "pdf: the XML attached is another one" in values_agree(SPECIAL, replace(right, xml=wrong.xml))
    assert "pdf: the XML attached is another one" in values_agree(SPECIAL, replace(right, pdf=wrong.pdf))
    assert values_agree(SPECIAL, replace(right, pdf=b"no pdf"))[0].startswith("pdf: cannot be read")
    assert any(d.startswith("xml: cannot be read") for d in values_agree(SPECIAL, replace(right, xml=b"<EInvoice>")))


def test_entities_in_an_xml_are_not_followed(rendered: dict[str, RenderedInvoice]) -> None:
    bomb = rendered["ordinary"].xml.replace(b"<EInvoice>", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><EInvoice>', 1)
    bomb = bomb.replace("个人".encode(), b"&e;")
    differences = values_agree(ORDINARY, replace(rendered["ordinary"], xml=bomb))
    assert "xml: EInvoiceData/BuyerInformation/BuyerName is not 个人" in differences
