"""What is inside files that are sent in: pictures drawn anew, PDFs that only show pages (bad-input list, group F)."""

import io
import struct
import time
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image

from domain.errors import Refusal
from domain.files import CheckedFile, FileLimits, checked_file
from infra.file_contents import looked_into

Change = Callable[[pikepdf.Pdf], None]


def picture(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size).save(target, kind, **options)
    return target.getvalue()


def letter(change: Change | None = None, pages: int = 1, **options: object) -> bytes:
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        if change:
            change(document)
        target = io.BytesIO()
        document.save(target, **options)  # type: ignore[arg-type]
        return target.getvalue()


def refusal_of(content: bytes, name: str, limits: FileLimits | None = None) -> str:
    with pytest.raises(Refusal) as refusal:
        looked_into(checked_file(content, name), limits)
    return refusal.value.code


def photograph() -> bytes:
    """A JPEG as a phone makes it: turned on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 26.0)
    return picture("JPEG", exif=exif, comment=b"at home")


def test_f13_a_photograph_loses_its_place_and_stands_upright() -> None:
    sent = photograph()
    assert b"Maker" in sent
    kept = looked_into(checked_file(sent, "a.jpg"))
    with Image.open(io.BytesIO(kept.content)) as shown:
        assert shown.size == (20, 40)
        assert dict(shown.getexif()) == {}
        assert "comment" not in shown.info
    assert b"Maker" not in kept.content
    assert b"at home" not in kept.content
    assert kept.sha256 != checked_file(sent, "a.jpg").sha256


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_kept_and_what_follows_it_is_gone(mode: str) -> None:
    kept = looked_into(checked_file(picture("PNG", mode=mode) + b"<script>alert(1)</script>", "a.png"))
    assert b"script" not in kept.content
    with Image.open(io.BytesIO(kept.content), formats=("PNG",)) as shown:
        assert shown.size == (40, 20)


def test_a_jpeg_for_printers_becomes_one_for_screens() -> None:
    kept = looked_into(checked_file(picture("JPEG", mode="CMYK"), "a.jpg"))
    with Image.open(io.BytesIO(kept.content)) as shown:
        assert shown.mode == "RGB"


def test_a_file_that_was_looked_into_is_not_drawn_again() -> None:
    kept = looked_into(checked_file(picture("JPEG"), "a.jpg"))
    assert looked_into(kept) is kept


def png_that_says(width: int, height: int) -> bytes:
    """The first bytes of a PNG of this size; its pixels are not there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")


def test_f11_f12_a_picture_too_large_is_refused_by_its_first_bytes() -> None:
    started = time.perf_counter()
    assert refusal_of(png_that_says(100_000, 100_000), "a.png") == "attachment-pixels"
    assert refusal_of(png_that_says(7000, 7000), "a.png") == "attachment-pixels"
    assert time.perf_counter() - started < 1
    assert refusal_of(picture("PNG", (101, 100)), "a.png", FileLimits(pixels=10_000)) == "attachment-pixels"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(picture("JPEG")[:200], "a.jpg", id="cut JPEG"),
        pytest.param(picture("PNG", (300, 300))[:60], "a.png", id="cut PNG"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * 100, "a.jpg", id="JPEG's first bytes only"),
        pytest.param(png_that_says(0, 0), "a.png", id="PNG without pixels"),
        pytest.param(b"%PDF-1.7\n", "a.pdf", id="PDF's first bytes only"),
        pytest.param(b"%PDF-1.7\n" + b"\xff" * 5000, "a.pdf", id="noise"),
        pytest.param(letter(pages=0), "a.pdf", id="PDF without a page"),
    ],
)
def test_what_is_broken_is_said_to_be(content: bytes, name: str) -> None:
    assert refusal_of(content, name) == "attachment-broken"


def test_a_pdf_stays_byte_for_byte() -> None:
    content = letter(pages=3)
    file = checked_file(content, "a.pdf")
    kept = looked_into(file)
    assert kept == CheckedFile(file.sha256, "a.pdf", "application/pdf", content, looked_into=True)


def script_on_opening(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def named_script(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=document.make_stream(b"app.alert(1)"))
    document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", action]))


def launch_on_a_link(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(link)])


def deep_in_a_chain(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
    for _ in range(100):
        action = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=pikepdf.Array([action]))
    document.Root.OpenAction = action


def sends_a_form(document: pikepdf.Pdf) -> None:
    document.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://example.com"))


def computes_a_form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=document.make_stream(b"<xdp/>"))


@pytest.mark.parametrize("change", [script_on_opening, named_script, launch_on_a_link, deep_in_a_chain, sends_a_form, computes_a_form])
@pytest.mark.parametrize("packed", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate], ids=["plain", "packed"])
def test_f7_f8_a_pdf_that_runs_something_is_refused(change: Change, packed: pikepdf.ObjectStreamMode) -> None:
    assert refusal_of(letter(change, object_stream_mode=packed), "a.pdf") == "attachment-scripts"


@pytest.mark.parametrize("user", ["", "secret"])
def test_f9_an_encrypted_pdf_is_refused(user: str) -> None:
    assert refusal_of(letter(encryption=pikepdf.Encryption(owner="owner", user=user)), "a.pdf") == "attachment-encrypted"


def test_f10_a_pdf_of_many_pages_is_refused() -> None:
    assert refusal_of(letter(pages=201), "a.pdf") == "attachment-pages"
    assert looked_into(checked_file(letter(pages=200), "a.pdf")).looked_into


def empty_pages(count: int) -> bytes:
    """A PDF of the smallest pages there are."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/MediaBox[0 0 9 9]/Count %d/Kids[%s]>>" % (count, kids),
        *[b"<</Type/Page/Parent 2 0 R/Resources<<>>>>"] * count,
    ]
    places, parts, length = [], [b"%PDF-1.7\n"], 9
    for number, written in enumerate(objects, start=1):
        places.append(length)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, written))
        length += len(parts[-1])
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows))
    parts.append(b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, length))
    return b"".join(parts)


def test_f10_100000_pages_in_10_mb_are_refused_at_once() -> None:
    content = empty_pages(100_000)
    started = time.perf_counter()
    assert refusal_of(content, "a.pdf") == "attachment-pages"
    assert time.perf_counter() - started < 5


def test_a_small_pdf_that_unpacks_to_500_mb_is_refused_at_once() -> None:
    packer = zlib.compressobj(9)
    packed = packer.compress(b"5 0 ") + b"".join(packer.compress(b" " * 1_000_000) for _ in range(500)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[5 0 R]>>",
        b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    content, places = b"%PDF-1.5\n", []
    for number, written in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    entries = [(0, 0, 0), *((1, place, 0) for place in places), (1, len(content), 0), (2, 3, 0)]
    table = b"".join(struct.pack(">BIB", *entry) for entry in entries)
    start = len(content)
    content += b"4 0 obj\n<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>>stream\n%s\nendstream\nendobj\n" % (len(table), table)
    content += b"startxref\n%d\n%%%%EOF\n" % start
    assert len(content) < 1_000_000
    assert refusal_of(content, "a.pdf") == "attachment-broken"
