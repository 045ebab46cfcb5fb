"""The process that recognises the text of one picture: bytes on standard input, JSON on standard output.

A picture comes from anybody. Whatever it does to a decoder happens here, within limits, and ends with the process.
Answers: {"lines": [[text, left, top, right, bottom], ...]} or {"problem": code}.
"""

import io
import json
import resource
import sys
from contextlib import suppress

MOST_PIXELS = 40_000_000
"""A photo of a telephone has 12 to 50 million; above this nothing is decoded (a bomb unpacks to gigabytes)."""
LONGEST_SIDE = 2200
"""Larger pictures are made smaller: the letters of a licence stay readable, and the time stays bounded."""
LEAST_SURE = 0.5
MOST_SECONDS = 60
MOST_BYTES = 4 * 1024**3
PDF_SCALE = 2.0


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = _answer(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(answer, ensure_ascii=False))


def _answer(content: bytes) -> dict[str, object]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        picture = _page_of_pdf(content) if content.startswith(b"%PDF") else Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
        if picture.width * picture.height > MOST_PIXELS:
            return {"problem": "picture-large"}
        picture = ImageOps.exif_transpose(picture).convert("RGB")  # telephones turn the picture by a note in the file
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except Image.DecompressionBombError:
        return {"problem": "picture-large"}
    except Exception:  # decoders fail in every way there is; all of them mean the same here
        return {"problem": "picture-form"}
    return {"lines": _recognise(picture)}


def _page_of_pdf(content: bytes):  # type: ignore[no-untyped-def]
    """The first page as a picture. Raises PdfiumError, or ValueError for a page that is too large to draw."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    page = document[0]
    width, height = page.get_size()
    if width * height * PDF_SCALE**2 > MOST_PIXELS:
        raise ValueError("the page is too large")
    return page.render(scale=PDF_SCALE).to_pil()


def _recognise(picture) -> list[list[object]]:  # type: ignore[no-untyped-def]
    import numpy
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR(intra_op_num_threads=2)
    found, _ = engine(numpy.asarray(picture)[:, :, ::-1])
    lines: list[list[object]] = []
    for box, text, score in found or []:
        if float(score) >= LEAST_SURE:
            xs, ys = [round(point[0]) for point in box], [round(point[1]) for point in box]
            lines.append([text, min(xs), min(ys), max(xs), max(ys)])
    return lines


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
