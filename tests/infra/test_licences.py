"""Licences read from pictures by the real recognition, in its own process; and pictures that are none."""

import io
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from domain.licences import PICTURE_LIMIT, LicenceReading
from infra import licences
from infra.licences import no_reading, read_licence
from infra.settings import settings

CODE = "91110108MA7Q5X2H2Y"
LONG = pytest.mark.timeout(300)
"""Loading and reading takes two seconds on an idle machine, and many times that on a busy one."""


def licence(angle: float = 0) -> Image.Image:
    """A drawn business licence of two columns, as a camera might see it: turned a little."""
    picture = Image.new("RGB", (1400, 900), (250, 248, 240))
    draw = ImageDraw.Draw(picture)

    def write(text: str, left: int, top: int, size: int = 26) -> None:
        draw.text((left, top), text, font=ImageFont.truetype(str(settings().font_regular), size), fill="black")

    write("营业执照", 560, 60, 64)
    write("统一社会信用代码", 80, 60, 24)
    write(CODE, 80, 100, 28)
    left = ("名　　称", "北京远山贸易有限公司"), ("类　　型", "有限责任公司"), ("法定代表人", "周启明"), ("经营范围", "软件开发。")
    right = ("注册资本", "壹佰万元整"), ("成立日期", "2019年04月02日"), ("住　　所", "北京市海淀区知春路 66 号")
    for column, rows in ((80, left), (820, right)):
        for index, (label, value) in enumerate(rows):
            write(label, column, 260 + 70 * index)
            write(value, column + 180, 260 + 70 * index)
    return picture.rotate(angle, fillcolor="white", expand=True)


def as_file(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


@LONG
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "PDF"])
def test_a_licence_is_read(kind: str) -> None:
    reading = read_licence(as_file(licence(), kind), 200)
    assert reading == LicenceReading("北京远山贸易有限公司", CODE, "周启明", "北京市海淀区知春路66号")


@LONG
def test_a_licence_that_lies_askew_gives_its_code() -> None:
    assert read_licence(as_file(licence(1.5), "JPEG"), 200).code == CODE


@LONG
def test_a_picture_without_text_says_so() -> None:
    assert read_licence(as_file(Image.new("RGB", (300, 200), "white"), "PNG"), 200) == LicenceReading(problem="nothing-read")


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it has many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "picture-form"),
        (b"MZ a program", "picture-form"),
        (b"\x89PNG\r\n\x1a\n and nothing else", "picture-form"),
        (b"%PDF-1.7 and nothing else", "picture-form"),
        (b"GIF89a" + bytes(50), "picture-form"),
        (_bomb(8_000, 8_000), "picture-large"),
        (_bomb(60_000, 60_000), "picture-large"),
        (bytes(PICTURE_LIMIT + 1), "picture-large"),
    ],
    ids=["nothing", "program", "cut-png", "cut-pdf", "gif", "large", "bomb", "many-bytes"],
)
def test_what_is_no_picture_of_a_sane_size_is_not_read(content: bytes, problem: str) -> None:
    assert read_licence(content, 60) == LicenceReading(problem=problem)


def test_a_reading_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    run = subprocess.run

    def slow(_command: object, **options: object) -> object:
        try:
            return run([sys.executable, "-c", "import time; time.sleep(60)"], **options)  # type: ignore[call-overload]
        finally:
            ended.append(True)

    monkeypatch.setattr("infra.licences.subprocess.run", slow)
    assert read_licence(b"x", 0.2) == LicenceReading(problem="reading-slow")
    assert ended == [True]


@pytest.mark.parametrize("program", ["import os; os.abort()", "print('no json')", "print('{}')", "print('{\"lines\": [1]}')"])
def test_a_process_that_breaks_is_no_reading(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    run = subprocess.run
    monkeypatch.setattr("infra.licences.subprocess.run", lambda _command, **options: run([sys.executable, "-c", program], **options))
    assert read_licence(b"x", 60) == LicenceReading(problem="reading-failed")


def test_who_waits_for_another_picture_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences, "WAIT_S", 0.05)
    taken = threading.Lock()
    taken.acquire()
    monkeypatch.setattr(licences, "_reading", taken)
    assert read_licence(b"x").problem == "reading-busy"
    assert no_reading(b"x").problem == "reading-off"


def test_the_models_are_here_without_a_download() -> None:
    """They come with the package: reading works where there is no network."""
    import rapidocr_onnxruntime

    models = [path.name for path in Path(rapidocr_onnxruntime.__file__).parent.rglob("*.onnx")]
    assert len(models) >= 3
