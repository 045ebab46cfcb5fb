"""Titles: names compared, fields checked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices import InvoiceKind, Party
from domain.titles import NAME_LENGTH, first_difference, same_name, text_problems, title_problems

GOOD = Party(
    "北京拾光互动科技有限公司",
    "91330106MACKX4QG41",
    "北京市朝阳区望京东路 8 号",
    "010-6471 2288 转 801",
    "招商银行北京望京支行",
    "1109 0823 4510 601",
)


@pytest.mark.parametrize(
    ("title", "verified", "same"),
    [
        ("青屿云计算（杭州）有限公司", "青屿云计算(杭州)有限公司", True),
        ("青屿云 计算（杭州）有限公司 ", "青屿云计算（杭州）有限公司", True),
        ("青屿云计算（杭洲）有限公司", "青屿云计算（杭州）有限公司", False),
        ("ＡＢＣ科技", "ABC科技", True),
        ("abc科技", "ABC科技", False),
        ("云計算", "云计算", False),
    ],
)
def test_brackets_and_blanks_do_not_make_another_name(title: str, verified: str, same: bool) -> None:
    assert same_name(title, verified) is same
    assert (first_difference(title, verified) == "") is same


@pytest.mark.parametrize(
    ("title", "verified", "piece"),
    [
        ("青屿云计算（杭洲）有限公司", "青屿云计算(杭州)有限公司", "洲"),
        ("北京拾光科技有限公司", "北京拾光互动科技有限公司", "互动"),
        ("北京拾光互动科技有限责任公司", "北京拾光互动科技有限公司", "责任"),
        ("有限公司", "有限公司分公司", "分公司"),
    ],
)
def test_the_piece_that_differs_is_shown(title: str, verified: str, piece: str) -> None:
    assert first_difference(title, verified) == piece


@given(st.text(), st.text())
def test_a_difference_is_shown_exactly_when_there_is_one(one: str, other: str) -> None:
    assert bool(first_difference(one, other)) is not same_name(one, other)


def test_a_complete_title_is_right_for_a_special_invoice() -> None:
    assert title_problems(GOOD, InvoiceKind.SPECIAL) == ()


@pytest.mark.parametrize("tax_id", ["", "330106123456789", "11010519491231002X"])
def test_a_special_invoice_needs_the_18_character_code(tax_id: str) -> None:
    title = replace(GOOD, tax_id=tax_id)
    assert [problem.code for problem in title_problems(title, InvoiceKind.SPECIAL)] == ["tax-id-needed"]
    assert title_problems(title, InvoiceKind.ORDINARY) == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "text-blank"),
        ("  ", "text-blank"),
        ("京", "text-short"),
        ("京" * (NAME_LENGTH + 1), "text-long"),
        ("北京\t科技", "text-control"),
        ("北京\n科技", "text-line-break"),
        ("北京\u2028科技", "text-line-break"),
        ("北京\0科技", "text-control"),
        ("北京🙂科技", "text-emoji"),
        ("北京\u202e科技", "text-bidi"),
        ("北京\u200d科技", "text-invisible"),
        ("\ufeff北京科技", "text-invisible"),
        ("北京\ue000科技", "text-private-use"),
        ("北京\ud800科技", "text-surrogate"),
        ("e\u0301cole", "text-combining"),
        ("北京\U000e0041科技", "text-invisible"),
        ("北京\ufe0f科技", "text-invisible"),
    ],
)
def test_names_that_cannot_be_printed_are_refused_with_the_reason(name: str, code: str) -> None:
    problems = title_problems(replace(GOOD, name=name))
    assert [(problem.field, problem.code) for problem in problems] == [("name", code)]


@pytest.mark.parametrize(
    "name",
    [
        "𠮷野家餐饮",
        "\U0002ebf0记商行",
        "\U00031350堂",
        "㛃记商行",
        'A&B <科技> {{7*7}} #read("x")',
        "école 3M™ 中国",
        "O'Brien（上海）·咨询",
    ],
)
def test_rare_hanzi_and_plain_signs_are_right(name: str) -> None:
    assert title_problems(replace(GOOD, name=name)) == ()


def test_the_place_of_the_fault_is_named() -> None:
    assert dict(text_problems("name", "北\u202e京", 10)[0].params) == {"position": "2", "character": "U+202E"}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"phone": "+86 571-8888 0000"}, []),
        ({"phone": "4008008820"}, []),
        ({"phone": "12"}, ["phone-form"]),
        ({"phone": "13800138000a"}, ["phone-form"]),
        ({"bank_account": "33010401600088A"}, ["account-form"]),
        ({"bank_account": "1" * 40}, ["text-long"]),
        ({"bank_account": "1"}, ["account-digits"]),
        ({"bank_account": "1109 0823-4510 601"}, []),
        ({"phone": "138001380001"}, ["phone-form"]),
        ({"address": "京" * 500}, ["text-long"]),
        ({"address": "", "bank": "", "phone": "", "bank_account": ""}, []),
    ],
)
def test_the_other_fields_are_checked_when_they_are_filled(changes: dict[str, str], codes: list[str]) -> None:
    assert [problem.code for problem in title_problems(replace(GOOD, **changes))] == codes


def test_all_that_is_wrong_is_told_at_once() -> None:
    title = Party("", "123", phone="x", bank_account="y")
    assert {problem.field for problem in title_problems(title)} == {"name", "tax_id", "phone", "bank_account"}
