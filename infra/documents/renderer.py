"""Renders an invoice: the XML, and the PDF/A-3b that carries it."""

import json
import threading
from pathlib import Path

import typst

from domain.invoices import InvoiceFace
from domain.ports import RenderedInvoice
from domain.verification import qr_text
from infra.documents.check import values_agree
from infra.documents.einvoice_xml import einvoice_xml
from infra.documents.fonts import Hanzi, Typeface
from infra.documents.layout import lay_out
from infra.documents.qr import qr_picture
from infra.documents.wording import TITLES

TEMPLATE = Path(__file__).parent / "templates" / "invoice.typ"


class InvoiceRenderer:
    """Turns faces into documents; safe to share between threads.

    The same face gives the same bytes: the only date in the file is `issued_at`. So a render that is repeated
    after a crash meets the stored object with the same hash instead of making a second original.

    The compilers stay in the process, one a thread, because starting one means reading the fonts; they are given
    the template as a path, since one given as bytes fails from the second document on (`ecosystem.md`).
    """

    def __init__(self, font_dirs: list[Path], hanzi: Hanzi = "sans") -> None:
        """Raises FileNotFoundError when the regular weights of Noto Sans SC and Noto Serif SC are not there.

        `hanzi` is the face of the Chinese characters. Both look right; the outlines of the serif one add about
        8 KB to a file and a fifth to the time.
        """
        self._typeface = Typeface(font_dirs, hanzi)
        self._hanzi = hanzi
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in self._typeface.font_folders],
        )
        self._local = threading.local()

    def missing_characters(self, text: str) -> set[str]:
        """Characters that would not be printed. Ask before the tax bureau issues: afterwards it is too late."""
        return self._typeface.missing(text)

    def render(self, face: InvoiceFace) -> RenderedInvoice:
        """Both documents of an issued invoice. Raises ValueError for characters that no font of ours has,
        and for a remark that fits at no readable size: both are refused before issuing (`domain.titles`)."""
        missing = self.missing_characters(_all_text(face)) - {"\n"}  # a remark may have lines
        if missing:
            raise ValueError(f"no glyph for {' '.join(f'U+{ord(c):04X}' for c in sorted(missing))}")
        xml = einvoice_xml(face)
        text = qr_text(face)
        data = {
            "title": f"{TITLES[face.kind]} {face.number}",
            "author": face.seller.name,
            "file": f"{face.number}.xml",
            "sample": face.sample,
            "qr": qr_picture(text),
            "hanzi": self._hanzi,
            "pages": [page.as_data() for page in lay_out(face, self._typeface)],
        }
        pdf = self._compiler().compile(
            format="pdf",
            pdf_standards="a-3b",
            timestamp=int(face.issued_at.timestamp()),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False), "xml": xml.decode()},
        )
        if not isinstance(pdf, bytes):
            raise TypeError("typst gave no single file")
        # typst ends at %%EOF without a newline; a signature appended to that would break PDF/A (`ecosystem.md`).
        return RenderedInvoice(pdf + b"\n", xml, text)

    def disagreements(self, face: InvoiceFace, rendered: RenderedInvoice) -> list[str]:
        """What the documents, read back, say otherwise than the face; empty when all agree (I17)."""
        return values_agree(face, rendered)

    def _compiler(self) -> typst.Compiler:
        compiler: typst.Compiler | None = getattr(self._local, "compiler", None)
        if compiler is None:
            compiler = typst.Compiler(input=str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=self._fonts)
            self._local.compiler = compiler
        return compiler


def _all_text(face: InvoiceFace) -> str:
    """Everything on the face that was written by people."""
    parties = (face.buyer.name, face.buyer.tax_id, face.seller.name, face.seller.tax_id, face.drawer, face.remark)
    lines = (text for line in face.lines for text in (line.printed_name, line.specification, line.unit))
    return "".join((*parties, *lines))
