"""The PDF: PDF/A-3b, its text layer, its QR code, and what it looks like to a program that reads by position."""

import io
import itertools
from pathlib import Path

import cv2
import numpy as np
import pypdf
import pypdfium2
import pytest

from domain.ports import RenderedInvoice
from domain.verification import parse_qr
from infra.documents.fonts import Typeface
from infra.documents.layout import lay_out
from infra.documents.renderer import InvoiceRenderer
from infra.parts.node import font_folder
from infra.settings import settings
from tests.infra.documents.faces import ALL, RARE, SPECIAL
from tests.infra.documents.verapdf import broken_rules

MM_PER_PT = 25.4 / 72


def text_of(pdf: bytes, page: int = 0) -> str:
    return pypdf.PdfReader(io.BytesIO(pdf)).pages[page].extract_text()


def raster(pdf: bytes, page: int = 0, dpi: int = 150) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    document = pypdfium2.PdfDocument(pdf)
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = document[page].render(scale=dpi / 72).to_numpy().copy()
    document.close()
    return pixels


def test_every_face_is_pdf_a_3b(rendered: dict[str, RenderedInvoice], tmp_path: Path) -> None:
    answers = broken_rules({name: files.pdf for name, files in rendered.items()}, tmp_path)
    assert answers == dict.fromkeys(ALL, "compliant")


def test_the_validator_sees_what_is_not_pdf_a(rendered: dict[str, RenderedInvoice], tmp_path: Path) -> None:
    spoiled = rendered["special"].pdf.replace(b"<pdfaid:conformance>B<", b"<pdfaid:conformance>X<")
    assert broken_rules({"spoiled": spoiled}, tmp_path)["spoiled"] != "compliant"


@pytest.mark.parametrize("name", ALL)
def test_the_qr_code_is_read_from_the_page_at_150_dpi(rendered: dict[str, RenderedInvoice], name: str) -> None:
    decoded, _, _ = cv2.QRCodeDetector().detectAndDecode(raster(rendered[name].pdf))
    assert decoded == rendered[name].qr_text
    content = parse_qr(decoded)
    assert (content.number, content.amount_fen, content.issued_on) == (ALL[name].number, ALL[name].total_fen, ALL[name].issued_on)


def test_the_qr_code_is_at_least_20_mm_wide_with_a_white_margin(rendered: dict[str, RenderedInvoice]) -> None:
    pixels = raster(rendered["special"].pdf, dpi=254)  # ten pixels a millimetre
    dark = np.argwhere(pixels[:290, :400].max(axis=2) < 128)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    assert 200 <= right - left <= 240
    assert 200 <= bottom - top <= 240
    margin = 4 * 210 // 33
    assert (pixels[top - margin : top - 2, left - margin : right + margin] > 200).all()
    assert (pixels[top - margin : bottom + margin, right + 3 : right + margin] > 200).all()


def test_the_page_has_every_label_in_reading_order(rendered: dict[str, RenderedInvoice]) -> None:
    text = text_of(rendered["special"].pdf)
    labels = [
        "电子发票（增值税专用发票）",
        "发票号码：26332000000418203947",
        "开票日期：2026年11月13日",
        "名称：北京拾光互动科技有限公司",
        "统一社会信用代码/纳税人识别号：91110000600037341L",
        "名称：青屿云计算（杭州）有限公司",
        "统一社会信用代码/纳税人识别号：91330106MACKX4QG41",
        "项目名称",
        "规格型号",
        "单位",
        "数量",
        "单价",
        "金额",
        "税率/征收率",
        "税额",
        "*信息技术服务*云服务费",
        "*信息技术服务*内容分发费",
        "合",
        "¥46679.62",
        "¥2800.78",
        "价税合计（大写）",
        "肆万玖仟肆佰捌拾圆肆角整",
        "（小写）",
        "¥49480.40",
        "申请编号：KP-261112-0207",
        "开票人：沈一舟",
    ]
    found = [text.find(label) for label in labels]
    assert -1 not in found, labels[found.index(-1)]
    ordered = list(itertools.accumulate(labels, lambda at, label: text.index(label, at), initial=0))
    assert ordered == sorted(ordered)


def test_latin_words_between_hanzi_are_read_without_added_blanks(rendered: dict[str, RenderedInvoice]) -> None:
    assert "云服务器 ECS 第 1 项" in text_of(rendered["thirty"].pdf, page=1)


def test_the_page_is_210_by_140_mm(rendered: dict[str, RenderedInvoice]) -> None:
    for page in pypdf.PdfReader(io.BytesIO(rendered["thirty"].pdf)).pages:
        assert (round(float(page.mediabox.width) * MM_PER_PT), round(float(page.mediabox.height) * MM_PER_PT)) == (210, 140)


