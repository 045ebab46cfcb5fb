"""Pieces of pages that are kept, each under everything it was made from, so that none is ever shown too long."""

from collections import OrderedDict
from collections.abc import Hashable

from markupsafe import Markup

MOST_CHARACTERS = 24_000_000
"""Some 400 pages of fifty records; the least used go first."""


class Fragments:
    """Rendered pieces by key. A key names all that the piece depends on: language, scope, filters, day, version of the data.

    Used on the event loop alone, so nothing is locked.
    """

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._held = 0
        self._pieces: OrderedDict[Hashable, Markup] = OrderedDict()

    def get(self, key: Hashable) -> Markup | None:
        piece = self._pieces.get(key)
        if piece is not None:
            self._pieces.move_to_end(key)
        return piece

    def keep(self, key: Hashable, piece: Markup) -> Markup:
        """Keep a piece and give it back; one that fills more than a tenth of the room is not kept."""
        if len(piece) * 10 > self._most:
            return piece
        self._held += len(piece) - len(self._pieces.pop(key, ""))
        self._pieces[key] = piece
        while self._held > self._most:
            _, gone = self._pieces.popitem(last=False)
            self._held -= len(gone)
        return piece
