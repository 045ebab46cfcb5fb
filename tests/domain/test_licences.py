"""Fields of a licence among recognised lines, as they stand on licences and cards."""

from domain.licences import LicenceReading, Line, agrees, reading_of
from tests.factories import BUYER_TAX_ID


def _line(text: str, left: int, top: int, width: int = 300, height: int = 30) -> Line:
    return Line(text, left, top, left + width, top + height)


LICENCE = (
    _line("营业执照", 560, 60),
    _line("统一社会信用代码", 80, 100),
    _line(BUYER_TAX_ID, 80, 140),
    _line("名", 80, 260, 30),
    _line("称", 150, 260, 30),
    _line("上海星渚信息技术", 260, 262),
    _line("（集团）有限公司", 260, 300),
    _line("类型", 80, 340, 100),
    _line("有限责任公司（自然人独资）", 260, 340),
    _line("法定代表人 周启明", 80, 410),
    _line("注册资本", 820, 260, 120),
    _line("壹佰万元整", 980, 260),
    _line("住所", 820, 340, 120),
    _line("上海市浦东新区海科路 99 号", 980, 340),
    _line("6 楼 602 室", 980, 380),
)


def test_a_licence_of_two_columns() -> None:
    assert reading_of(LICENCE) == LicenceReading(
        "上海星渚信息技术（集团）有限公司", BUYER_TAX_ID, "周启明", "上海市浦东新区海科路99号6楼602室"
    )


def test_the_order_of_the_lines_does_not_matter() -> None:
    assert reading_of(tuple(reversed(LICENCE))) == reading_of(LICENCE)


def test_an_identity_card() -> None:
    card = (
        _line("姓名 王小芳", 60, 60),
        _line("性别女 民族汉", 60, 130),
        _line("出生 1990 年 3 月 7 日", 60, 200),
        _line("住址 北京市朝阳区望京街", 60, 270),
        _line("6 号院 3 号楼", 130, 315),
        _line("公民身份号码 110105199003070025", 60, 520),
    )
    assert reading_of(card) == LicenceReading("王小芳", "110105199003070025", "", "北京市朝阳区望京街6号院3号楼")


def test_letters_that_a_code_never_has_are_read_as_what_they_look_like() -> None:
    misread = BUYER_TAX_ID.replace("0", "O", 2)
    assert reading_of([_line(misread, 0, 0)]).code == BUYER_TAX_ID


def test_a_code_that_does_not_check_out_is_shown_as_it_was_read() -> None:
    wrong = BUYER_TAX_ID[:-1] + "K"
    assert reading_of([_line(f"统一社会信用代码：{wrong}", 0, 0)]).code == wrong


def test_a_picture_of_something_else_says_so() -> None:
    assert reading_of([]).problem == "nothing-read"
    assert reading_of([_line("今天的菜单", 0, 0), _line("面条 18 元", 0, 50)]).problem == "nothing-read"


def test_agreement_is_not_known_where_nothing_was_read() -> None:
    assert agrees("", "拾光") is None
    assert agrees("拾光 (北京)", "拾光（北京）") is True
    assert agrees("拾光", "时光") is False