def baselines(pdf: bytes) -> dict[str, tuple[float, float]]:
    """Where each placed text begins, in mm from the top left; the last one of equal texts counts."""
    places: dict[str, tuple[float, float]] = {}

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: object) -> None:
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            places[text.strip()] = (x * MM_PER_PT, 140 - y * MM_PER_PT)

    pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=visit)
    return places


def test_readers_that_look_by_position_find_the_fields(rendered: dict[str, RenderedInvoice]) -> None:
    places = baselines(rendered["special"].pdf)
    name_y = places["名称："][1]
    assert places["购"][1] == pytest.approx(name_y, abs=0.1)
    assert places["销"][1] == pytest.approx(name_y, abs=0.1)
    assert [places[c][1] for c in "购买"] == sorted(places[c][1] for c in "购买")
    heads = [places[head][1] for head in ("项目名称", "规格型号", "单位", "数量", "单价", "金额", "税率/征收率", "税额")]
    assert max(heads) - min(heads) < 0.1
    assert places["*信息技术服务*云服务费"][1] - heads[0] == pytest.approx(4.8, abs=0.5)
    assert places["规格型号"][0] == pytest.approx(51, abs=2)
    assert places["合　　计"][1] - heads[0] == pytest.approx(41, abs=2)
    assert places["¥46679.62"][1] == pytest.approx(places["合　　计"][1], abs=0.1)
    assert places["（小写）"][1] == pytest.approx(places["价税合计（大写）"][1], abs=0.1)


@pytest.mark.parametrize("name", ALL)
def test_no_two_texts_of_a_face_overlap(name: str) -> None:
    for page in lay_out(ALL[name], Typeface([font_folder(settings())])):
        boxes = [
            (x, y - 0.7 * size * MM_PER_PT, x + page.width(text, size), y + 0.05 * size * MM_PER_PT, text)
            for x, y, size, _, text in page.texts
        ]
        for one, other in itertools.combinations(boxes, 2):
            apart = one[2] <= other[0] + 0.01 or other[2] <= one[0] + 0.01 or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one[4], other[4])
        assert all(left >= 8 and right <= 203 and bottom <= 138 for left, _, right, bottom, _ in boxes)


def test_more_than_eight_lines_go_to_list_pages(rendered: dict[str, RenderedInvoice]) -> None:
    assert len(pypdf.PdfReader(io.BytesIO(rendered["eight"].pdf)).pages) == 1
    pages = pypdf.PdfReader(io.BytesIO(rendered["thirty"].pdf)).pages
    assert text_of(rendered["thirty"].pdf).count("（详见销货清单）") == 2  # one for each rate
    listed = "".join("".join(page.extract_text().split()) for page in pages[1:])
    for i in range(1, 31):
        assert f"*信息技术服务*云服务器ECS第{i}项" in listed
    assert all("销货清单" in page.extract_text() and "26332000000418203947" in page.extract_text() for page in pages[1:])


def test_what_people_wrote_is_never_markup(rendered: dict[str, RenderedInvoice]) -> None:
    assert "".join(RARE.buyer.name.split()) in "".join(text_of(rendered["rare"].pdf).split())


def test_only_samples_are_marked(rendered: dict[str, RenderedInvoice]) -> None:
    for name, face in ALL.items():
        text = "".join(text_of(rendered[name].pdf).split())
        assert ("样张SAMPLE" in text) is face.sample
        assert "监制章" not in text.replace("税务监制章位置", "")


def test_labels_are_brown_red_and_data_black(rendered: dict[str, RenderedInvoice]) -> None:
    pixels = raster(rendered["ordinary"].pdf).reshape(-1, 3)
    brown = (pixels == (0x1D, 0x2E, 0x7A)).all(axis=1).sum()  # blue, green, red
    black = (pixels < 10).all(axis=1).sum()
    assert brown > 1000
    assert black > 1000


def test_fonts_are_embedded_as_subsets_within_the_size_we_promise(rendered: dict[str, RenderedInvoice]) -> None:
    fonts = pypdf.PdfReader(io.BytesIO(rendered["special"].pdf)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert all("+Noto" in font.get_object()["/BaseFont"] for font in fonts.values())
    assert len(rendered["ordinary"].pdf) <= 35_000
    assert len(rendered["red"].pdf) <= 35_000
    # A sample carries its mark and the place of the seal as well.
    assert len(rendered["special"].pdf) <= 38_000


def test_hanzi_may_be_serif(rendered: dict[str, RenderedInvoice]) -> None:
    serif = InvoiceRenderer([font_folder(settings())], hanzi="serif").render(SPECIAL)
    assert text_of(serif.pdf) == text_of(rendered["special"].pdf)
    assert serif.pdf != rendered["special"].pdf
