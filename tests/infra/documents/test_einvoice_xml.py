"""The XML: element by element as in the public samples."""

from dataclasses import replace

import pytest
from lxml import etree

from infra.documents.einvoice_xml import einvoice_xml
from tests.infra.documents.faces import CLOUD, EIGHT, ORDINARY, RED, SPECIAL


def tree(xml: bytes) -> etree._Element:
    return etree.fromstring(xml)


def tags(element: etree._Element | None) -> list[str]:
    assert element is not None
    return [str(child.tag) for child in element]


def test_the_declaration_and_the_root_are_those_of_the_standard() -> None:
    xml = einvoice_xml(SPECIAL)
    assert xml.splitlines()[0] == b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"
    root = tree(xml)
    assert (root.tag, root.nsmap) == ("EInvoice", {})


def test_elements_stand_in_the_order_of_the_samples() -> None:
    root = tree(einvoice_xml(SPECIAL))
    assert tags(root) == ["Header", "EInvoiceData", "SellerAuthentication", "TaxSupervisionInfo"]
    assert tags(root.find("Header")) == ["EIid", "EInvoiceTag", "Version", "InherentLabel", "UndefinedLabel"]
    assert tags(root.find("EInvoiceData")) == [
        "SellerInformation",
        "BuyerInformation",
        "BasicInformation",
        "IssuItemInformation",
        "IssuItemInformation",
        "SpecificInformation",
        "AdditionalInformation",
    ]
    assert tags(root.find("EInvoiceData/BasicInformation")) == [
        "TotalAmWithoutTax",
        "TotalTaxAm",
        "TotalTax-includedAmount",
        "TotalTax-includedAmountInChinese",
        "Drawer",
        "RequestTime",
    ]
    assert tags(root.find("EInvoiceData/IssuItemInformation")) == [
        "ItemName",
        "SpecMod",
        "MeaUnits",
        "Quantity",
        "UnPrice",
        "Amount",
        "TaxRate",
        "ComTaxAm",
        "TotaltaxIncludedAmount",
        "TaxClassificationCode",
    ]


def test_the_telephone_comes_before_the_address_for_the_buyer_only() -> None:
    root = tree(einvoice_xml(replace(SPECIAL, buyer=replace(SPECIAL.seller, name="北京拾光互动科技有限公司"))))
    assert tags(root.find("EInvoiceData/SellerInformation"))[2:4] == ["SellerAddr", "SellerTelNum"]
    assert tags(root.find("EInvoiceData/BuyerInformation"))[2:4] == ["BuyerTelNum", "BuyerAddr"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Header/EIid", "26332000000418203947"),
        ("Header/EInvoiceTag", "SWEI3300"),
        ("Header/InherentLabel/InIssuType/LabelCode", "Y"),
        ("Header/InherentLabel/GeneralOrSpecialVAT/LabelCode", "01"),
        ("EInvoiceData/BasicInformation/TotalAmWithoutTax", "46679.62"),
        ("EInvoiceData/BasicInformation/TotalTaxAm", "2800.78"),
        ("EInvoiceData/BasicInformation/TotalTax-includedAmount", "49480.40"),
        ("EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese", "肆万玖仟肆佰捌拾圆肆角整"),
        ("EInvoiceData/BasicInformation/RequestTime", "2026-11-13 10:30:15"),
        ("EInvoiceData/IssuItemInformation/ItemName", "*信息技术服务*云服务费"),
        ("EInvoiceData/IssuItemInformation/TaxRate", "0.06"),
        ("TaxSupervisionInfo/IssueTime", "2026-11-13"),
        ("TaxSupervisionInfo/TaxBureauCode", "13300000000"),
        ("TaxSupervisionInfo/TaxBureauName", "国家税务总局浙江省税务局"),
    ],
)
def test_a_blue_invoice_says(path: str, value: str) -> None:
    assert tree(einvoice_xml(SPECIAL)).findtext(path) == value


def test_a_seller_in_a_separately_planned_city_has_the_citys_bureau() -> None:
    seller = replace(SPECIAL.seller, tax_id="91330200MACKX4QG41")
    root = tree(einvoice_xml(replace(SPECIAL, seller=seller)))
    assert root.findtext("TaxSupervisionInfo/TaxBureauName") == "国家税务总局宁波市税务局"
    assert root.findtext("TaxSupervisionInfo/TaxBureauCode") == "13302000000"
    assert root.findtext("Header/EInvoiceTag") == "SWEI3302"


def test_an_ordinary_invoice_to_a_person_has_an_empty_tax_id() -> None:
    root = tree(einvoice_xml(ORDINARY))
    assert root.findtext("Header/InherentLabel/GeneralOrSpecialVAT/LabelCode") == "02"
    assert root.findtext("EInvoiceData/BuyerInformation/BuyerIdNum") == ""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Header/InherentLabel/InIssuType/LabelCode", "N"),
        ("EInvoiceData/BasicInformation/TotalTax-includedAmount", "-36800.00"),
        ("EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese", "（负数）叁万陆仟捌佰圆整"),
        ("EInvoiceData/IssuItemInformation/Quantity", "-1"),
        ("EInvoiceData/IssuItemInformation/UnPrice", "34716.98"),
        ("EInvoiceData/IssuItemInformation/ComTaxAm", "-2083.02"),
        ("EInvoiceData/SpecificInformation/RedEInvoice/OriginalInvoiceCode", "26332000000418203000"),
        ("EInvoiceData/SpecificInformation/RedEInvoice/CreditNoteNumber", "33010626111301117191"),
        (
            "EInvoiceData/AdditionalInformation/Remark",
            "被红冲蓝字数电票号码：26332000000418203000 红字发票信息确认单编号：33010626111301117191",
        ),
    ],
)
def test_a_red_invoice_says(path: str, value: str) -> None:
    assert tree(einvoice_xml(RED)).findtext(path) == value


def test_the_red_sentence_is_not_written_twice() -> None:
    sentence = "被红冲蓝字数电票号码：26332000000418203000 红字发票信息确认单编号：33010626111301117191"
    root = tree(einvoice_xml(replace(RED, remark=f"{sentence} 另注")))
    assert root.findtext("EInvoiceData/AdditionalInformation/Remark") == f"{sentence} 另注"


def test_every_line_is_an_element_of_its_own_and_the_sums_are_theirs() -> None:
    root = tree(einvoice_xml(EIGHT))
    items = root.findall("EInvoiceData/IssuItemInformation")
    assert len(items) == 8
    assert items[0].findtext("UnPrice") == "11572.3266666666667"


def test_a_line_that_is_not_taxable_is_labelled() -> None:
    line = replace(CLOUD, category="预付卡销售", classification_code="6010000000000000000", rate_bp=0, tax_fen=0)
    root = tree(einvoice_xml(replace(SPECIAL, lines=(line,))))
    assert root.findtext("Header/UndefinedLabel/Label/LabelName") == "不征税"
    assert root.findtext("EInvoiceData/IssuItemInformation/TaxRate") == "0"


def test_signs_of_markup_are_data() -> None:
    name = "A&B <科技> ]]> &lt; 公司"
    root = tree(einvoice_xml(replace(SPECIAL, buyer=replace(SPECIAL.buyer, name=name))))
    assert root.findtext("EInvoiceData/BuyerInformation/BuyerName") == name


def test_a_number_of_no_province_is_refused() -> None:
    with pytest.raises(KeyError):
        einvoice_xml(replace(SPECIAL, number="26992000000418203947"))
