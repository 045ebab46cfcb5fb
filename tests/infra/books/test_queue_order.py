"""The queue's order, its pages and the turns of customers in a peak; both databases, against a plain sort."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete

from domain.promises import Passed
from infra.database import Database
from infra.queries.queue_order import Place
from infra.queries.queue_standing import standing_of, standing_of_new
from infra.queries.review_queue import QueueRow, neighbours, queue
from infra.tables import ApplicationRow
from tests.factories import Customer, make_customer, make_reviewer
from tests.promises import PEAK, PLAIN, add_rows, application_row

DUE = [datetime(2026, 11, day, 10, tzinfo=UTC) for day in (18, 19)]


@dataclass(frozen=True)
class One:
    customer: int
    special: bool
    expedited: bool
    due: int
    minute: int

    @property
    def rank(self) -> int:
        return 0 if self.expedited else 1 if self.special else 2


ONES = st.lists(
    st.builds(One, st.integers(0, 2), st.booleans(), st.booleans(), st.integers(0, 1), st.integers(0, 3)), min_size=1, max_size=25
)


@pytest.fixture
def customers(database: Database) -> list[Customer]:
    return [make_customer(database, name=f"公司 {number}") for number in range(3)]


@pytest.fixture
def reviewer(database: Database) -> int:
    return make_reviewer(database)


def fill(database: Database, customers: list[Customer], ones: list[One]) -> dict[str, One]:
    with database.write() as session:
        session.execute(delete(ApplicationRow))
    rows = {}
    for one in ones:
        row = application_row(
            customers[one.customer],
            kind="special" if one.special else "ordinary",
            expedited=one.expedited,
            promised_at=DUE[one.due],
            submitted_at=PLAIN + timedelta(minutes=one.minute),
        )
        rows[row.number] = (row, one)
    add_rows(database, *(row for row, _ in rows.values()))
    return {number: one for number, (_, one) in rows.items()}


def expected(rows: dict[str, One], *, fair: bool) -> list[str]:
    """By rank, due moment, (turn,) submission and number."""
    seen: Counter[tuple[int, int, int]] = Counter()
    places = {}
    for number, one in sorted(rows.items(), key=lambda item: (item[1].minute, item[0])):
        seen[one.rank, one.due, one.customer] += 1
        turn = seen[one.rank, one.due, one.customer] if fair else 0
        places[number] = (one.rank, one.due, turn, one.minute, number)
    return sorted(rows, key=places.__getitem__)


def pages(session: Session, now: datetime, size: int, after: Place | None = None) -> list[QueueRow]:
    found: list[QueueRow] = []
    while True:
        page = queue(session, "all", now, after, size)
        found += page.rows
        if page.next is None:
            return found
        after = page.next


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=ONES, size=st.integers(1, 7), fair=st.booleans())
def test_the_pages_give_everything_once_and_in_order(
    database: Database, customers: list[Customer], ones: list[One], size: int, fair: bool
) -> None:
    rows = fill(database, customers, ones)
    with database.read() as session:
        found = [row.number for row in pages(session, PEAK if fair else PLAIN, size)]
    assert found == expected(rows, fair=fair)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=ONES)
def test_in_a_peak_no_customer_waits_for_anothers_second_while_its_first_is_undecided(
    database: Database, customers: list[Customer], ones: list[One]
) -> None:
    rows = fill(database, customers, ones)
    with database.read() as session:
        found = [rows[row.number] for row in pages(session, PEAK, 50)]
    for _, group in groupby(found, key=lambda one: (one.rank, one.due)):
        equals = [one.customer for one in group]
        left, served = Counter(equals), Counter[int]()
        for customer in equals:
            assert all(served[customer] <= served[other] for other in left if left[other] and other != customer)
            served[customer] += 1
            left[customer] -= 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=ONES, size=st.integers(1, 6), fair=st.booleans(), data=st.data())
def test_decisions_between_two_pages_lose_and_repeat_nothing(
    database: Database, customers: list[Customer], reviewer: int, ones: list[One], size: int, fair: bool, data: st.DataObject
) -> None:
    rows = fill(database, customers, ones)
    now = PEAK if fair else PLAIN
    with database.read() as session:
        first = queue(session, "all", now, None, size)
    on_first = [row.number for row in first.rows]
    with database.write() as session:
        for number in data.draw(st.sets(st.sampled_from(on_first))):
            row = session.get_one(ApplicationRow, number)
            row.state, row.decided_at, row.decided_by = "issuing", now, reviewer
    if first.next is None:
        return
    with database.read() as session:
        # Also when the peak has ended, or begun, in between.
        for moment in (PEAK, PLAIN):
            rest = [row.number for row in pages(session, moment, size, first.next)]
            assert on_first + rest == expected(rows, fair=fair)


def test_five_hundred_of_one_customer_do_not_keep_the_others_waiting(database: Database, customers: list[Customer]) -> None:
    many = [application_row(customers[0], promised_at=DUE[0], submitted_at=PLAIN + timedelta(seconds=second)) for second in range(500)]
    add_rows(database, *many)
    late = [application_row(each, promised_at=DUE[0], submitted_at=PLAIN + timedelta(hours=9)) for each in customers[1:]]
    numbers = add_rows(database, *late)
    with database.read() as session:
        in_peak = [row.number for row in queue(session, "all", PEAK).rows]
        plain = [row.number for row in queue(session, "all", PLAIN).rows]
    assert in_peak[1:3] == numbers
    assert not set(plain) & set(numbers)


def test_what_the_policy_let_through_takes_no_turn(database: Database, customers: list[Customer]) -> None:
    passed = [
        application_row(customers[0], state="issued", decided_at=PLAIN, promised_at=DUE[0], submitted_at=PLAIN - timedelta(hours=1))
        for _ in range(3)
    ]
    add_rows(database, *passed)
    [own] = add_rows(database, application_row(customers[0], promised_at=DUE[0], submitted_at=PLAIN))
    [other] = add_rows(database, application_row(customers[1], promised_at=DUE[0], submitted_at=PLAIN + timedelta(minutes=1)))
    with database.read() as session:
        assert [(row.number, row.turn) for row in queue(session, "all", PEAK).rows] == [(own, 1), (other, 1)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=ONES, fair=st.booleans(), data=st.data())
def test_the_cost_of_an_expedite_is_whom_it_really_goes_before(
    database: Database, customers: list[Customer], ones: list[One], fair: bool, data: st.DataObject
) -> None:
    """Counted beforehand, then compared with the queue in which it was expedited."""
    rows = fill(database, customers, ones)
    now = PEAK if fair else PLAIN
    number = data.draw(st.sampled_from(sorted(rows)))
    with database.read() as session:
        before = [row.number for row in pages(session, now, 50)]
        standing = standing_of(session, number, DUE[0], now)
    assert standing is not None
    place = before.index(number)
    assert standing.ahead == place
    assert standing.expedited == sum(rows[each].expedited for each in before[:place])
    if rows[number].expedited:
        return
    with database.write() as session:
        row = session.get_one(ApplicationRow, number)
        row.expedited, row.promised_at, row.submitted_at = True, DUE[0], now + timedelta(days=1)  # behind its own expedited equals
    with database.read() as session:
        after = [row.number for row in pages(session, now, 50)]
    passed = set(before[:place]) - set(after[: after.index(number)])
    assert standing.passed == Passed(len(passed), len([each for each in passed if DUE[rows[each].due] <= now]) if now == PEAK else 0)


def test_a_new_application_stands_behind_its_equals(database: Database, customers: list[Customer]) -> None:
    rows = [application_row(each, promised_at=DUE[0], submitted_at=PLAIN) for each in (customers[0], customers[0], customers[1])]
    add_rows(database, *rows, application_row(customers[2], kind="special", promised_at=DUE[1]))
    enterprise = customers[1].enterprise_id
    with database.read() as session:
        plain = standing_of_new(session, enterprise, 2, DUE[0], DUE[0], PLAIN)
        fair = standing_of_new(session, enterprise, 2, DUE[0], DUE[0], PEAK)
        special = standing_of_new(session, enterprise, 1, DUE[0], DUE[0], PLAIN)
    assert (plain.ahead, plain.passed) == (4, Passed(4, 0))
    assert fair.ahead == 4, "its second turn comes after the second of the other"
    assert special.ahead == 0


def test_places_of_a_page_never_repeat(database: Database, customers: list[Customer]) -> None:
    fill(database, customers, [One(0, special=False, expedited=False, due=0, minute=0)] * 9)
    with database.read() as session:
        places = [row.place for row in queue(session, "all", PEAK).rows]
    assert all(left < right for left, right in pairwise(places))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=ONES, fair=st.booleans())
def test_the_neighbours_are_those_of_the_whole_queue(database: Database, customers: list[Customer], ones: list[One], fair: bool) -> None:
    rows = fill(database, customers, ones)
    order = ["", *expected(rows, fair=fair), ""]
    with database.read() as session:
        for place, number in enumerate(order[1:-1], start=1):
            assert neighbours(session, "all", PEAK if fair else PLAIN, number) == (order[place - 1], order[place + 1])
