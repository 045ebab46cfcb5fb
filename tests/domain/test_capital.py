"""The total in capital characters."""

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.capital import capital_amount


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (5, "伍分"),
        (50, "伍角整"),
        (100, "壹圆整"),
        (1_000, "壹拾圆整"),
        (10_150, "壹佰零壹圆伍角整"),
        (32_504, "叁佰贰拾伍圆零肆分"),
        (100_456, "壹仟零肆圆伍角陆分"),
        (613_250, "陆仟壹佰叁拾贰圆伍角整"),
        (1_600_000, "壹万陆仟圆整"),
        (1_001_001, "壹万零壹拾圆零壹分"),
        (10_700_053, "壹拾万柒仟圆伍角叁分"),
        (805_105_400, "捌佰零伍万壹仟零伍拾肆圆整"),
        (1_873_135_850, "壹仟捌佰柒拾叁万壹仟叁佰伍拾捌圆伍角整"),
        (10_000_001_000, "壹亿零壹拾圆整"),
        (10**14, "壹万亿圆整"),
        (-50_000, "（负数）伍佰圆整"),
        (4_948_040, "肆万玖仟肆佰捌拾圆肆角整"),
        (0, "零圆整"),
    ],
)
def test_capital_amounts_are_as_on_real_invoices(fen: int, text: str) -> None:
    assert capital_amount(fen) == text


def oracle(fen: int) -> str:
    """cn2an's answer in the words of the digital invoice: 圆, 整 also after 角, （负数）."""
    text: str = cn2an.an2cn(f"{abs(fen) // 100}.{abs(fen) % 100:02d}", "rmb").replace("元", "圆")
    text += "整" if text.endswith("角") else ""
    return f"（负数）{text}" if fen < 0 else text


@given(st.one_of(st.integers(-(10**9), 10**9), st.integers(-(10**15), 10**15), st.integers(0, 10**5).map(lambda n: n * 10**7)))
def test_an_independent_library_writes_the_same(fen: int) -> None:
    assert capital_amount(fen) == oracle(fen)


def test_amounts_past_the_largest_unit_are_refused() -> None:
    with pytest.raises(ValueError):
        capital_amount(10**18)
