"""Operators' days win over the libraries', every deadline goes through them, and promises say by which calendar; both databases."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from domain.audit import AuditAction
from domain.calendar import CHINA
from domain.errors import Refusal
from domain.messages import Expedite, Policy
from domain.notices import read_notice
from infra.calendar import load_notice, set_day
from infra.queries.calendar import Calendar, calendar, calendar_year
from infra.quiet_tickets import closes_after
from infra.tables import AuditRow, CalendarChangeRow
from infra.working_days import CALENDAR_VERSION
from tests.factories import make_request
from tests.infra.books.conftest import Books
from web.support_hours import office_hours

DEC_30, DEC_31, JAN_1 = (datetime(2026, 12, 30, 6, tzinfo=UTC), datetime(2026, 12, 31, 6, tzinfo=UTC), datetime(2027, 1, 1, 6, tzinfo=UTC))
SPRING = datetime(2027, 2, 4, 6, tzinfo=UTC)
"""Thursday two days before the Spring Festival of 2027, whose first day is Saturday 6 February."""
NOTICE_2027 = "2027-01-01~2027-01-03,off\n2027-02-05~2027-02-11,off,春节\n2027-02-14,work,春节\n2027-02-20,work,春节"


def now_by(books: Books) -> Calendar:
    with books.database.read() as session:
        return calendar(session)


def load(books: Books, text: str = NOTICE_2027, year: int = 2027) -> None:
    read = read_notice(text, year)
    assert read.problems == ()
    load_notice(books.database, read.days, "Notice 2027", now_by(books).changes, books.reviewer, books.now)


@pytest.mark.parametrize(
    ("received", "due", "estimated", "loaded_due", "loaded_estimated"),
    [
        (DEC_30, date(2026, 12, 31), False, date(2026, 12, 31), False),
        (DEC_31, date(2027, 1, 4), True, date(2027, 1, 4), False),
        (JAN_1, date(2027, 1, 4), True, date(2027, 1, 4), False),
        # The projection has the eve and three days off; by the notice the festival goes on to the 11th.
        (SPRING, date(2027, 2, 11), True, date(2027, 2, 12), False),
    ],
)
def test_deadlines_into_2027_are_estimated_until_its_notice_is_loaded(
    books: Books, received: datetime, due: date, estimated: bool, loaded_due: date, loaded_estimated: bool
) -> None:
    before = now_by(books).promise(received, 1, 18)
    assert (before.due_on, before.estimated) == (due, estimated)
    load(books)
    after = now_by(books).promise(received, 1, 18)
    assert (after.due_on, after.estimated) == (loaded_due, loaded_estimated)
    assert after.due_at == datetime(loaded_due.year, loaded_due.month, loaded_due.day, 18, tzinfo=CHINA)


def test_an_application_records_the_calendar_it_was_promised_by(books: Books) -> None:
    def promised(moment: datetime) -> tuple[date, bool, str]:
        request = make_request(books.customer, books.record())
        assert not books.applications.reserve(request, moment).refused
        row = books.application(request.number)
        assert row.promised_at is not None
        return row.promised_at.date(), row.promise_estimated, row.calendar_version

    # Records of the factories are forty days old today; the promises are of days long after.
    set_day(books.database, date(2026, 11, 23), False, "Move of the office", 0, books.reviewer, books.now)
    friday = datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert now_by(books).promise(friday, 1, 18).due_on == date(2026, 11, 24)
    assert promised(books.now)[2] == f"{CALENDAR_VERSION}, days 1"
    set_day(books.database, date(2026, 11, 23), None, "It was moved", 1, books.reviewer, books.now)
    assert now_by(books).promise(friday, 1, 18).due_on == date(2026, 11, 23)
    assert promised(books.now)[2] == f"{CALENDAR_VERSION}, days 2"


def test_an_expedited_application_records_the_newer_calendar(books: Books) -> None:
    request = books.reserved()
    assert books.application(request.number).calendar_version == CALENDAR_VERSION
    set_day(books.database, date(2027, 5, 4), False, "Closed", 0, books.reviewer, books.now)
    books.applications.expedite(request.number, Expedite(key="e-1", by=books.customer.user_id), Policy(), books.now)
    assert books.application(request.number).calendar_version == f"{CALENDAR_VERSION}, days 1"


def test_quiet_tickets_and_office_hours_count_by_it(books: Books) -> None:
    answered = datetime(2027, 1, 29, 6, tzinfo=UTC)
    plain = closes_after(now_by(books), "answered", answered, 6)
    load(books)
    days = now_by(books)
    assert plain == date(2027, 2, 12)
    # By the notice the 11th is off as well, and Sunday the 14th is made up.
    assert closes_after(days, "answered", answered, 6) == date(2027, 2, 14)
    sunday = datetime(2027, 2, 14, 10, tzinfo=CHINA)
    assert office_hours(days, sunday).is_open(sunday)
    assert not office_hours(Calendar(), sunday).is_open(sunday)


def test_one_day_of_a_year_does_not_publish_the_year(books: Books) -> None:
    set_day(books.database, date(2027, 5, 4), False, "Closed", 0, books.reviewer, books.now)
    assert now_by(books).promise(DEC_31, 1, 18).estimated
    load(books)
    assert not now_by(books).promise(DEC_31, 1, 18).estimated


def test_a_change_over_an_older_page_is_refused_and_changes_nothing(books: Books) -> None:
    set_day(books.database, date(2027, 5, 4), False, "Closed", 0, books.reviewer, books.now)
    with pytest.raises(Refusal) as refused:
        set_day(books.database, date(2027, 5, 5), False, "Closed", 0, books.reviewer, books.now)
    assert refused.value.problems[0].code == "calendar-changed"
    with books.database.read() as session:
        assert len(session.exec(select(CalendarChangeRow)).all()) == 1
    assert now_by(books).overrides == ((date(2027, 5, 4), False),)


@pytest.mark.parametrize(("day", "note", "code"), [(date(1999, 1, 1), "x", "day-far"), (date(2027, 5, 4), " ", "day-note-needed")])
def test_a_wrong_entry_is_refused(books: Books, day: date, note: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        set_day(books.database, day, False, note, 0, books.reviewer, books.now)
    assert refused.value.problems[0].code == code
    assert now_by(books) == Calendar()


def test_each_change_is_in_the_audit_and_on_the_page(books: Books) -> None:
    load(books)
    with books.database.read() as session:
        entry = session.exec(select(AuditRow).where(AuditRow.action == AuditAction.CALENDAR_CHANGED)).one()
        year = calendar_year(session, 2027)
    assert entry.actor_id == books.reviewer
    assert year.set_days[date(2027, 2, 14)].worked
    assert year.set_days[date(2027, 2, 14)].note == "春节"
    assert not year.estimated
    assert [(change.id, len(change.days)) for change in year.changes] == [(1, 12)]
