"""An approval does not use up the people whom the levels above need; what nobody can decide is told."""

from datetime import timedelta

import pytest

from domain.absences import AbsenceForm
from domain.access import Role
from domain.calendar import china_date
from domain.messages import ReviewDecision, Verdict
from domain.review_policy import Level
from infra.books.review import SqlReview
from infra.queries.promise_desk import PromiseFilter, outlook, promise_counts, promises_page
from infra.queries.review_levels import Turn, turn_of
from infra.queries.review_team import team
from infra.review_absences import set_absence
from infra.tables import ApplicationRow, UserRow
from tests.factories import make_reviewer
from tests.infra.books.conftest import Books

LEVELS = {"xu": Level.ONE, "su": Level.TWO, "qin": Level.SUPERVISOR}


class Review:
    """One application, and people who decide on it."""

    def __init__(self, books: Books, levels: int = 3) -> None:
        self.books, self.reviews = books, SqlReview(books.database)
        self.number = books.reserved().number
        self.people = {"xu": books.reviewer}
        with books.database.write() as session:
            session.get_one(ApplicationRow, self.number).level = levels
        self.people["su"] = make_reviewer(books.database, level=2)
        self.people["qin"] = make_reviewer(books.database, role=Role.SUPERVISOR)

    def decide(self, by: str, verdict: Verdict = Verdict.APPROVE) -> str:
        """Its note's code: empty where it is taken and ends the review."""
        version = self.books.application(self.number).version
        decision = ReviewDecision(f"d-{by}-{verdict}-{version}", self.people[by], verdict, version, "不符")
        outcomes = [self.reviews.decide(self.number, decision, self.books.now) for _ in range(2)]
        assert outcomes[0] == outcomes[1], "a repeat"
        note = self.books.note(decision.key)
        assert note is None or note.taken == outcomes[0].taken
        return note.code if note is not None else ""

    def disable(self, who: str) -> None:
        with self.books.database.write() as session:
            session.get_one(UserRow, self.people[who]).disabled = True

    def away(self, who: str) -> None:
        day = china_date(self.books.now).isoformat()
        set_absence(self.books.database, AbsenceForm(self.people[who], day, day, None), self.people[who], self.books.now)

    def seen_by(self, who: str) -> Turn:
        with self.books.database.read() as session:
            turn = turn_of(session, self.number, self.people[who], LEVELS[who], self.books.now)
        assert turn is not None
        return turn

    def blocked(self) -> tuple[list[str], list[tuple[str, int]]]:
        """What the team's view and the promises at risk mark."""
        now = self.books.now
        with self.books.database.read() as session:
            rows = team(session, "all", 0, now).rows
            seen = outlook(session, now)
            page = promises_page(session, PromiseFilter(), seen, now, now)
            assert promise_counts(session, seen, now, now).risk == len(page.rows)
        return [row.number for row in rows if row.blocked], [(row.number, row.blocked_step) for row in page.rows if row.blocked_step]


@pytest.fixture
def review(books: Books) -> Review:
    return Review(books)


def test_who_is_needed_above_leaves_the_first_level_to_a_colleague(review: Review) -> None:
    assert [review.seen_by(who).needed_later for who in review.people] == [False, True, True]
    assert [review.decide(who) for who in ("su", "qin", "xu")] == ["leaves-nobody", "leaves-nobody", "next-level"]
    assert [review.seen_by(who).needed_later for who in review.people] == [False, False, True]
    assert [review.decide(who) for who in ("qin", "su", "qin")] == ["leaves-nobody", "next-level", ""]
    assert review.blocked() == ([], []), "decided, and still on its way to its invoices"
    assert not review.seen_by("xu").blocked


def test_a_rejection_ends_it_whoever_is_needed_above(review: Review) -> None:
    review.decide("su", Verdict.REJECT)
    assert review.books.application(review.number).state == "rejected"


def test_an_old_screen_is_said_before_who_is_needed(review: Review) -> None:
    decision = ReviewDecision("d-1", review.people["su"], Verdict.APPROVE, 7)
    assert not review.reviews.decide(review.number, decision, review.books.now).taken
    note = review.books.note("d-1")
    assert note is not None
    assert note.code == "stale-version"


def test_who_is_away_comes_back_so_they_count(review: Review) -> None:
    review.away("xu")
    assert review.decide("su") == "leaves-nobody"
    assert review.seen_by("su").others_away is False, "the supervisor is here"
    review.away("qin")
    turn = review.seen_by("su")
    assert (turn.colleagues, turn.others_away, turn.blocked) == ((), True, False)
    assert review.blocked() == ([], [])


def test_with_too_few_people_altogether_approvals_count_and_the_blocked_level_is_told(review: Review) -> None:
    review.disable("xu")
    assert not review.seen_by("su").needed_later
    assert [review.decide(who) for who in ("su", "qin")] == ["next-level", "next-level"]
    assert review.blocked() == ([review.number], [(review.number, 3)])
    turn = review.seen_by("qin")
    assert (turn.why, turn.blocked, turn.colleagues, turn.others_away) == ("same-person", True, (), False)
    make_reviewer(review.books.database, role=Role.SUPERVISOR)
    assert review.blocked() == ([], [])
    assert not review.seen_by("qin").blocked


def test_what_is_blocked_and_past_its_promise_is_broken_and_not_at_risk(review: Review) -> None:
    review.disable("xu")
    review.decide("su")
    review.decide("qin")
    later = review.books.now + timedelta(days=30)
    with review.books.database.read() as session:
        seen = outlook(session, later)
        assert promises_page(session, PromiseFilter(), seen, later, later).rows == ()
        [row] = promises_page(session, PromiseFilter("broken"), seen, later, later).rows
    assert (row.number, row.blocked_step) == (review.number, 3)


def test_the_applicants_own_level_does_not_count(books: Books) -> None:
    review = Review(books, levels=2)
    review.disable("xu")
    with books.database.write() as session:
        session.get_one(ApplicationRow, review.number).applicant_id = review.people["qin"]
    assert review.decide("qin") == "own-application"
    assert review.decide("su") == "next-level", "too few whoever begins"
    assert review.blocked()[0] == [review.number]


@pytest.mark.parametrize("who", LEVELS)
def test_one_level_is_decided_by_anybody(books: Books, who: str) -> None:
    assert Review(books, levels=1).decide(who) == ""
