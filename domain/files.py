"""Files that people send in: which kinds we take, how large, and what their names may be. What is inside is infra's to look at."""

import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from domain.errors import Problem, Refusal

MEGABYTE = 1024 * 1024
NAME_LONGEST = 120
NAME_LONGEST_BYTES = 200
"""With the ending. Most file systems take 255 bytes; a hanzi has 3."""

MAGIC = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
ENDINGS = {"application/pdf": ("pdf",), "image/png": ("png",), "image/jpeg": ("jpg", "jpeg")}
"""Endings of each kind; the first is the one we give."""
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789")}
"""Names that Windows takes for devices, whatever the ending."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What one file may be at most: bytes as sent, pixels of a picture, pages of a PDF."""

    size: int = 10 * MEGABYTE
    pixels: int = 40_000_000
    pages: int = 200


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of a kind we take. `sha256` is of `content`, in hex; `file_name` is tidied, to be shown and never a path."""

    sha256: str
    file_name: str
    media_type: str
    content: bytes = field(repr=False)
    looked_into: bool = False
    """Pictures drawn anew without what cameras add, PDFs searched for scripts (`infra.file_contents`)."""


class AttachmentBooks(Protocol):
    """The rows of files, for the sweep."""

    def forget_unsent(self, before: datetime) -> int:
        """Remove rows of files sent before, whose form was never sent; some at a time, and says how many."""

    def unused(self, hashes: Sequence[str]) -> set[str]:
        """Those of these that no row speaks of."""


def of_file(refusal: Refusal, file_name: str) -> tuple[Problem, ...]:
    """The problems with the name of the file that has them, as `file_name`."""
    return tuple(replace(each, params={**each.params, "file_name": file_name}) for each in refusal.problems)


def checked_file(content: bytes, file_name: str, limits: FileLimits | None = None) -> CheckedFile:
    """The file by its first bytes and its name, which must agree. It is not looked into yet: `infra.file_contents` does that.

    Raises Refusal: file-needed, attachment-empty, attachment-large (limit, in MB), attachment-type, attachment-differs,
    attachment-two-kinds.
    """
    limits = limits or FileLimits()
    if not file_name.strip():
        raise Refusal(Problem("file", "file-needed"))
    if not content:
        raise Refusal(Problem("file", "attachment-empty"))
    if len(content) > limits.size:
        raise Refusal(Problem("file", "attachment-large", {"limit": str(limits.size // MEGABYTE)}))
    media_type = next((kind for kind, magic in MAGIC.items() if content.startswith(magic)), "")
    if not media_type:
        raise Refusal(Problem("file", "attachment-type"))
    name = tidy_name(file_name)
    stem, _, ending = name.rpartition(".")
    if not stem or ending.lower() not in ENDINGS[media_type]:
        raise Refusal(Problem("file", "attachment-differs", {"kind": ENDINGS[media_type][0].upper()}))
    if zipfile.is_zipfile(io.BytesIO(content)):  # one file for two readers: harmless to us, not to whoever takes it on
        raise Refusal(Problem("file", "attachment-two-kinds"))
    return CheckedFile(hashlib.sha256(content).hexdigest(), name, media_type, content)


def tidy_name(file_name: str) -> str:
    """The last part of a path, without what is invisible or turns the writing direction, short, and never empty."""
    last = unicodedata.normalize("NFC", file_name).replace("\\", "/").rpartition("/")[2]
    visible = "".join(each for each in last if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    name = " ".join("".join("_" if each in '<>:"|?*' else each for each in visible).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    if stem.partition(".")[0].strip().lower() in _RESERVED:
        stem = f"_{stem}"
    ending = ending[:10]
    stem = stem[: NAME_LONGEST - len(ending) - 1]
    while len(stem.encode()) > NAME_LONGEST_BYTES - len(ending.encode()) - 1:
        stem = stem[:-1]
    stem = stem.strip(". ") or "file"
    return f"{stem}.{ending}" if ending else stem
