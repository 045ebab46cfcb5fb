"""Files by their first bytes and names (bad-input list, group F)."""

import hashlib
import io
import zipfile

import pytest

from domain.errors import Refusal
from domain.files import CheckedFile, FileLimits, checked_file, tidy_name

PDF, PNG, JPEG = b"%PDF-1.7\n...", b"\x89PNG\r\n\x1a\n....", b"\xff\xd8\xff\xe0...."


def archive_behind(start: bytes) -> bytes:
    """A file that is what its start says, and a ZIP archive as well."""
    target = io.BytesIO(start)
    target.seek(0, io.SEEK_END)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("run.exe", b"MZ")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [(PDF, "执照.pdf", "application/pdf"), (PNG, "a.PNG", "image/png"), (JPEG, "a.jpg", "image/jpeg"), (JPEG, "a.JPEG", "image/jpeg")],
)
def test_the_kinds_we_take(content: bytes, name: str, media_type: str) -> None:
    assert checked_file(content, name) == CheckedFile(hashlib.sha256(content).hexdigest(), name, media_type, content)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        pytest.param(PDF, "  ", "file-needed", id="no name"),
        pytest.param(b"", "a.pdf", "attachment-empty", id="F1 no byte"),
        pytest.param(b"%", "a.pdf", "attachment-type", id="F2 one byte"),
        pytest.param(PDF + b" " * (1024 - len(PDF) + 1), "a.pdf", "attachment-large", id="F3 one byte more than the limit"),
        pytest.param(PNG, "a.pdf", "attachment-differs", id="F5 right ending, other content"),
        pytest.param(PDF, "a", "attachment-differs", id="no ending"),
        pytest.param(PDF, ".pdf", "attachment-differs", id="nothing but an ending"),
        pytest.param(archive_behind(PDF), "a.pdf", "attachment-two-kinds", id="F6 PDF and ZIP at once"),
        pytest.param(b"\n" + PDF, "a.pdf", "attachment-type", id="F6 something before the PDF"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "attachment-type", id="F14 SVG"),
        pytest.param(b"\0\0\0\x18ftypheic", "a.heic", "attachment-type", id="F15 HEIC"),
        pytest.param(archive_behind(b""), "a.ofd", "attachment-type", id="F16 F17 OFD, an archive"),
        pytest.param(archive_behind(b""), "a.pdf", "attachment-type", id="F18 F19 F20 ZIP"),
        pytest.param(archive_behind(b""), "a.docm", "attachment-type", id="F21 DOCX with macro"),
        pytest.param(PNG, "photo\u202egnp.exe", "attachment-differs", id="F25 name that turns the direction"),
        pytest.param(b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "a.pdf", "attachment-type", id="F28 EICAR"),
        pytest.param(b"MZ\x90\0", "a.pdf", "attachment-type", id="a program"),
        pytest.param(b"<html><script>alert(1)</script>", "a.png", "attachment-type", id="a page"),
    ],
)
def test_what_we_do_not_take_is_said_by_name(content: bytes, name: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        checked_file(content, name, FileLimits(size=1024))
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [("file", code)]


def test_the_largest_file_is_taken() -> None:
    assert checked_file(PDF.ljust(1024), "a.pdf", FileLimits(size=1024)).media_type == "application/pdf"


@pytest.mark.parametrize(
    ("name", "tidied"),
    [
        pytest.param("../../etc/passwd.pdf", "passwd.pdf", id="F22 path"),
        pytest.param("C:\\Users\\林\\执照 .pdf", "执照.pdf", id="path of Windows"),
        pytest.param("CON.pdf", "_CON.pdf", id="F24 device"),
        pytest.param("nul.tar.pdf", "_nul.tar.pdf", id="F24 device with two endings"),
        pytest.param("photo\u202egpj.exe", "photogpj.exe", id="F25 direction"),
        pytest.param("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf", id="header break"),
        pytest.param("e\u0301.pdf", "é.pdf", id="loose accent"),
        pytest.param("\u200b\ufeff.pdf", "pdf", id="invisible only"),
        pytest.param("  a   b .pdf ", "a b.pdf", id="blanks"),
        pytest.param("...", "file", id="dots"),
        pytest.param("", "file", id="nothing"),
        pytest.param('<a href="x">.pdf', "_a href=_x__.pdf", id="markup"),
        pytest.param("𠮷.pdf", "𠮷.pdf", id="rare hanzi"),
    ],
)
def test_names_are_tidied(name: str, tidied: str) -> None:
    assert tidy_name(name) == tidied


@pytest.mark.parametrize("letter", ["a", "票", "😀"])
def test_f23_a_long_name_is_cut_and_keeps_its_ending(letter: str) -> None:
    name = tidy_name(letter * 300 + ".pdf")
    assert name.endswith(f"{letter}.pdf")
    assert len(name) <= 120
    assert len(name.encode()) <= 200
