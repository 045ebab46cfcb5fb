"""New passwords: length and what is guessed first, and nothing about what they are made of."""

import pytest

from domain.passwords import LONGEST, password_problems
from infra.common_passwords import is_common

OWN = ("linche", "林澈", "13800138826", "lin@shiguang.example", "北京拾光互动科技有限公司")


def code_of(password: str) -> str:
    found = password_problems("password", password, OWN, is_common)
    return found[0].code if found else ""


@pytest.mark.parametrize(
    "password",
    ["correct horse 9", "kaipiao-demo", "天高云淡望断南飞雁", "        x       y", "aB3$aB3$aB3$q", "x" * 100 + "yz" * 50, "zkqvwmxbtr"],
)
def test_a_long_password_of_any_kind_is_taken(password: str) -> None:
    assert code_of(password) == ""


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password-needed"),
        ("zkqvwmx", "password-short"),
        ("天高云淡望断南", "password-short"),
        ("ab" * (LONGEST // 2) + "c", "password-long"),
        ("password", "password-common"),
        ("PassWord1", "password-common"),
        ("12345678", "password-common"),
        ("87654321", "password-common"),
        ("abcdefghij", "password-common"),
        ("aaaaaaaaaa", "password-common"),
        ("1qaz2wsx", "password-common"),
        ("kaipiao123", "password-common"),
        ("fapiao888", "password-common"),
        ("13800138826", "password-own"),
        ("LINCHE2026!", "password-own"),
        ("linchelinche", "password-own"),
        ("lin@shiguang.example", "password-own"),
        ("林澈林澈林澈林澈", "password-own"),
        ("北京拾光互动科技有限公司", "password-own"),
    ],
)
def test_a_short_common_or_own_password_is_named_as_such(password: str, code: str) -> None:
    assert code_of(password) == code


def test_the_list_is_longer_than_the_three_thousand_that_are_asked_for() -> None:
    from infra.common_passwords import _known

    assert len(_known()) > 3000
