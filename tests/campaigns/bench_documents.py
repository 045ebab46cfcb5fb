"""P9 and P10: documents per core-second against the bare engine, and the size of a file."""

import itertools
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import typst

from domain.invoices import InvoiceFace
from infra.documents.fonts import Typeface
from infra.documents.layout import lay_out
from infra.documents.renderer import InvoiceRenderer
from infra.parts.node import font_folder
from infra.settings import settings
from tests.campaigns.figures import Figure
from tests.campaigns.rounds import alternate, cpu_of
from tests.infra.documents.faces import EIGHT

DOCUMENTS = 40
"""In one round."""
HEADS, CELLS = "项目名称", 8 + 8 * 8
"""Where the table begins, and how many cells it has: the heads and eight lines."""
BARE = """#let data = json(bytes(sys.inputs.data))
#set page(width: 210mm, height: 140mm, margin: 8mm)
#set text(lang: "zh", font: ("Noto Sans SC", "Noto Serif SC"), fallback: false, size: 8.5pt)
#for body in data.above { text(body); linebreak() }
#if data.items.len() > 0 { table(columns: 8, stroke: 0.25mm, ..data.items.map(body => text(body))) }
#for body in data.below { text(body); linebreak() }
"""
"""An invoice as somebody would set it with the engine alone: our page's texts in its order, the items in a table."""
_serial = itertools.count(1)


def _faces() -> list[InvoiceFace]:
    """Eight lines on one page, without the watermark of samples; every document is another one."""
    return [replace(EIGHT, number=f"26332{next(_serial):015d}", sample=False) for _ in range(DOCUMENTS)]


def measure() -> tuple[list[Figure], dict[str, Any]]:
    folder = font_folder(settings())
    renderer = InvoiceRenderer([folder])
    typeface = Typeface([folder], "sans")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(each) for each in typeface.font_folders])
    with tempfile.TemporaryDirectory(prefix="kaipiao-bench-") as place:
        template = Path(place) / "bare.typ"
        template.write_text(BARE, encoding="utf-8")
        compiler = typst.Compiler(input=str(template), root=place, font_paths=fonts)

        def compile_parts(above: list[str], items: list[str], below: list[str]) -> object:
            data = {"above": above, "items": items, "below": below}
            return compiler.compile(format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})

        def bare(texts: list[str]) -> object:
            # Heads, eight lines and their sums stand in the middle of the page's texts.
            first = texts.index(HEADS)
            return compile_parts(texts[:first], texts[first : first + CELLS], texts[first + CELLS :])

        def ours() -> float:
            faces = _faces()
            return DOCUMENTS / cpu_of(lambda: [renderer.render(face) for face in faces])

        def base() -> float:
            texts = [[text for page in lay_out(face, typeface) for *_, text in page.texts] for face in _faces()]
            return DOCUMENTS / cpu_of(lambda: [bare(each) for each in texts])

        def flow() -> float:
            texts = [[text for page in lay_out(face, typeface) for *_, text in page.texts] for face in _faces()]
            return DOCUMENTS / cpu_of(lambda: [compile_parts(each, [], []) for each in texts])

        sides = alternate(ours, base)
        plain_text = alternate(ours, flow)
    print(plain_text.line("P9 beside it, no figure: against the same texts as plain lines, without any table", "/s"))
    print(sides.line("P9 documents per core-second, against the bare engine setting the same texts with a table", "/s"))
    plain, sample = (len(renderer.render(replace(EIGHT, sample=marked)).pdf) / 1000 for marked in (False, True))
    print(f"P10 one page of eight lines: {plain:.1f} KB, with the watermark of samples {sample:.1f} KB (KB of 1,000 bytes)")
    figures = [Figure("p9-documents-to-bare", sides.ratio, 0.8, "at-least"), Figure("p10-pdf-kb", round(plain, 1), 35, "at-most")]
    return figures, {"p9": {"ours": sides.ours, "base": sides.base}, "p9-to-plain-lines": plain_text.ratio, "p10-with-watermark-kb": sample}
