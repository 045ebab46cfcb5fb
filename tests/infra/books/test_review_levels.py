"""The books of a review by people on both databases: levels, hand-overs, absences, and the lists that show them."""

from datetime import timedelta

import pytest

from domain.absences import AbsenceForm
from domain.access import Role
from domain.calendar import china_date
from domain.errors import Refusal
from domain.messages import ReviewDecision, Verdict
from domain.review_messages import HandOver, ReviewClaim
from domain.review_policy import Level
from infra.books.review import SqlReview
from infra.queries.review_levels import turn_of
from infra.queries.review_queue import queue, queue_counts
from infra.queries.review_team import team, team_counts
from infra.review_absences import UnknownAbsence, end_absence, set_absence
from infra.tables import ApplicationRow, NoteRow
from tests.factories import make_reviewer
from tests.infra.books.conftest import Books
from tests.infra.books.dump import changed, dump


@pytest.fixture
def reviews(books: Books) -> SqlReview:
    return SqlReview(books.database)


def at_level(books: Books, level: int) -> str:
    number = books.reserved().number
    with books.database.write() as session:
        session.get_one(ApplicationRow, number).level = level
    return number


def code_of(books: Books, number: str, key: str) -> str:
    with books.database.read() as session:
        return session.get_one(NoteRow, (f"application:{number}", key)).code


def away(books: Books, person: int, substitute: int | None, days: int = 0, *, chained: bool = False) -> int:
    first, last = china_date(books.now), china_date(books.now) + timedelta(days=days)
    form = AbsenceForm(person, first.isoformat(), last.isoformat(), substitute, chained=chained)
    return set_absence(books.database, form, person, books.now)


def test_levels_come_in_turn_and_each_is_somebody_else(books: Books, reviews: SqlReview) -> None:
    number, second = at_level(books, 2), make_reviewer(books.database, level=2)

    def decide(key: str, by: int, version: int) -> tuple[bool, bool]:
        outcome = reviews.decide(number, ReviewDecision(key, by, Verdict.APPROVE, version), books.now)
        return outcome.taken, outcome.approved

    assert decide("d-1", books.reviewer, 1) == (True, False)
    assert decide("d-1", books.reviewer, 1) == (True, False), "a repeat"
    assert decide("d-2", books.reviewer, 2) == (False, False)
    assert decide("d-3", second, 1) == (False, False)
    assert decide("d-4", make_reviewer(books.database), 2) == (False, False)
    assert [code_of(books, number, key) for key in ("d-2", "d-3", "d-4")] == ["same-person", "stale-version", "level-too-low"]
    assert decide("d-5", second, 2) == (True, True)
    books.applications.approve(number, ReviewDecision("d-5", second, Verdict.APPROVE, 2), books.reserved().policy, books.now)
    assert books.violations() == {}


def test_a_hand_over_turns_to_who_stands_in_and_a_circle_is_nobody(books: Books, reviews: SqlReview) -> None:
    number, boss = books.reserved().number, make_reviewer(books.database, role=Role.SUPERVISOR)
    first, second = make_reviewer(books.database), make_reviewer(books.database)
    away(books, first, second)
    reviews.hand_over(number, HandOver("h-1", boss, first, "分派"), books.now)
    assert books.application(number).claimed_by == second
    away(books, second, first, chained=True)
    reviews.hand_over(number, HandOver("h-2", boss, first, "分派"), books.now)
    assert code_of(books, number, "h-2") == "hand-over-away"
    reviews.hand_over(number, HandOver("h-3", books.customer.user_id, boss, "客户"), books.now)
    assert code_of(books, number, "h-3") == "level-too-low"


def test_what_an_absent_person_had_is_passed_on_once(books: Books, reviews: SqlReview) -> None:
    can, cannot = books.reserved().number, at_level(books, 2)
    substitute, boss = make_reviewer(books.database), make_reviewer(books.database, role=Role.SUPERVISOR)
    reviews.decide(cannot, ReviewDecision("d-1", substitute, Verdict.APPROVE, 1), books.now)
    second = make_reviewer(books.database, level=2)
    for index, number in enumerate((can, cannot)):
        reviews.hand_over(number, HandOver(f"h-{index}", boss, second, "分派"), books.now - timedelta(minutes=1))
    with pytest.raises(Refusal, match="substitute-level"):
        away(books, second, substitute)
    away(books, second, boss)
    assert {books.application(number).claimed_by for number in (can, cannot)} == {boss}
    absence = away(books, boss, None)
    assert {books.application(number).claimed_by for number in (can, cannot)} == {boss}, "taken in the same moment, not before"
    later = books.now + timedelta(hours=1)
    with books.database.write() as session:
        for number in (can, cannot):
            session.get_one(ApplicationRow, number).claimed_at = books.now - timedelta(minutes=1)
    assert reviews.pass_on(china_date(books.now), later) == 2
    assert {books.application(number).claimed_by for number in (can, cannot)} == {None}
    rows = dump(books.database)
    assert reviews.pass_on(china_date(books.now), later) == 0
    assert changed(rows, dump(books.database)) == {}
    with pytest.raises(UnknownAbsence):
        end_absence(books.database, absence, substitute, books.now, supervises=False)
    assert end_absence(books.database, absence, substitute, books.now, supervises=True) == boss


def test_the_lists_say_who_has_what(books: Books, reviews: SqlReview) -> None:
    free, held, low = books.reserved().number, books.reserved().number, at_level(books, 2)
    reviews.claim(held, ReviewClaim("k-1", books.reviewer), books.now)
    reviews.decide(low, ReviewDecision("d-1", books.reviewer, Verdict.APPROVE, 1), books.now)
    with books.database.read() as session:
        assert {row.number: row.holder for row in queue(session, "all", books.now).rows} == {free: "", held: "周审", low: ""}
        assert {row.number for row in queue(session, "free", books.now).rows} == {free, low}
        assert queue_counts(session, books.now).free == 2
        page = team(session, "all", 0, books.now, limit=2)
        rest = team(session, "all", 0, books.now, page.next)
        assert {row.number for row in (*page.rows, *rest.rows)} == {free, held, low}
        assert len(page.rows) == 2
        assert [(row.number, row.who) for row in team(session, "held", books.reviewer, books.now).rows] == [(held, ("周审",))]
        counts = team_counts(session, books.now)
        assert (counts.stages, [each.count for each in counts.people]) == (
            {"all": 3, "company": 0, "material": 0, "free": 2, "held": 1},
            [1],
        )
        turn = turn_of(session, low, books.reviewer, Level.ONE, books.now)
        assert turn is not None
        assert (turn.step, turn.levels, turn.why, turn.done_by_viewer) == (2, 2, "same-person", 1)
        over = turn_of(session, held, make_reviewer(books.database), Level.ONE, books.now + timedelta(minutes=31))
        assert over is not None
        assert (over.holder, over.why) == (None, "")
