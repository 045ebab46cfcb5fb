"""The QR code as a picture for the page."""

from typing import TypedDict

import segno

MASK = 2
"""Any of the eight masks decodes; weighing them against each other took four fifths of the time of a code."""
_LUMA = bytes.maketrans(b"\x00\x01", b"\xff\x00")


class QrPicture(TypedDict):
    """`width` modules each way; `pixels` row by row, a number a module: 255 is white, 0 is dark."""

    width: int
    pixels: list[int]


def qr_picture(text: str) -> QrPicture:
    """The modules of the code, without quiet zone. Error correction M."""
    code = segno.make_qr(text, error="m", boost_error=False, mask=MASK)
    pixels = b"".join(bytes(row).translate(_LUMA) for row in code.matrix)
    return {"width": len(code.matrix), "pixels": list(pixels)}
