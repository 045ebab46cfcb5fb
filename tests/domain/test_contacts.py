"""Mobile numbers and addresses in the form they are kept in."""

import pytest

from domain.contacts import Channel, address_problem, channel_of, kept_address, mobile_problem


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138826", "13800138826"),
        (" +86 138-0013-8826 ", "13800138826"),
        ("0086 13800138826", "13800138826"),
        ("８６１３８００１３８８２６", "13800138826"),
        ("Lin@ShiGuang.Example ", "lin@shiguang.example"),
        ("lin＠shiguang.example", "lin@shiguang.example"),
        ("lin", "lin"),
    ],
)
def test_typing_differently_is_the_same_address(typed: str, kept: str) -> None:
    assert kept_address(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "field-needed"),
        ("12800138826", "address-form"),
        ("1380013882", "address-form"),
        ("138001388261", "address-form"),
        ("+1 202 555 0100", "address-form"),
        ("١٣٨٠٠١٣٨٨٢٦", "address-form"),
        ("13800138826\r\nX: y", "address-form"),
        ("lin@", "email-at"),
        ("lin@@x.cn", "email-two-ats"),
        ("a@b.cn\r\nBcc: c@d.cn", "email-two-ats"),
    ],
)
def test_what_is_no_address_says_what_to_mend(typed: str, code: str) -> None:
    found = address_problem("address", typed)
    assert found is not None
    assert found.code == code


def test_the_channel_follows_from_the_address() -> None:
    assert channel_of("a@b.cn") is Channel.MAIL
    assert channel_of("13800138826") is Channel.SMS
    assert mobile_problem("mobile", "138 0013 8826") is None
