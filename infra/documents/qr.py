"""The QR code as a picture for the page."""

import segno

MASK = 2
"""Any of the eight masks decodes; weighing them against each other took four fifths of the time of a code."""


def qr_rows(text: str) -> list[str]:
    """The modules of the code row by row, `1` for dark, without quiet zone. Error correction M."""
    code = segno.make_qr(text, error="m", boost_error=False, mask=MASK)
    return [row.translate(_DIGITS).decode() for row in code.matrix]


_DIGITS = bytes.maketrans(b"\x00\x01", b"01")
