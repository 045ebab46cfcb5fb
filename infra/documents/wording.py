"""Texts that the PDF and the XML must write alike."""

from decimal import Decimal

from domain.amounts import plain, unit_price, yuan
from domain.invoices import InvoiceFace, InvoiceKind, InvoiceLine

TITLES = {
    InvoiceKind.SPECIAL: "电子发票（增值税专用发票）",
    InvoiceKind.ORDINARY: "电子发票（普通发票）",
}


def remark(face: InvoiceFace) -> str:
    """The remark; a red-letter invoice begins with the bureau's exact sentence, which readers match (`domain.md` 1.4)."""
    if not face.is_red:
        return face.remark
    sentence = f"被红冲蓝字数电票号码：{face.original_number} 红字发票信息确认单编号：{face.red_sheet_number}"
    if face.remark.startswith(sentence):
        return face.remark
    return f"{sentence} {face.remark}".rstrip()


def not_taxed(line: InvoiceLine) -> bool:
    """Classification codes under 6 are for what is not taxable (不征税, `domain.md` 1.11)."""
    return line.classification_code.startswith("6") and line.rate_bp == 0


def rate_text(line: InvoiceLine) -> str:
    """`6%`, or 不征税."""
    return "不征税" if not_taxed(line) else f"{plain(Decimal(line.rate_bp) / 100)}%"


def tax_text(line: InvoiceLine) -> str:
    """The tax in yuan, or `***` where there is none by law (`domain.md` 1.3)."""
    return "***" if not_taxed(line) else yuan(line.tax_fen)


def total_tax_text(face: InvoiceFace) -> str:
    """`¥2800.78`, or `***` when no line is taxed."""
    return "***" if all(not_taxed(line) for line in face.lines) else f"¥{yuan(face.tax_fen)}"


def quantity_text(line: InvoiceLine) -> str:
    return "" if line.quantity is None else plain(line.quantity)


def price_text(line: InvoiceLine) -> str:
    """The unit price; positive on a red-letter line too, where quantity and amount are negative."""
    return "" if line.quantity is None else unit_price(line.net_fen, line.quantity)
