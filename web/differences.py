"""Where two texts differ, piece by piece, for a comparison that marks the differences."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from domain.titles import normalised_name


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    differs: bool


def marked(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts as pieces. Texts that are the same name (brackets, blanks and letters aside) have no difference."""
    if normalised_name(one).upper() == normalised_name(other).upper():
        return ((Piece(one, differs=False),), (Piece(other, differs=False),))
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, start, end, other_start, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left.append(Piece(one[start:end], tag != "equal"))
        right.append(Piece(other[other_start:other_end], tag != "equal"))
    return (tuple(piece for piece in left if piece.text), tuple(piece for piece in right if piece.text))
