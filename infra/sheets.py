"""A workbook that people filled in: bounded, its first sheet's cells, and where it holds formulas and merged cells.

What a formula shows is what the program that saved it had computed, which may be of another day or of nothing: it is refused by name.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

from domain.errors import Problem, Refusal

MOST_MEMBERS = 200
"""Parts of the ZIP: ours has a dozen."""
LONGEST_CELL = 2000
"""Characters of one cell; Excel's own limit is 32,767."""
_BROKEN = (zipfile.BadZipFile, zlib.error, ParseError, OSError, ValueError, EOFError, RuntimeError, LookupError)
"""What a broken archive or sheet raises. An unknown compression and a password are RuntimeErrors."""
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` from the first one on, as calamine reads them: text, float, bool, date, datetime, time, or an empty text."""

    name: str
    rows: tuple[tuple[Any, ...], ...]
    formulas: frozenset[str] = frozenset()
    """Cells by name, `B7`."""
    merged: tuple[str, ...] = ()
    """The first cell of each merged area."""


def read_sheet(content: bytes, most_unpacked: int, most_rows: int) -> Sheet:
    """The first sheet. Raises Refusal: sheet-empty, sheet-format, sheet-broken, sheet-too-large (limit), sheet-too-many-rows (limit)."""
    import python_calamine  # only workbooks pay for it

    if not content:
        raise Refusal(Problem("file", "sheet-empty"))
    if not content.startswith(b"PK\x03\x04"):
        raise Refusal(Problem("file", "sheet-format"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if "xl/workbook.xml" not in packed.namelist():
                raise Refusal(Problem("file", "sheet-format"))
            _bounded(packed, most_unpacked)
            formulas, merged = _special_cells(packed)
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        # An empty row in front of a row a million further down must not be read into memory.
        if sheet.total_height > most_rows:
            raise Refusal(Problem("file", "sheet-too-many-rows", {"limit": str(most_rows)}))
        rows = tuple(tuple(row) for row in sheet.to_python(skip_empty_area=False, nrows=most_rows + 1))
    except Refusal:
        raise
    except (
        python_calamine.CalamineError,
        zipfile.BadZipFile,
        ParseError,
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
        KeyError,
        IndexError,
    ):
        # Also NotImplementedError (an unknown compression) and encrypted members, which are RuntimeErrors.
        raise Refusal(Problem("file", "sheet-broken")) from None
    return Sheet(sheet.name, rows, formulas, merged)


def _bounded(packed: zipfile.ZipFile, most: int) -> None:
    """By unpacking it, because what an archive says of itself may be a lie; no part is read further than the bound."""
    members = packed.infolist()
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > most:
        raise Refusal(Problem("file", "sheet-too-large", {"limit": str(most // 1024 // 1024)}))
    left = most
    for member in members:
        with packed.open(member) as part:
            tail = b""
            while piece := part.read(65_536):
                left -= len(piece)
                if left < 0:
                    raise Refusal(Problem("file", "sheet-too-large", {"limit": str(most // 1024 // 1024)}))
                if b"<!DOCTYPE" in tail + piece:
                    raise Refusal(Problem("file", "sheet-broken"))  # no program that writes workbooks declares entities
                tail = piece[-16:]


def _special_cells(packed: zipfile.ZipFile) -> tuple[frozenset[str], tuple[str, ...]]:
    """Cells of the first sheet with a formula, and where merged areas begin."""
    formulas: set[str] = set()
    merged: list[str] = []
    place = ""
    with packed.open(_first_sheet(packed)) as part:
        for event, element in iterparse(part, events=("start", "end")):  # noqa: S314 (no DOCTYPE passes `_bounded`)
            if event == "start":
                place = element.get("r", "") if element.tag == f"{_SHEET}c" else place
                if element.tag == f"{_SHEET}f":
                    formulas.add(place)
                elif element.tag == f"{_SHEET}mergeCell":
                    merged.append(element.get("ref", "").split(":")[0])
            elif element.tag == f"{_SHEET}row":
                element.clear()
    return frozenset(formulas), tuple(merged)


def _first_sheet(packed: zipfile.ZipFile) -> str:
    """The part that holds the sheet a person sees first."""
    wanted = next(_elements(packed, "xl/workbook.xml", f"{_SHEET}sheet")).get(_REL_ID, "")
    for relation in _elements(packed, "xl/_rels/workbook.xml.rels", f"{_REL}Relationship"):
        if relation.get("Id") == wanted:
            return posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
    raise KeyError(wanted)


def _elements(packed: zipfile.ZipFile, name: str, tag: str) -> Iterator[Any]:
    with packed.open(name) as part:
        found = [element for _, element in iterparse(part) if element.tag == tag]  # noqa: S314 (no DOCTYPE passes `_bounded`)
    if not found:
        raise KeyError(tag)
    return iter(found)


def cell_name(place: int, line: int) -> str:
    """`B7` for the second column (from 0) of row 7."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{line}"
