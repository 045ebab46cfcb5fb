"""Reasons and notes: what is right, what hides or turns text, and that an invisible one is none."""

import pytest

from domain.free_text import free_text_problems


@pytest.mark.parametrize("text", ["合同缺页", "two\nlines\r\nhere", "谢谢 🙏", "a" * 500, "𰻝", ""])
def test_what_people_write_is_right(text: str) -> None:
    assert free_text_problems("reason", text, 500) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "reason-needed"),
        (" \n ", "reason-needed"),
        ("a" * 501, "reason-long"),
        ("a\0b", "text-control"),
        ("\u202e\u202d", "text-bidi"),
        ("see \u202egnp.exe", "text-bidi"),
        ("\u200b", "text-invisible"),
        ("\ud800", "text-surrogate"),
    ],
)
def test_what_hides_or_turns_text_is_named(text: str, code: str) -> None:
    (found,) = free_text_problems("reason", text, 500, blank="reason-needed")
    assert (found.field, found.code) == ("reason", code)
