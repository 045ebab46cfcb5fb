"""A page as a list of placed texts and lines, and the fitting of texts into widths.

The page is laid out here and not by a flowing table, because readers of invoices find fields by position
(`domain.md` 1.6). Units: mm from the top left corner; a text's y is its baseline; sizes are points.
"""

from dataclasses import dataclass, field

from infra.documents.fonts import Typeface

MM_PER_PT = 25.4 / 72
LABEL, DATA, _MARK, SEAL = range(4)
"""Inks: brown-red labels, black data, the pale sample mark, the red of the place for the seal."""

CLOSING = frozenset("，。、；：！？）》」』”’%,.;:!?)]")
"""Signs that do not begin a line."""


@dataclass
class Page:
    """What stands on one page, in reading order. The fields are what the template is given, as lists for JSON."""

    face: Typeface
    texts: list[tuple[float, float, float, int, str]] = field(default_factory=list)
    lines: list[tuple[float, float, float, float]] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    crosses: list[tuple[float, float, float]] = field(default_factory=list)

    def left(self, x: float, y: float, text: str, size: float = 9, ink: int = DATA) -> float:
        """Set a text from x on; returns where it ends."""
        if text:
            self.texts.append((round(x, 3), round(y, 3), round(size, 2), ink, text))
        return x + self.width(text, size)

    def right(self, x: float, y: float, text: str, size: float = 9, ink: int = DATA) -> None:
        self.left(x - self.width(text, size), y, text, size, ink)

    def centre(self, x: float, y: float, text: str, size: float = 9, ink: int = DATA) -> None:
        self.left(x - self.width(text, size) / 2, y, text, size, ink)

    def labelled(self, x: float, y: float, label: str, text: str, width: float, size: float = 9) -> None:
        """A label with its value right behind it, on one line; the value shrinks to end before x + width."""
        start = self.left(x, y, label, size, LABEL)
        self.left(start, y, text, self.fitting(text, x + width - start, size))

    def vertical(self, x: float, y: float, label: str, step: float) -> None:
        """One character a line, centred on x, the first on the baseline y."""
        for i, character in enumerate(label):
            self.centre(x, y + i * step, character, 9, LABEL)

    def cell(self, x: float, y: float, lines: list[str], size: float, leading: float) -> None:
        """Wrapped lines, the first on the baseline y."""
        for i, line in enumerate(lines):
            self.left(x, y + i * leading, line, size)

    def width(self, text: str, size: float) -> float:
        return self.face.width(text) * size * MM_PER_PT

    def fitting(self, text: str, width: float, size: float) -> float:
        """The size, at most `size`, at which the text is no wider than `width`."""
        needed = self.width(text, size)
        return size if needed <= width else size * width / needed

    def wrapped(self, text: str, width: float, size: float) -> list[str]:
        """The text in lines no wider than `width`; a line break in it is kept.

        Hanzi break anywhere, Latin words only when longer than a line; a closing sign takes what stands before
        it along to the next line.
        """
        room = width / (size * MM_PER_PT)
        return [line for paragraph in text.split("\n") for line in self._wrapped(paragraph, room)]

    def _wrapped(self, text: str, room: float) -> list[str]:
        lines: list[list[str]] = [[]]
        used = 0.0
        for piece in self._pieces(text, room):
            width = self.face.width(piece)
            if used + width > room and lines[-1]:
                taken = [lines[-1].pop()] if piece in CLOSING and len(lines[-1]) > 1 else []
                lines.append(taken)
                used = sum(map(self.face.width, taken))
                if piece == " ":
                    continue
            lines[-1].append(piece)
            used += width
        return ["".join(line) for line in lines]

    def _pieces(self, text: str, room: float) -> list[str]:
        """What is not broken: Latin words that fit on a line; else single characters."""
        pieces: list[str] = []
        for word in _words(text):
            pieces += [word] if self.face.width(word) <= room else list(word)
        return pieces

    def as_data(self) -> dict[str, object]:
        return {"texts": self.texts, "lines": self.lines, "boxes": self.boxes, "crosses": self.crosses}


def _words(text: str) -> list[str]:
    """Runs of ASCII without blanks stay together; every blank and every other character stands alone."""
    words: list[str] = []
    for character in text:
        if words and character.isascii() and character != " " and words[-1].isascii() and words[-1] != " ":
            words[-1] += character
        else:
            words.append(character)
    return words
