"""A pasted notice of holidays becomes days; what cannot be read is said by line."""

from datetime import date

import pytest

from domain.notices import read_notice

NOTICE_2026 = """
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


def test_the_councils_own_sentences_are_read() -> None:
    read = read_notice(NOTICE_2026, 2026)
    assert read.problems == ()
    worked = {each.day for each in read.days if each.worked}
    assert worked == {date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))}
    off = {each.day for each in read.days if not each.worked}
    assert len(off) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert {date(2026, 2, 15), date(2026, 2, 23), date(2026, 10, 7)} <= off
    assert {each.note for each in read.days if each.day.month == 10} == {"国庆节"}


def test_it_agrees_with_the_library_on_a_year_that_is_published() -> None:
    """The control on real data: each day of the notice is what chinesecalendar has."""
    from infra.working_days import working_days

    days = working_days(date(2026, 1, 1), date(2026, 12, 31))
    assert [each for each in read_notice(NOTICE_2026, 2026).days if days.is_working_day(each.day) is not each.worked] == []


def test_lines_and_spans_are_read_in_both_languages() -> None:
    read = read_notice("day,worked,note\n2027-02-05~2027-02-11 休 春节\n2027-02-14,work,made up\n# a remark\n2027-01-01 off", 2027)
    assert read.problems == ()
    assert [(each.day.isoformat(), each.worked, each.note) for each in read.days[:2]] == [
        ("2027-01-01", False, ""),
        ("2027-02-05", False, "春节"),
    ]
    assert read.days[-1].worked
    assert len(read.days) == 9


def test_a_span_may_begin_in_the_year_before() -> None:
    read = read_notice("一、元旦：2026年12月31日至2027年1月2日放假。", 2027)
    assert [each.day.isoformat() for each in read.days] == ["2026-12-31", "2027-01-01", "2027-01-02"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "notice-empty"),
        ("x" * 20_001, "notice-long"),
        ("2027-02-30,off", "notice-line"),
        ("2027-02-06,perhaps", "notice-line"),
        ("2027-02-11~2027-02-05,off", "notice-line"),
        ("放假通知", "notice-line"),
        ("二、春节：13月45日放假。", "notice-line"),
        (NOTICE_2026, "notice-weekday"),  # the notice of another year
        ("2027-02-06,off\n2027-02-06,work", "notice-twice"),
        ("2029-02-06,off", "notice-year"),
        ("2026-12-31,off", "notice-none"),
        ("\n".join(f"2027-0{month}-01~2027-0{month}-28,off" for month in range(1, 7)), "notice-days"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, code: str) -> None:
    assert code in {problem.code for problem in read_notice(text, 2027).problems}
