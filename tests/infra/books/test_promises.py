"""Promises of what is under review move with the calendar, and a broken one stays broken; both databases."""

from datetime import UTC, date, datetime, timedelta

from sqlmodel import col, select

from domain.calendar import CHINA, china_date
from domain.messages import Expedite, Policy
from domain.promises import Begins, MovedPromise, Passed
from domain.review_messages import MaterialAnswer, MaterialRequest
from infra.books.life import application_life, tell
from infra.books.promise_moves import SqlPromiseMoves
from infra.books.review import SqlReview
from infra.calendar import set_day
from infra.promises import same_day
from infra.queries.calendar import Calendar
from infra.queries.lives import events_of
from infra.queries.promises import PromiseMove, PromiseSeen, promise_seen
from infra.queries.scope import utc
from infra.tables import ApplicationRow, LifeEventRow
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


def waiting_moves(books: Books) -> list[MovedPromise]:
    return list(SqlPromiseMoves(books.database).moved(""))


def test_a_life_is_to_be_told_only_of_what_comes_earlier(books: Books) -> None:
    request = books.reserved()
    due = china_date(promised(books, request.number))
    set_day(books.database, due, False, "Move of the office", 0, books.reviewer, books.now)
    assert waiting_moves(books) == []
    set_day(books.database, due, None, "Back again", 1, books.reviewer, books.now)
    assert waiting_moves(books) == [MovedPromise(request.number, "promise-moved-2")]


def test_what_was_told_is_forgotten_and_what_moved_again_meanwhile_is_not(books: Books) -> None:
    request = books.reserved()
    due = china_date(promised(books, request.number))
    moves = SqlPromiseMoves(books.database)
    for change, worked in enumerate((False, None)):
        set_day(books.database, due, worked, "x", change, books.reviewer, books.now)
    first = waiting_moves(books)
    for change, worked in enumerate((False, None), start=2):
        set_day(books.database, due, worked, "x", change, books.reviewer, books.now)
    moves.told(first)
    assert waiting_moves(books) == [MovedPromise(request.number, "promise-moved-4")]
    moves.told(waiting_moves(books))
    moves.told(())
    assert waiting_moves(books) == []


def test_lives_that_are_over_are_told_nothing(books: Books) -> None:
    request = books.reserved()
    due = china_date(promised(books, request.number))
    for change, worked in enumerate((False, None)):
        set_day(books.database, due, worked, "x", change, books.reviewer, books.now)
    books.applications.approve(request.number, None, Policy(), books.now)
    assert waiting_moves(books) == []


def test_what_was_left_half_way_is_moved_by_the_next_run(books: Books) -> None:
    """A change that ended before it came to the promises, or a new library of days: the run finds it by the calendar's version."""
    request = books.reserved()
    with books.database.write() as session:
        row = session.get_one(ApplicationRow, request.number)
        row.promised_at, row.calendar_version = promised(books, request.number) + timedelta(days=3), "an older library"
    moves = SqlPromiseMoves(books.database)
    assert moves.move(Policy(), books.now) == 1
    assert moves.move(Policy(), books.now) == 0
    assert [each.number for each in moves.moved("")] == [request.number]


def why(books: Books, number: str) -> PromiseSeen:
    with books.database.read() as session:
        row = session.get_one(ApplicationRow, number)
        found = promise_seen(session, row, events_of(session, application_life(number)))
    assert found is not None
    return found


def test_why_a_promise_stands_there(books: Books) -> None:
    request = books.reserved()
    seen = why(books, request.number)
    assert (seen.begins, seen.since, seen.moved, seen.expedited_at) == (Begins.SUBMITTED, books.now, None, None)
    set_day(books.database, china_date(seen.due_at), False, "Move of the office", 0, books.reviewer, books.now)
    assert why(books, request.number).moved == PromiseMove(books.now, "Move of the office")
    books.reserved()
    books.applications.expedite(request.number, Expedite("e-1", books.customer.user_id), Policy(), books.later(minutes=1))
    seen = why(books, request.number)
    assert (seen.expedited_at, seen.passed) == (books.later(minutes=1), Passed(0, 0))


def test_an_expedite_keeps_whom_it_went_before(books: Books) -> None:
    earlier = books.reserved()
    with books.database.write() as session:
        session.get_one(ApplicationRow, earlier.number).promised_at = books.later(hours=-30)
    request = books.reserved()
    books.applications.expedite(request.number, Expedite("e-1", books.customer.user_id), Policy(), books.now)
    assert why(books, request.number).passed == Passed(1, 1)


def test_material_that_came_begins_the_promise_anew_and_the_calendar_counts_from_there(books: Books) -> None:
    request = books.reserved()
    later = books.later(days=7)
    promise = Calendar().promise(later, 1, 18)
    with books.database.write() as session:
        row = session.get_one(ApplicationRow, request.number)
        row.promised_at = promise.due_at
        tell(session, application_life(request.number), "material-answered-1", "material-answered", later)
    seen = why(books, request.number)
    assert (seen.begins, seen.since, seen.expedited_at) == (Begins.MATERIAL, later, None)
    set_day(books.database, promise.due_on, False, "x", 0, books.reviewer, later)
    assert promised(books, request.number) == Calendar(1, "", ((promise.due_on, False),)).promise(later, 1, 18).due_at


def test_what_was_expedited_and_then_answered_follows_the_calendar_by_the_same_day_of_the_answer(books: Books) -> None:
    request, reviews, user = books.reserved(), SqlReview(books.database), books.customer.user_id
    books.applications.expedite(request.number, Expedite("e-1", user), Policy(), books.now)
    assert reviews.ask(request.number, MaterialRequest("m-1", books.reviewer, 1, ("order",)), 5, books.now).taken
    day = china_date(books.now) + timedelta(days=1)
    while Calendar().days(day, day).is_working_day(day):
        day += timedelta(days=1)
    noon = at(day) - timedelta(hours=6)
    set_day(books.database, day, True, "Worked", 0, books.reviewer, books.now)
    answer = MaterialAnswer("a-1", user, books.application(request.number).version, "见附件")
    assert reviews.answer(request.number, answer, 1, 18, noon).promised_at == at(day)
    for change, (worked, due) in enumerate([(None, Calendar().promise(noon, 1, 18).due_at), (True, at(day))], start=1):
        set_day(books.database, day, worked, "Moved", change, books.reviewer, noon + timedelta(minutes=change))
        assert promised(books, request.number) == due
    assert waiting_moves(books) == [MovedPromise(request.number, "promise-moved-3")]
    seen = why(books, request.number)
    assert (seen.begins, seen.since, seen.expedited_at) == (Begins.MATERIAL, noon, books.now)
