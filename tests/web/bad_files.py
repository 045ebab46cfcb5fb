"""The files of the bad-input list (group F) that are refused, each with the code that says why."""

import io
import zipfile

import pikepdf

from tests.domain.test_files import archive_behind
from tests.infra.test_file_contents import empty_pages, launch_on_a_link, letter, picture, png_that_says, script_on_opening

LARGEST = 1024 * 1024
"""Bytes of a file under the tests' setting of 1 MB."""


def _archive(*names: str, link: bool = False) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            if link:
                info.external_attr = 0o120777 << 16
            archive.writestr(info, b"\0" * 1000, zipfile.ZIP_DEFLATED)
    return target.getvalue()


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "F1 no byte": ("a.pdf", b"", "attachment-empty"),
    "F2 one byte": ("a.pdf", b"%", "attachment-type"),
    "F3 one byte too many": ("a.pdf", letter().ljust(LARGEST + 1), "attachment-large"),
    "F5 right ending, other content": ("a.pdf", picture("PNG"), "attachment-differs"),
    "F6 PDF and ZIP": ("a.pdf", archive_behind(letter()), "attachment-two-kinds"),
    "F7 PDF with a script": ("a.pdf", letter(script_on_opening), "attachment-scripts"),
    "F8 PDF that launches": ("a.pdf", letter(launch_on_a_link), "attachment-scripts"),
    "F9 encrypted PDF": ("a.pdf", letter(encryption=pikepdf.Encryption(owner="o", user="u")), "attachment-encrypted"),
    "F10 PDF of very many pages": ("a.pdf", empty_pages(5000), "attachment-pages"),
    "F11 picture of 100,000 x 100,000": ("a.png", png_that_says(100_000, 100_000), "attachment-pixels"),
    "F12 picture bomb": ("a.png", png_that_says(7000, 7000), "attachment-pixels"),
    "F14 SVG": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attachment-type"),
    "F15 HEIC": ("a.heic", b"\0\0\0\x18ftypheic", "attachment-type"),
    "F16 broken OFD": ("a.ofd", _archive("OFD.xml")[:-30], "attachment-type"),
    "F17 OFD with names that climb": ("a.ofd", _archive("../../OFD.xml"), "attachment-type"),
    "F18 ZIP that unpacks to much": ("a.zip", _archive(*(f"{n}.bin" for n in range(50))), "attachment-type"),
    "F19 ZIP with a link": ("a.zip", _archive("link", link=True), "attachment-type"),
    "F20 ZIP of many names": ("a.zip", _archive(*map(str, range(4000))), "attachment-type"),
    "F21 DOCX with a macro": ("a.docm", _archive("word/vbaProject.bin"), "attachment-type"),
    "F25 name that turns the direction": ("photo\u202egnp.exe", picture("PNG"), "attachment-differs"),
    "F28 EICAR": ("a.pdf", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "attachment-type"),
    "cut off": ("a.jpg", picture("JPEG")[:200], "attachment-broken"),
}
"""By their number and what they are: file name, content, code. F4 is answered while it is read, F13, F22 to F24, F26 and F27 are taken."""
