"""Who is reminded of consumption whose six months end next month, of how much, and once."""

from datetime import UTC, date, datetime

import pytest

from domain.calendar import next_period
from domain.limit_notices import days_ending_in
from infra.books import limit_notices
from infra.books.limit_notices import SqlLimitNotices
from infra.database import Database
from infra.letters.limits import LimitTemplateLetters
from infra.tables import ConsumptionRecordRow, UserRow
from tests.factories import Customer, make_customer, make_record
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
MONTH = "2026-12"


@pytest.mark.parametrize("month", ["2026-08", "2026-12", "2027-02", "2027-08", "2028-02", "2028-03"])
def test_every_day_of_consumption_ends_in_exactly_one_month(month: str) -> None:
    first, last = days_ending_in(month)
    assert first < last == days_ending_in(next_period(month))[0]


def test_the_last_day_of_what_is_reminded_of_is_in_the_month(database: Database) -> None:  # noqa: F811
    customer = _mailed(database)
    begins, ends = days_ending_in(MONTH)
    make_record(database, customer, 106_00, day=begins)
    make_record(database, customer, 53_00, day=date(2026, 6, 14))
    make_record(database, customer, 1_00, day=date(begins.year, begins.month, begins.day - 1) if begins.day > 1 else date(2026, 5, 31))
    make_record(database, customer, 2_00, day=ends)
    (notice,) = SqlLimitNotices(database, "zh").to_remind(MONTH, 0).notices
    assert (notice.to, notice.amount_fen, notice.oldest, notice.newest) == ("lin@shiguang.example", 159_00, begins, date(2026, 6, 14))
    assert (notice.first_end, notice.last_end) == (date(2026, 12, 1), date(2026, 12, 14))


def test_bound_negatives_are_taken_off_and_what_was_extended_or_taken_is_left_out(database: Database) -> None:  # noqa: F811
    customer = _mailed(database)
    day = date(2026, 6, 10)
    original = make_record(database, customer, 100_00, day=day)
    make_record(database, customer, -40_00, day=day, original_id=original)
    granted = make_record(database, customer, 500_00, day=day)
    with database.write() as session:
        session.get_one(ConsumptionRecordRow, granted).extended_to = date(2027, 3, 1)
    (notice,) = SqlLimitNotices(database, "zh").to_remind(MONTH, 0).notices
    assert notice.amount_fen == 60_00


def test_each_company_is_reminded_once_and_the_cursor_reaches_all(
    database: Database,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limit_notices, "MOST", 2)
    monkeypatch.setattr(limit_notices, "LOOKED_AT", 3)
    books = SqlLimitNotices(database, "zh")
    customers = [_mailed(database) for _ in range(7)]
    for customer in customers[:6]:
        make_record(database, customer, day=date(2026, 6, 10))
    told: list[int] = []
    after: int | None = 0
    while after is not None:
        batch = books.to_remind(MONTH, after)
        for notice in batch.notices:
            books.record(notice, NOW)
            books.record(notice, NOW)
        told += [notice.enterprise_id for notice in batch.notices]
        after = batch.after
    assert told == [customer.enterprise_id for customer in customers[:6]]
    assert books.to_remind(MONTH, 0).notices == []
    assert books.to_remind("2027-01", 0).notices == []


@pytest.mark.parametrize(("locale", "words"), [("zh", "2026年12月14日"), ("en", "14 December 2026")])
def test_the_mail_says_how_much_and_by_when(database: Database, locale: str, words: str) -> None:  # noqa: F811
    customer = _mailed(database, locale)
    make_record(database, customer, 1_234_56, day=date(2026, 6, 14))
    (notice,) = SqlLimitNotices(database, "zh").to_remind(MONTH, 0).notices
    mail = LimitTemplateLetters("https://kaipiao.example").ending(notice)
    for text in (mail.subject, mail.text, mail.html):
        assert "1,234.56" in text
        assert words in text
    assert "https://kaipiao.example/consumption?show=can" in mail.text


def _mailed(database: Database, locale: str = "zh") -> Customer:  # noqa: F811
    customer = make_customer(database)
    with database.write() as session:
        row = session.get_one(UserRow, customer.user_id)
        row.email, row.locale = "lin@shiguang.example", locale
    return customer
