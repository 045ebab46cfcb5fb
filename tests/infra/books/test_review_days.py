"""Promises at risk and broken, and the days of the review; both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import Refusal
from domain.messages import Expedite
from domain.peak import PeakPlan
from domain.promises import ReviewDay
from infra.books.life import application_life, tell
from infra.database import Database
from infra.peak import set_peak_plan
from infra.queries.peak import plan_versions
from infra.queries.promise_desk import PromiseFilter, outlook, promise_counts, promises_page
from infra.queries.review_days import review_days
from infra.queries.scope import utc
from infra.tables import ApplicationRow, MaterialRequestRow
from tests.factories import Customer, make_customer, make_reviewer
from tests.infra.books.conftest import Books
from tests.promises import PLAIN, add_rows, application_row

SINCE = PLAIN - timedelta(days=20)
HOUR = timedelta(hours=1)


@pytest.fixture
def customer(database: Database) -> Customer:
    return make_customer(database)


@pytest.fixture
def reviewer(database: Database) -> int:
    return make_reviewer(database)


def decided(customer: Customer, reviewer: int | None, at: datetime, **values: object) -> ApplicationRow:
    more = {"state": "issued", "submitted_at": at - HOUR, "promised_at": at + HOUR, **values}
    return application_row(customer, decided_at=at, decided_by=reviewer, **more)


def test_at_the_pace_of_the_last_days_the_end_of_the_queue_is_at_risk(database: Database, customer: Customer, reviewer: int) -> None:
    """45 decisions in five working days and two hours of today: about one an hour, so 16 hours until the promise reach 15."""
    add_rows(database, *(decided(customer, reviewer, PLAIN - timedelta(days=1, minutes=each)) for each in range(45)))
    waiting = add_rows(database, *(application_row(customer, submitted_at=PLAIN + timedelta(minutes=each)) for each in range(20)))
    with database.read() as session:
        seen = outlook(session, PLAIN)
        counts = promise_counts(session, seen, SINCE, PLAIN)
        page = promises_page(session, PromiseFilter(), seen, SINCE, PLAIN)
    assert (seen.pace.decided, int(seen.pace.hours)) == (45, 47)
    [(_, reached)] = seen.reached
    assert reached == int(45 / 47 * 16)
    assert (counts.waiting, counts.risk, counts.broken, counts.late) == (20, 20 - reached, 0, 0)
    assert [row.number for row in page.rows] == waiting[reached:]
    assert [row.position for row in page.rows] == list(range(reached + 1, 21))


@pytest.mark.usefixtures("reviewer")
def test_without_any_decision_only_what_is_due_soon_is_at_risk(database: Database, customer: Customer) -> None:
    add_rows(database, application_row(customer))
    [soon] = add_rows(database, application_row(customer, promised_at=PLAIN + 3 * HOUR))
    with database.read() as session:
        page = promises_page(session, PromiseFilter(), outlook(session, PLAIN), SINCE, PLAIN)
    assert [row.number for row in page.rows] == [soon]


def test_broken_and_late_ones_say_who_has_them_and_filters_and_pages_hold(database: Database, customer: Customer, reviewer: int) -> None:
    held = application_row(customer, promised_at=PLAIN - HOUR, level=2, claimed_by=reviewer, claimed_at=PLAIN, claimed_until=PLAIN + HOUR)
    let_go = application_row(customer, promised_at=PLAIN - HOUR, kind="special", claimed_by=reviewer, claimed_until=PLAIN - HOUR)
    late = decided(customer, reviewer, PLAIN - HOUR, promised_at=PLAIN - 2 * HOUR)
    kept = decided(customer, reviewer, PLAIN - HOUR)
    add_rows(database, held, let_go, late, kept)
    numbers = held.number, let_go.number, late.number

    def rows(chosen: PromiseFilter, limit: int = 50) -> list[tuple[str, str]]:
        with database.read() as session:
            page = promises_page(session, chosen, outlook(session, PLAIN), SINCE, PLAIN, limit)
        found = [(row.number, row.holder) for row in page.rows]
        if page.next is not None:
            found += rows(PromiseFilter(chosen.show, chosen.kind, chosen.level, page.next), limit)
        return found

    with database.read() as session:
        counts = promise_counts(session, outlook(session, PLAIN), SINCE, PLAIN)
    assert (counts.broken, counts.late) == (2, 1)
    name = rows(PromiseFilter("late"))[0][1]
    assert rows(PromiseFilter("late")) == [(numbers[2], name)]
    assert name
    assert rows(PromiseFilter("broken"), 1) == [(numbers[0], name), (numbers[1], "")]
    assert rows(PromiseFilter("broken", kind="special")) == [(numbers[1], "")]
    assert rows(PromiseFilter("broken", level=2)) == [(numbers[0], name)]


def test_the_days_are_counted_in_china_and_by_who_decided(database: Database, customer: Customer, reviewer: int) -> None:
    late_evening = datetime(2026, 11, 16, 15, 59, tzinfo=UTC)  # 23:59 in China
    due = datetime(2026, 11, 17, 10, tzinfo=UTC)
    night = timedelta(minutes=2)
    add_rows(
        database,
        decided(customer, None, late_evening, submitted_at=late_evening, promised_at=due),
        decided(customer, reviewer, late_evening + night, submitted_at=late_evening, promised_at=due, kind="special"),
        decided(customer, reviewer, due + HOUR, submitted_at=late_evening, promised_at=due),
        application_row(customer, submitted_at=late_evening, promised_at=due),
        application_row(customer, submitted_at=late_evening - timedelta(days=9), promised_at=due, expedited=True),
    )
    cancelled = application_row(customer, state="cancelled", submitted_at=late_evening, promised_at=due)
    add_rows(database, cancelled)
    with database.write() as session:
        tell(session, application_life(cancelled.number), "cancelled", "cancelled", late_evening + night)
    with database.read() as session:
        days = review_days(session, date(2026, 11, 16), date(2026, 11, 30), due + 2 * HOUR)
    assert days == (
        ReviewDay(date(2026, 11, 16), 5, 0, 1, waiting=5, oldest_days=9, middle_days=0),
        ReviewDay(
            date(2026, 11, 17), 0, 2, 0, waiting=2, oldest_days=10, middle_days=1, first_kept=1, first_broken=1, rest_kept=1, rest_broken=2
        ),
    )


def test_what_waited_for_its_customer_is_as_old_as_its_answer(database: Database, customer: Customer) -> None:
    [number] = add_rows(database, application_row(customer, submitted_at=PLAIN - timedelta(days=8)))
    row = MaterialRequestRow(
        application_number=number,
        round=1,
        wanted="[]",
        state="answered",
        asked_at=PLAIN - timedelta(days=7),
        remind_at=PLAIN,
        due_at=PLAIN,
        answered_at=PLAIN - timedelta(days=2),
    )
    with database.write() as session:
        session.add(row)
    with database.read() as session:
        [today] = review_days(session, date(2026, 11, 17), date(2026, 11, 17), PLAIN)
    assert (today.waiting, today.oldest_days) == (1, 2)


def test_a_promise_that_was_broken_stays_broken(books: Books) -> None:
    """Also when an expedite or material gave it another moment afterwards."""
    request = books.reserved()
    promised_at = books.application(request.number).promised_at
    assert promised_at is not None
    due = utc(promised_at)
    books.applications.mark_overdue(request.number, due, due + HOUR)
    books.applications.expedite(request.number, Expedite("e-1", books.customer.user_id), request.policy, due + HOUR)
    with books.database.write() as session:
        row = session.get_one(ApplicationRow, request.number)
        row.promised_at, row.state, row.decided_at, row.decided_by = due + 3 * HOUR, "issued", due + 2 * HOUR, books.reviewer
    with books.database.read() as session:
        days = review_days(session, due.date(), due.date(), due + timedelta(days=1))
    assert (days[0].kept, days[0].broken) == (0, 1)


def test_a_period_that_has_not_begun_has_no_day(database: Database) -> None:
    with database.read() as session:
        assert review_days(session, date(2026, 12, 1), date(2026, 12, 31), PLAIN) == ()


def test_versions_of_the_plan_are_kept_and_the_second_of_two_is_told(database: Database, reviewer: int) -> None:
    plan = PeakPlan(month_last=4)
    assert set_peak_plan(database, PeakPlan(), "", 0, reviewer, PLAIN) == 0
    assert set_peak_plan(database, plan, "Too short last time", 0, reviewer, PLAIN) == 1
    assert set_peak_plan(database, plan, "", 1, reviewer, PLAIN) == 1
    for seen, reason, code in ((0, "late", "peak-changed"), (1, " ", "policy-reason-needed"), (1, "x" * 501, "reason-long")):
        with pytest.raises(Refusal) as refused:
            set_peak_plan(database, PeakPlan(month_last=5), reason, seen, reviewer, PLAIN)
        assert [each.code for each in refused.value.problems] == [code]
    with database.read() as session:
        versions = plan_versions(session)
    assert [(each.version, each.plan) for each in versions] == [(1, plan), (0, PeakPlan())]
