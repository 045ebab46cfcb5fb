"""Do the documents say what was issued? Read back with other programs than those that wrote them (I17)."""

import threading
from collections.abc import Iterator

import pypdfium2
from lxml import etree

from domain.amounts import yuan
from domain.capital import capital_amount
from domain.errors import Refusal
from domain.invoices import InvoiceFace
from domain.ports import RenderedInvoice
from domain.verification import parse_qr
from infra.documents.wording import TITLES, remark, total_tax_text

_PDFIUM = threading.Lock()
"""pdfium is not safe in several threads at once."""


def values_agree(face: InvoiceFace, rendered: RenderedInvoice) -> list[str]:
    """What differs, one sentence each; empty when PDF, XML and QR text agree with the face. Ask before release.

    The PDF is read by pdfium, which shares no code with typst. Number, date, parties, sums and remark are
    compared, on the PDF with their labels before them, so that a value in the wrong place is found too.
    """
    with _PDFIUM:
        in_pdf = list(_pdf_differences(face, rendered))
    return [*in_pdf, *_xml_differences(face, rendered.xml), *_qr_differences(face, rendered.qr_text)]


def _pdf_differences(face: InvoiceFace, rendered: RenderedInvoice) -> Iterator[str]:
    try:
        document = pypdfium2.PdfDocument(rendered.pdf)
    except pypdfium2.PdfiumError as error:
        yield f"pdf: cannot be read ({error})"
        return
    try:
        text = _squeezed(document[0].get_textpage().get_text_range())
        for name, printed in _printed(face):
            if _squeezed(printed) not in text:
                yield f"pdf: {name} is not {printed}"
        attached = [document.get_attachment(i) for i in range(document.count_attachments())]
        if [file.get_name() for file in attached] != [f"{face.number}.xml"]:
            yield "pdf: the XML is not attached under its number"
        elif bytes(attached[0].get_data()) != rendered.xml:
            yield "pdf: the XML attached is another one"
    finally:
        document.close()


def _printed(face: InvoiceFace) -> Iterator[tuple[str, str]]:
    """What must stand on the first page, labels included, in the words of the page."""
    day = face.issued_on
    tax_id = "统一社会信用代码/纳税人识别号："
    yield "title", TITLES[face.kind]
    yield "number", f"发票号码：{face.number}"
    yield "date", f"开票日期：{day.year}年{day.month:02d}月{day.day:02d}日"
    yield "buyer", f"购买方信息名称：{face.buyer.name}{tax_id}{face.buyer.tax_id}销售方信息"
    yield "seller", f"销售方信息名称：{face.seller.name}{tax_id}{face.seller.tax_id}项目名称"
    yield "sums", f"合计¥{yuan(face.net_fen)}{total_tax_text(face)}价税合计"
    yield "capital amount", f"价税合计（大写）{capital_amount(face.total_fen)}（小写）"
    yield "total", f"（小写）¥{yuan(face.total_fen)}备注"
    yield "remark", f"备注{remark(face)}开票人：{face.drawer}"


def _squeezed(text: str) -> str:
    """Without blanks: where a long name was wrapped, or a gap read as a blank, nothing differs."""
    return "".join(text.split())


def _xml_differences(face: InvoiceFace, xml: bytes) -> Iterator[str]:
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        yield f"xml: cannot be read ({error})"
        return
    expected = {
        "Header/EIid": face.number,
        "TaxSupervisionInfo/InvoiceNumber": face.number,
        "TaxSupervisionInfo/IssueTime": face.issued_on.isoformat(),
        "EInvoiceData/SellerInformation/SellerIdNum": face.seller.tax_id,
        "EInvoiceData/SellerInformation/SellerName": face.seller.name,
        "EInvoiceData/BuyerInformation/BuyerIdNum": face.buyer.tax_id,
        "EInvoiceData/BuyerInformation/BuyerName": face.buyer.name,
        "EInvoiceData/BasicInformation/TotalAmWithoutTax": yuan(face.net_fen),
        "EInvoiceData/BasicInformation/TotalTaxAm": yuan(face.tax_fen),
        "EInvoiceData/BasicInformation/TotalTax-includedAmount": yuan(face.total_fen),
        "EInvoiceData/AdditionalInformation/Remark": remark(face),
    }
    for path, value in expected.items():
        if (root.findtext(path) or "") != value:
            yield f"xml: {path} is not {value}"
    lines = [(item.findtext("ItemName"), item.findtext("Amount"), item.findtext("ComTaxAm")) for item in root.iter("IssuItemInformation")]
    if lines != [(line.printed_name, yuan(line.net_fen), yuan(line.tax_fen)) for line in face.lines]:
        yield "xml: the lines differ"


def _qr_differences(face: InvoiceFace, text: str) -> Iterator[str]:
    try:
        content = parse_qr(text)
    except Refusal as refusal:
        yield f"qr: cannot be read ({refusal.code})"
        return
    if (content.number, content.amount_fen, content.issued_on) != (face.number, face.total_fen, face.issued_on):
        yield "qr: number, amount or date differ"
