"""The `EInvoice` XML of a digital invoice, which is the voucher; the PDF is its picture (`domain.md` 1.4).

Ours carries no TaxBureauSignature: only the bureau can sign, and an imitation would be a forgery.
"""

from decimal import Decimal

from lxml import etree

from domain.amounts import plain, yuan
from domain.calendar import CHINA
from domain.capital import capital_amount
from domain.invoices import InvoiceFace, InvoiceKind, InvoiceLine, Party
from domain.provinces import tax_bureau_of
from infra.documents.wording import not_taxed, price_text, quantity_text, remark

VERSION = "0.32"
GENERAL_TAXPAYER = ("1", "一般纳税人")
"""[K] in `domain.md` 1.4: only codes 3 and 5 were seen in public samples."""

_KINDS = {InvoiceKind.SPECIAL: ("01", "增值税专用发票"), InvoiceKind.ORDINARY: ("02", "普通发票")}


def einvoice_xml(face: InvoiceFace) -> bytes:
    """UTF-8, no namespace, the order of the public samples. The same face gives the same bytes.

    Raises KeyError when the number names no province, and ValueError for a character that XML cannot carry.
    """
    bureau = tax_bureau_of(face.number, face.seller.tax_id)
    root = etree.Element("EInvoice")
    header = _under(root, "Header")
    _texts(header, EIid=face.number, EInvoiceTag=bureau.tag, Version=VERSION)
    _labels(header, face)
    data = _under(root, "EInvoiceData")
    _seller(_under(data, "SellerInformation"), face.seller)
    _buyer(_under(data, "BuyerInformation"), face.buyer)
    _basics(_under(data, "BasicInformation"), face)
    for line in face.lines:
        _line(_under(data, "IssuItemInformation"), line)
    specific = _under(data, "SpecificInformation")
    if face.is_red:
        red = _under(specific, "RedEInvoice")
        _texts(red, OriginalInvoiceCode=face.original_number, CreditNoteNumber=face.red_sheet_number)
    _texts(_under(data, "AdditionalInformation"), Remark=remark(face))
    _texts(_under(root, "SellerAuthentication"), AuthenticationMethods="01")
    _texts(
        _under(root, "TaxSupervisionInfo"),
        InvoiceNumber=face.number,
        IssueTime=face.issued_on.isoformat(),
        TaxBureauCode=bureau.code,
        TaxBureauName=bureau.name,
    )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _under(parent: etree._Element, tag: str) -> etree._Element:
    return etree.SubElement(parent, tag)


def _texts(parent: etree._Element, **texts: str) -> None:
    """Children in the order given; a name with a hyphen is written with a double underscore."""
    for tag, text in texts.items():
        etree.SubElement(parent, tag.replace("__", "-")).text = text


def _filled(parent: etree._Element, **texts: str) -> None:
    _texts(parent, **{tag: text for tag, text in texts.items() if text})


def _labels(header: etree._Element, face: InvoiceFace) -> None:
    inherent = _under(header, "InherentLabel")
    labels = {
        "InIssuType": ("N" if face.is_red else "Y", "是否蓝字发票标志"),
        "EInvoiceType": ("01", "电子发票"),
        "GeneralOrSpecialVAT": _KINDS[face.kind],
        "TaxpayerType": GENERAL_TAXPAYER,
    }
    for tag, (code, name) in labels.items():
        _texts(_under(inherent, tag), LabelCode=code, LabelName=name)
    undefined = _under(header, "UndefinedLabel")
    if any(not_taxed(line) for line in face.lines):
        _texts(_under(undefined, "Label"), LabelType="特定征税方式标签", LabelCode="01", LabelName="不征税")


def _seller(parent: etree._Element, party: Party) -> None:
    _texts(parent, SellerIdNum=party.tax_id, SellerName=party.name)
    _filled(
        parent,
        SellerAddr=party.address,
        SellerTelNum=party.phone,
        SellerBankName=party.bank,
        SellerBankAccNum=party.bank_account,
    )


def _buyer(parent: etree._Element, party: Party) -> None:
    # Telephone before address here, and the other way round for the seller: so the samples have it.
    _texts(parent, BuyerIdNum=party.tax_id, BuyerName=party.name)
    _filled(
        parent,
        BuyerTelNum=party.phone,
        BuyerAddr=party.address,
        BuyerBankName=party.bank,
        BuyerBankAccNum=party.bank_account,
    )


def _basics(parent: etree._Element, face: InvoiceFace) -> None:
    _texts(
        parent,
        TotalAmWithoutTax=yuan(face.net_fen),
        TotalTaxAm=yuan(face.tax_fen),
        TotalTax__includedAmount=yuan(face.total_fen),
        TotalTax__includedAmountInChinese=capital_amount(face.total_fen),
        Drawer=face.drawer,
        RequestTime=f"{face.issued_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
    )


def _line(parent: etree._Element, line: InvoiceLine) -> None:
    _texts(parent, ItemName=line.printed_name)
    _filled(
        parent,
        SpecMod=line.specification,
        MeaUnits=line.unit,
        Quantity=quantity_text(line),
        UnPrice=price_text(line),
    )
    _texts(
        parent,
        Amount=yuan(line.net_fen),
        TaxRate=plain(Decimal(line.rate_bp) / 10_000),
        ComTaxAm=yuan(line.tax_fen),
        TotaltaxIncludedAmount=yuan(line.total_fen),
        TaxClassificationCode=line.classification_code,
    )
