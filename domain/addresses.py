"""Postal addresses: paper goes to mainland China only, and the courier sorts by the province it begins with."""

import re
import unicodedata

from domain.errors import Problem
from domain.provinces import PROVINCES

_ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")
_OUTSIDE = re.compile(r"^(中国)?(香港|澳门|澳門|台湾|臺灣|hong ?kong|macau|macao|taiwan)", re.IGNORECASE)
_POSTCODES = {
    "10": "11",
    **dict.fromkeys(("01", "02"), "15"),
    **dict.fromkeys(("03", "04"), "14"),
    **dict.fromkeys(("05", "06", "07"), "13"),
    **dict.fromkeys(("11", "12"), "21"),
    "13": "22",
    **dict.fromkeys(("15", "16"), "23"),
    "20": "31",
    **dict.fromkeys(("21", "22"), "32"),
    **dict.fromkeys(("23", "24"), "34"),
    **dict.fromkeys(("25", "26", "27"), "37"),
    "30": "12",
    **dict.fromkeys(("31", "32"), "33"),
    **dict.fromkeys(("33", "34"), "36"),
    **dict.fromkeys(("35", "36"), "35"),
    "40": "50",
    **dict.fromkeys(("41", "42"), "43"),
    **dict.fromkeys(("43", "44"), "42"),
    **dict.fromkeys(("45", "46", "47"), "41"),
    **dict.fromkeys(("51", "52"), "44"),
    **dict.fromkeys(("53", "54"), "45"),
    **dict.fromkeys(("55", "56"), "52"),
    "57": "46",
    **dict.fromkeys(("61", "62", "63", "64"), "51"),
    **dict.fromkeys(("65", "66", "67"), "53"),
    **dict.fromkeys(("71", "72"), "61"),
    **dict.fromkeys(("73", "74"), "62"),
    "75": "64",
    "81": "63",
    **dict.fromkeys(("83", "84"), "65"),
    "85": "54",
}
"""The region of a postcode by its first two digits (China Post's numbering)."""


def short_province(name: str) -> str:
    """内蒙古 for 内蒙古自治区: what people write."""
    return next((name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)), name)


def province_of(address: str) -> str:
    """The region code of the province an address begins with, `33` for 浙江省杭州市...; empty when it begins with none."""
    tidy = "".join(unicodedata.normalize("NFKC", address).split()).removeprefix("中华人民共和国").removeprefix("中国")
    return next((code for code, name in PROVINCES.items() if tidy.startswith(short_province(name))), "")


def postal_problems(address: str, postcode: str) -> tuple[Problem, ...]:
    """What keeps paper from being sent there. Codes: address-abroad, address-province, postcode-form, postcode-province (province)."""
    problems: list[Problem] = []
    province = province_of(address)
    if address and not province:
        problems.append(Problem("address", "address-abroad" if _is_outside(address) else "address-province"))
    if postcode and not re.fullmatch("[0-9]{6}", postcode):
        problems.append(Problem("postcode", "postcode-form"))
    elif postcode and province and _POSTCODES.get(postcode[:2], "") != province:
        problems.append(Problem("postcode", "postcode-province", {"province": short_province(PROVINCES[province])}))
    return tuple(problems)


def _is_outside(address: str) -> bool:
    """Hong Kong, Macau, Taiwan, or an address without a single Chinese character."""
    return bool(_OUTSIDE.match(address.strip())) or not any("\u4e00" <= character <= "\u9fff" for character in address)
