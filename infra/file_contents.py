"""What is inside a file somebody sent in: pictures are drawn anew, PDFs are searched for what runs by itself."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace

import pikepdf
from pikepdf.settings import set_qpdf_limits
from PIL import Image, ImageOps

from domain.errors import Problem, Refusal
from domain.files import MEGABYTE, CheckedFile, FileLimits

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
QUALITY = 90
OBJECTS = 200_000
"""Objects, and values within them, that we look at in a PDF; a scanned or printed letter has some hundreds."""
RUNS_BY_ITSELF = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/RichMediaExecute", "/Rendition", "/GoToE"}
"""Kinds of PDF action that run a script or program, send data away, or open what is hidden in the file."""
SCRIPTS = {"/JS", "/JavaScript", "/XFA"}
"""Names under which a PDF keeps scripts and forms that compute."""

# What a small file may grow to while it is read: 64 MB for one stream. These limits are of the whole process.
set_qpdf_limits(flate_max_memory=64 * MEGABYTE, run_length_max_memory=64 * MEGABYTE, doc_max_warnings=1000)


def looked_into(file: CheckedFile, limits: FileLimits | None = None) -> CheckedFile:
    """The file as it may be kept: a picture without places, cameras and hidden parts, or a PDF that only shows pages.

    A PDF stays byte for byte what was sent, since a signature in it would break. Raises Refusal: attachment-broken,
    attachment-pixels (limit, in millions), attachment-encrypted, attachment-scripts, attachment-pages (limit).
    """
    if file.looked_into:
        return file
    limits = limits or FileLimits()
    if file.media_type not in FORMATS:
        _search(file.content, limits)
        return replace(file, looked_into=True)
    content = _drawn_anew(file.content, FORMATS[file.media_type], limits)
    return replace(file, content=content, sha256=hashlib.sha256(content).hexdigest(), looked_into=True)


def _drawn_anew(content: bytes, kind: str, limits: FileLimits) -> bytes:
    """Pixels only, turned as the camera held it; the rest of the file is left behind."""
    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
            if picture.width * picture.height > limits.pixels:  # known from its first bytes, before a pixel is read
                raise Refusal(Problem("file", "attachment-pixels", {"limit": str(limits.pixels // 1_000_000)}))
            upright = ImageOps.exif_transpose(picture)
            mode = "L" if upright.mode in {"1", "L", "I;16", "I"} else "RGB" if kind == "JPEG" or "A" not in upright.mode else "RGBA"
            plain = upright.convert(mode)
            plain.info.clear()
            drawn = io.BytesIO()
            plain.save(drawn, kind, **({"quality": QUALITY} if kind == "JPEG" else {}))
            return drawn.getvalue()
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, Image.DecompressionBombError) as error:
        code = "attachment-pixels" if isinstance(error, Image.DecompressionBombError) else "attachment-broken"
        raise Refusal(Problem("file", code, {"limit": str(limits.pixels // 1_000_000)})) from error


def _search(content: bytes, limits: FileLimits) -> None:
    """Refuses a PDF that wants a password, has too many pages, or carries something that runs."""
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=True, suppress_warnings=True) as document:
            if document.is_encrypted:  # also when it opens without a password: its owner wants it kept from changing or printing
                raise Refusal(Problem("file", "attachment-encrypted"))
            if len(document.objects) > OBJECTS:
                raise Refusal(Problem("file", "attachment-pages", {"limit": str(limits.pages)}))
            if not 0 < len(document.pages) <= limits.pages:
                code = "attachment-pages" if len(document.pages) else "attachment-broken"
                raise Refusal(Problem("file", code, {"limit": str(limits.pages)}))
            if any(_runs(each) for each in _dictionaries(document)):
                raise Refusal(Problem("file", "attachment-scripts"))
    except pikepdf.PasswordError as error:
        raise Refusal(Problem("file", "attachment-encrypted")) from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError, MemoryError) as error:
        raise Refusal(Problem("file", "attachment-broken")) from error


def _runs(found: pikepdf.Object) -> bool:
    return str(found.get("/S", "")) in RUNS_BY_ITSELF or any(name in SCRIPTS for name in found.keys())  # noqa: SIM118 (not a dict)


def _dictionaries(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary in the file, also those that nothing points to. Raises ValueError when there are too many values."""
    seen = 0
    for top in document.objects:
        waiting = [top]
        while waiting:
            found = waiting.pop()
            seen += 1
            if seen > 10 * OBJECTS:
                raise ValueError("too many values")
            if isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
                yield found
                waiting += [each for each in found.values() if _may_hold(each)]
            elif isinstance(found, pikepdf.Array):
                waiting += [each for each in found if _may_hold(each)]


def _may_hold(found: object) -> bool:
    """Whether a value is of this object; one that is pointed to comes up by itself."""
    return isinstance(found, (pikepdf.Dictionary, pikepdf.Array)) and not found.is_indirect
