"""Rendering: the same bytes each time, refusals before anything is made, threads."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from domain.invoices import Party
from domain.ports import RenderedInvoice
from infra.documents.fonts import Font, Typeface
from infra.documents.renderer import InvoiceRenderer
from infra.parts.node import font_folder
from infra.settings import CHECKOUT, settings
from tests.infra.documents.faces import SPECIAL


def test_a_second_render_gives_the_same_bytes(renderer: InvoiceRenderer, rendered: dict[str, RenderedInvoice]) -> None:
    assert renderer.render(SPECIAL) == rendered["special"]


def test_another_process_gives_the_same_bytes(rendered: dict[str, RenderedInvoice]) -> None:
    program = """
import hashlib
from infra.documents.renderer import InvoiceRenderer
from infra.settings import settings
from tests.infra.documents.faces import SPECIAL
print(hashlib.sha256(InvoiceRenderer([settings().font_dir]).render(SPECIAL).pdf).hexdigest())
"""
    output = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60)
    assert output.stdout.strip() == hashlib.sha256(rendered["special"].pdf).hexdigest()


def test_threads_render_side_by_side(renderer: InvoiceRenderer) -> None:
    faces = [replace(SPECIAL, number=f"263320000004182{i:05d}") for i in range(24)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(renderer.render, faces))
    assert together == [renderer.render(face) for face in faces]
    assert len({files.pdf for files in together}) == 24


def test_characters_without_a_glyph_are_named(renderer: InvoiceRenderer) -> None:
    assert renderer.missing_characters("㛃堃喆㼆 ABC é №") == set()
    assert renderer.missing_characters("𠮷野家\U0001f642") == {"𠮷", "\U0001f642"}


def test_a_face_that_cannot_be_printed_is_refused(renderer: InvoiceRenderer) -> None:
    with pytest.raises(ValueError, match=r"U\+20BB7"):
        renderer.render(replace(SPECIAL, buyer=Party("𠮷野家餐饮")))
    with pytest.raises(ValueError, match="remark"):
        renderer.render(replace(SPECIAL, remark="长" * 5000))


def test_fonts_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="NotoSansSC"):
        InvoiceRenderer([tmp_path])


def test_widths_are_those_of_the_font_file() -> None:
    font = Font(settings().font_regular)
    assert font.width("中") == 1.0
    assert font.width("5") == pytest.approx(0.555, abs=0.01)
    assert "中" in font
    assert "𠮷" not in font
    assert Typeface([font_folder(settings())]).width("中5") == pytest.approx(1.555, abs=0.01)
