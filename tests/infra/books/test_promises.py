"""Promises of what is under review move with the calendar, and a broken one stays broken; both databases."""

from datetime import UTC, date, datetime, timedelta

from sqlmodel import col, select

from domain.calendar import CHINA, china_date
from domain.messages import Expedite, Policy
from infra.books.life import application_life
from infra.calendar import set_day
from infra.promises import same_day
from infra.queries.calendar import Calendar
from infra.queries.scope import utc
from infra.tables import LifeEventRow
from infra.working_days import CALENDAR_VERSION
from tests.infra.books.conftest import Books


def promised(books: Books, number: str) -> datetime:
    row = books.application(number)
    assert row.promised_at is not None
    return utc(row.promised_at)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 18, tzinfo=CHINA)


def moves(books: Books, number: str) -> list[str]:
    with books.database.read() as session:
        statement = select(LifeEventRow.kind).where(col(LifeEventRow.life) == application_life(number))
        return [kind for kind in session.exec(statement) if kind == "promise-moved"]


def test_a_day_that_is_set_off_after_the_promise_moves_it_and_the_history_says_so(books: Books) -> None:
    request = books.reserved()
    due = china_date(promised(books, request.number))
    set_day(books.database, due, False, "Move of the office", 0, books.reviewer, books.now)
    later = Calendar(1, "", ((due, False),)).promise(books.now, 1, 18).due_at
    row = books.application(request.number)
    assert later > at(due)
    assert (promised(books, request.number), row.calendar_version) == (later, f"{CALENDAR_VERSION}, days 1")
    assert moves(books, request.number) == ["promise-moved"]
    set_day(books.database, due, None, "Back again", 1, books.reviewer, books.now)
    assert promised(books, request.number) == at(due)
    assert len(moves(books, request.number)) == 2
    assert books.applications.mark_overdue(request.number, at(due) - timedelta(hours=1), at(due)) == at(due)


def test_what_is_decided_or_broken_keeps_its_promise(books: Books) -> None:
    broken, decided = books.reserved(), books.reserved()
    due = promised(books, broken.number)
    books.applications.approve(decided.number, None, Policy(), books.now)
    set_day(books.database, china_date(due), False, "Too late for this", 0, books.reviewer, due + timedelta(minutes=1))
    assert [promised(books, each.number) for each in (broken, decided)] == [due, due]
    assert moves(books, broken.number) == []
    assert books.applications.mark_overdue(broken.number, due, due + timedelta(minutes=1)) is None


def test_an_expedite_never_makes_the_promise_later(books: Books) -> None:
    request = books.reserved()
    due = promised(books, request.number)
    after = books.applications.expedite(request.number, Expedite("e-1", books.customer.user_id), Policy(), due + timedelta(hours=1))
    assert after == due
    assert promised(books, request.number) == due


def test_same_day_is_the_same_working_day() -> None:
    saturday, friday_evening = datetime(2026, 11, 21, 2, tzinfo=UTC), datetime(2026, 11, 20, 11, tzinfo=UTC)
    for moment in (saturday, friday_evening):
        assert same_day(Calendar(), moment, Policy()) == Calendar().promise(moment, 1, 18), "it brings nothing"
    assert same_day(Calendar(), datetime(2026, 11, 20, 2, tzinfo=UTC), Policy()).due_on == date(2026, 11, 20)
