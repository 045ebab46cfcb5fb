"""Workbooks that are no sheets of ours: bombs, broken ones, foreign parts. Each is refused by name, without unpacking it all."""

import io
import zipfile
from datetime import date

import pytest

from domain.batches import MOST_UNPACKED, BatchKind
from domain.errors import Refusal
from infra.batch_workbook import read_filled
from infra.sheets import cell_name, read_sheet
from tests.sheets import application, sheet

GOOD = sheet([application("A-1", orders="202610150000183742")])


def changed(**parts: bytes) -> bytes:
    """The good workbook with parts of the archive replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = {name.replace("/", "_").replace(".", "_"): name for name in old.namelist()}
        for key, name in names.items():
            new.writestr(name, parts.pop(key, old.read(name)))
        for key, content in parts.items():
            new.writestr(key, content)
    return buffer.getvalue()


def many_parts() -> bytes:
    return changed(**{f"part{number}": b"" for number in range(1000)})


def entities() -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as book:
        text = book.read("xl/worksheets/sheet1.xml")
    return changed(xl_worksheets_sheet1_xml=text.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet-empty"),
        (b"\x00", "sheet-format"),
        (b"%PDF-1.7 PK\x03\x04", "sheet-format"),
        (GOOD[:1000], "sheet-broken"),
        (changed(bomb=b"0" * (MOST_UNPACKED + 1)), "sheet-too-large"),
        (many_parts(), "sheet-too-large"),
        (entities(), "sheet-broken"),
        (changed(xl_worksheets_sheet1_xml=b"<worksheet"), "sheet-broken"),
        (changed(xl_workbook_xml=b"<workbook/>"), "sheet-broken"),
    ],
    ids=["empty", "one-byte", "pdf", "cut-off", "bomb", "many-parts", "entities", "no-xml", "no-sheet"],
)
def test_what_is_no_sheet_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_sheet(content, MOST_UNPACKED, 502)
    assert refused.value.code == code


def test_a_size_that_the_archive_says_wrongly_is_not_believed() -> None:
    """The directory says 10 bytes for a part of 21 MB."""
    content = bytearray(changed(bomb=b"0" * (MOST_UNPACKED + 1)))
    place = content.rfind(b"bomb") - 46
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Refusal) as refused:
        read_sheet(bytes(content), MOST_UNPACKED, 502)
    assert refused.value.code in ("sheet-broken", "sheet-too-large")


def test_excels_own_month_is_read_and_a_day_elsewhere_is_not() -> None:
    filled = read_filled(sheet([application("A-1", month=date(2026, 10, 1), entity=date(2026, 10, 1))]), BatchKind.APPLICATIONS)
    assert filled.rows[0].cells["month"] == "2026-10"
    assert [(each.field, each.code) for each in filled.rows[0].problems] == [("entity", "cell-date")]


@pytest.mark.parametrize(("place", "name"), [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7")])
def test_cells_are_named_as_excel_names_them(place: int, name: str) -> None:
    assert cell_name(place, 7) == name
