"""Which characters a TrueType font has and how wide they are, read from its own tables.

Two uses: a name with a character that no font of ours has must be refused before the tax bureau issues, and the
page is laid out by us, so a text must be known to fit before it is set.
Source of the layout of the tables: the OpenType specification (cmap formats 4 and 12, head, hhea, hmtx).
"""

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

Hanzi = Literal["sans", "serif"]


class Font:
    """One TrueType font file. Raises ValueError when it has no Unicode map."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        count = struct.unpack_from(">H", data, 4)[0]
        tables: dict[bytes, int] = {}
        for i in range(count):
            tag, _, offset, _ = struct.unpack_from(">4sLLL", data, 12 + 16 * i)
            tables[tag] = offset
        self._glyphs = _characters(data, tables[b"cmap"])
        self._units = struct.unpack_from(">H", data, tables[b"head"] + 18)[0]
        metrics = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
        pairs = struct.unpack_from(f">{2 * metrics}h", data, tables[b"hmtx"])
        self._advances = pairs[::2]

    def __contains__(self, character: str) -> bool:
        return ord(character) in self._glyphs

    def width(self, character: str) -> float:
        """The advance of a character that the font has, in em."""
        glyph = self._glyphs[ord(character)]
        # Glyphs after the last metric share it (monospaced tail).
        advance: int = self._advances[min(glyph, len(self._advances) - 1)]
        return advance / float(self._units)


def _characters(data: bytes, cmap: int) -> dict[int, int]:
    """Code point to glyph, from the fullest Unicode subtable."""
    found: dict[int, int] = {}
    for i in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        offset = cmap + struct.unpack_from(">L", data, cmap + 8 + 8 * i)[0]
        match struct.unpack_from(">H", data, offset)[0]:
            case 12:
                return dict(_format_12(data, offset))
            case 4:
                found = dict(_format_4(data, offset))
            case _:
                continue
    if not found:
        raise ValueError("the font has no Unicode character map")
    return found


def _format_12(data: bytes, offset: int) -> list[tuple[int, int]]:
    groups = struct.unpack_from(">L", data, offset + 12)[0]
    values = struct.unpack_from(f">{3 * groups}L", data, offset + 16)
    return [
        (code, glyph + code - first)
        for first, last, glyph in zip(values[::3], values[1::3], values[2::3], strict=True)
        for code in range(first, last + 1)
    ]


def _format_4(data: bytes, offset: int) -> list[tuple[int, int]]:
    double = struct.unpack_from(">H", data, offset + 6)[0]
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, offset + 14)
    starts = struct.unpack_from(f">{count}H", data, offset + 16 + double)
    deltas = struct.unpack_from(f">{count}h", data, offset + 16 + 2 * double)
    ranges_at = offset + 16 + 3 * double
    pairs = []
    for i, (first, last, delta) in enumerate(zip(starts, ends, deltas, strict=True)):
        step = struct.unpack_from(">H", data, ranges_at + 2 * i)[0]
        for code in range(first, min(last, 0xFFFE) + 1):
            if step:
                glyph = struct.unpack_from(">H", data, ranges_at + 2 * i + step + 2 * (code - first))[0]
                glyph = (glyph + delta) % 65536 if glyph else 0
            else:
                glyph = (code + delta) % 65536
            if glyph:
                pairs.append((code, glyph))
    return pairs


class Typeface:
    """How the page sets text: Latin and digits in Noto Sans SC, hanzi in it or in Noto Serif SC.

    What the first font lacks comes from the other one.
    """

    def __init__(self, font_dirs: list[Path], hanzi: Hanzi = "sans") -> None:
        sans = _regular(font_dirs, "NotoSansSC")
        serif = _regular(font_dirs, "NotoSerifSC")
        self.font_folders = [sans.parent, serif.parent]
        self._sans, self._serif = _read(sans), _read(serif)
        self._widths = _Widths(self._sans, self._serif, hanzi)

    def missing(self, text: str) -> set[str]:
        """The characters of the text that neither font has."""
        return {c for c in text if c not in self._serif and c not in self._sans}

    def width(self, text: str) -> float:
        """In em; a missing character counts as one."""
        widths = self._widths
        return sum([widths[c] for c in text])


@cache
def printable_by(font_dir: Path) -> Callable[[str], set[str]]:
    """What of a text no invoice could print, by the fonts in a folder; they are read once a process."""
    return Typeface([font_dir]).missing


class _Widths(dict[str, float]):
    """Widths by character, looked up in the fonts at the first use."""

    def __init__(self, sans: Font, serif: Font, hanzi: Hanzi) -> None:
        super().__init__()
        self._latin = (sans, serif)
        self._hanzi = (sans, serif) if hanzi == "sans" else (serif, sans)

    def __missing__(self, character: str) -> float:
        fonts = self._latin if character.isascii() or character == "¥" else self._hanzi
        font = next((font for font in fonts if character in font), None)
        width = self[character] = font.width(character) if font else 1.0
        return width


@cache
def _read(path: Path) -> Font:
    return Font(path)


def _regular(font_dirs: list[Path], name: str) -> Path:
    """The regular weight; only that, because every weight found would be loaded. Raises FileNotFoundError."""
    for folder in font_dirs:
        found = sorted(folder.rglob(f"{name}_400Regular.ttf")) or sorted(folder.rglob(f"{name}-Regular.ttf"))
        if found:
            return found[0].resolve()
    raise FileNotFoundError(f"{name} (regular, TTF) is in none of: {', '.join(map(str, font_dirs))}")
