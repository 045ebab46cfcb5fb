"""Amounts, dates and deadlines as look section 4 writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from web import formats
from web.words import Locale

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "text"), [(18646314, "186,463.14"), (0, "0.00"), (-520000, "−5,200.00"), (5, "0.05"), (-5, "−0.05"), (None, "—")]
)
def test_amounts_have_two_decimals_commas_and_a_true_minus(fen: int | None, text: str) -> None:
    assert formats.money(fen) == text


@pytest.mark.parametrize(("bp", "text"), [(600, "6%"), (1300, "13%"), (50, "0.5%"), (0, "0%")])
def test_rates_are_percent(bp: int, text: str) -> None:
    assert formats.rate(bp) == text


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), "今天 18:00 前", "today by 18:00"),
        (datetime(2026, 11, 21, 10, 0, tzinfo=UTC), "明天 18:00 前", "tomorrow by 18:00"),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "11月23日（周一）18:00 前", "by Mon 23 Nov 18:00"),
        (datetime(2026, 12, 13, 16, 0, tzinfo=UTC), "12月13日 24:00 前", "by 13 Dec 24:00"),
        (datetime(2027, 1, 4, 10, 0, tzinfo=UTC), "2027年1月4日 18:00 前", "by 4 Jan 2027 18:00"),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), "今天 24:00 前", "today by 24:00"),
    ],
)
def test_deadlines_name_the_day_as_people_do(moment: datetime, zh: str, en: str) -> None:
    assert formats.before(moment, NOW, "zh") == zh
    assert formats.before(moment, NOW, "en") == en


@pytest.mark.parametrize(
    ("gap", "locale", "text"),
    [
        (timedelta(days=23, hours=5), "zh", "还有 23 天"),
        (timedelta(days=23, hours=5), "en", "23 days left"),
        (timedelta(hours=48), "en", "48 h 0 min left"),
        (timedelta(hours=3, minutes=28), "zh", "还有 3 小时 28 分"),
        (timedelta(hours=3, minutes=28), "en", "3 h 28 min left"),
        (timedelta(minutes=59, seconds=59), "zh", "还有 59 分钟"),
        (timedelta(seconds=20), "en", "1 min left"),
        (timedelta(0), "zh", "逾期"),
        (timedelta(minutes=-1), "en", "overdue"),
    ],
)
def test_what_is_left_is_counted_in_days_then_hours_then_minutes(gap: timedelta, locale: Locale, text: str) -> None:
    assert formats.left(NOW + gap, NOW, locale).text == text


def test_a_moment_today_is_called_so() -> None:
    moment = datetime(2026, 11, 20, 0, 20, tzinfo=UTC)
    assert formats.prose_moment(moment, NOW, "zh") == "今天 08:20"
    assert formats.prose_moment(moment - timedelta(days=8), NOW, "en") == "12 Nov 08:20"


def test_a_day_shows_its_weekday_only_within_a_fortnight() -> None:
    today = date(2026, 11, 20)
    assert formats.prose_day(date(2026, 11, 23), today, "zh") == "11月23日（周一）"
    assert formats.prose_day(date(2026, 12, 13), today, "zh") == "12月13日"
    assert formats.prose_day(date(2025, 12, 13), today, "en") == "13 Dec 2025"


def test_personal_values_are_masked() -> None:
    assert formats.masked_phone("13800138826") == "138****8826"
    assert formats.masked_account("1109 2233 4455 6612") == "1109 **** **** 6612"
    assert formats.masked_email("finance@shiguang.cn") == "fi***@shiguang.cn"


def test_numbers_are_grouped_without_blanks_in_them() -> None:
    assert formats.groups("26332000000418203947") == ["2633", "2000", "0004", "1820", "3947"]
    assert formats.tax_id_groups("91110105MA7K3R2P5R") == ["911101", "05MA7K", "3R2P5R"]
