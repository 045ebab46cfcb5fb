"""Postal addresses: the province comes first, and the postcode belongs to it."""

import pytest

from domain.addresses import postal_problems, province_of
from domain.provinces import PROVINCES


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("北京市朝阳区望京东路 6 号", "11"),
        ("北京朝阳区望京东路 6 号", "11"),
        ("中国浙江省杭州市西湖区", "33"),
        ("内蒙古呼和浩特市", "15"),
        ("新疆维吾尔自治区乌鲁木齐市", "65"),
        (" 江 苏 省苏州市", "32"),
        ("苏州市虎丘区", ""),
        ("香港特别行政区中环", ""),
        ("", ""),
    ],
)
def test_the_province_an_address_begins_with(address: str, code: str) -> None:
    assert province_of(address) == code


@pytest.mark.parametrize("code", PROVINCES)
def test_every_province_is_known_by_its_name(code: str) -> None:
    assert province_of(PROVINCES[code] + "某市某路 1 号") == code


@pytest.mark.parametrize(
    ("address", "postcode", "codes"),
    [
        ("北京市朝阳区望京东路", "100102", []),
        ("北京市朝阳区望京东路", "", []),
        ("江苏省苏州市虎丘区", "215011", []),
        ("北京市朝阳区望京东路", "200000", ["postcode-province"]),
        ("北京市朝阳区望京东路", "12", ["postcode-form"]),
        ("北京市朝阳区望京东路", "990000", ["postcode-province"]),
        ("苏州市虎丘区科锐路", "", ["address-province"]),
        ("香港中环皇后大道中 1 号", "", ["address-abroad"]),
        ("中国台湾台北市", "", ["address-abroad"]),
        ("1 Queen's Road, Hong Kong", "", ["address-abroad"]),
    ],
)
def test_paper_goes_to_the_mainland_with_its_own_postcode(address: str, postcode: str, codes: list[str]) -> None:
    assert [problem.code for problem in postal_problems(address, postcode)] == codes
