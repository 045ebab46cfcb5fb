"""Levels on the review desk: whose turn it is, claims, hand-overs, absences, and the supervisors' view of all of it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Role
from domain.messages import ReviewDecision
from domain.review_messages import HandOver, ReviewClaim
from infra.books.review import SqlReview
from infra.database import Database
from infra.tables import ApplicationRow, ReviewAbsenceRow, UserRow
from tests.web.conftest import NOW, PASSWORD, Clock, Visit, hashed
from tests.web.lives import REVIEWER, Lives, RecordingTemporal

SECOND, SUPERVISOR = 6, 7


@pytest.fixture
def lives(database: Database) -> Lives:
    """With a reviewer of level 2, and a supervisor."""
    with database.write() as session:
        people = ((SECOND, "second", "苏蔓", Role.REVIEWER, 2), (SUPERVISOR, "supervisor", "秦越", Role.SUPERVISOR, 1))
        for number, login, name, role, level in people:
            session.add(UserRow(id=number, login=login, name=name, role=role, level=level, password_hash=hashed(PASSWORD)))
    return Lives(database)


@pytest.fixture
def temporal(database: Database, clock: Clock) -> RecordingTemporal:
    """What the life does with a message of a review is done at once, by its own books."""
    books, made = SqlReview(database), RecordingTemporal()

    def answer(life: str, message: Any) -> None:
        number = life.partition(":")[2]
        if isinstance(message, ReviewDecision):
            books.decide(number, message, clock())
        elif isinstance(message, ReviewClaim):
            books.claim(number, message, clock())
        elif isinstance(message, HandOver):
            books.hand_over(number, message, clock())

    made.answer = answer
    return made


def at_level(database: Database, number: str, level: int) -> str:
    with database.write() as session:
        session.get_one(ApplicationRow, number).level = level
    return number


def row_of(database: Database, number: str) -> ApplicationRow:
    with database.read() as session:
        return session.get_one(ApplicationRow, number)


def key() -> str:
    return str(uuid.uuid4())


def approval(version: int = 1) -> dict[str, Any]:
    return {"verdict": "approve", "key": key(), "version": str(version)}


async def test_each_level_needs_somebody_else_and_the_page_says_whose_turn_it_is(visit: Visit, lives: Lives) -> None:
    number = at_level(lives.database, lives.application(), 2)
    first, second = await visit("reviewer"), await visit("second")
    assert "Level 1 of 2" in (await first.get(f"/review/{number}")).text
    answer = await first.post_form(f"/review/{number}/decision", approval())
    assert "Approved on this level" in (await first.get(answer.headers["location"])).text
    page = (await first.get(f"/review/{number}")).text
    assert "You did level 1; level 2 needs someone else." in page
    assert 'value="approve"' not in page
    page = (await second.get(f"/review/{number}")).text
    assert "Level 2 of 2" in page
    assert "Level 1: 沈知夏 approved" in page
    assert 'value="approve"' in page


@pytest.mark.parametrize(
    ("language", "leave", "nobody"),
    [
        ("en", "Leave this level to a colleague: you are needed for a higher one.", "Nobody can decide level 3"),
        ("zh", "这一级请由同事审核：更高一级需要您。", "无人可审第 3 级"),
    ],
)
async def test_who_is_needed_above_is_told_and_may_still_reject(visit: Visit, lives: Lives, language: str, leave: str, nobody: str) -> None:
    number = at_level(lives.database, lives.application(), 3)
    second, supervisor = await visit("second", language), await visit("supervisor", language)
    page = (await second.get(f"/review/{number}")).text
    assert leave in page
    assert 'value="approve"' not in page
    assert 'value="reject"' in page
    answer = await second.post_form(f"/review/{number}/decision", approval())
    assert leave in (await second.get(answer.headers["location"])).text.split('id="deciding"')[0]
    assert row_of(lives.database, number).review_step == 1
    first = (await (await visit("reviewer", language)).get(f"/review/{number}")).text
    assert leave not in first
    assert 'value="approve"' in first
    assert nobody not in (await supervisor.get("/review/team")).text
    with lives.database.write() as session:
        session.get_one(UserRow, REVIEWER).disabled = True
    for version, browser in enumerate((second, supervisor), start=1):
        assert leave not in (await browser.get(f"/review/{number}")).text
        await browser.post_form(f"/review/{number}/decision", approval(version))
    for path in ("/review/team", "/desk/promises", f"/review/{number}"):
        assert nobody in (await supervisor.get(path)).text, path


async def test_that_nobody_else_can_is_not_put_down_to_today(visit: Visit, lives: Lives) -> None:
    number = at_level(lives.database, lives.application(), 3)
    with lives.database.write() as session:
        session.get_one(ApplicationRow, number).review_step = 3
    page = (await (await visit("supervisor")).get(f"/review/{number}")).text
    assert "Nobody else can decide this level." in page
    assert "here today" not in page


async def test_who_is_below_the_level_reads_it_and_can_hand_it_over(visit: Visit, lives: Lives) -> None:
    number = at_level(lives.database, lives.application(), 3)
    with lives.database.write() as session:
        session.get_one(ApplicationRow, number).review_step = 2
    browser = await visit("reviewer")
    page = (await browser.get(f"/review/{number}")).text
    assert "Level 2 is asked; yours is Level 1." in page
    assert "苏蔓 · Level 2" in page
    assert "秦越 · Supervisor" in page
    answer = await browser.post_form(f"/review/{number}/hand-over", {"key": key(), "to": str(SECOND), "why": "金额较大"})
    assert "Handed over; the history says to whom." in (await browser.get(answer.headers["location"])).text
    assert row_of(lives.database, number).claimed_by == SECOND
    assert "Handed over to 苏蔓: 金额较大" in (await browser.get(f"/review/{number}")).text


async def test_what_somebody_took_another_leaves_until_it_is_released(visit: Visit, lives: Lives, clock: Clock) -> None:
    number = lives.application()
    first, second, supervisor = await visit("reviewer"), await visit("second"), await visit("supervisor")
    await first.post_form(f"/review/{number}/claim", {"key": key()})
    assert "Yours until" in (await first.get(f"/review/{number}")).text
    page = (await second.get(f"/review/{number}")).text
    assert "沈知夏 has had it since" in page
    assert 'value="approve"' not in page
    answer = await second.post_form(f"/review/{number}/decision", approval())
    assert "Somebody else has taken it" in (await second.get(answer.headers["location"])).text
    assert 'value="approve"' in (await supervisor.get(f"/review/{number}")).text
    await first.post_form(f"/review/{number}/claim", {"key": key(), "release": "true"})
    assert row_of(lives.database, number).claimed_by is None
    assert 'value="approve"' in (await second.get(f"/review/{number}")).text
    await first.post_form(f"/review/{number}/claim", {"key": key()})
    clock.moment += timedelta(minutes=31)
    assert 'value="approve"' in (await (await visit("second")).get(f"/review/{number}")).text


async def test_a_hand_over_needs_a_person_who_can_and_a_reason(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = at_level(lives.database, lives.application(), 2)
    browser = await visit("reviewer")
    sent = {"key": key(), "to": "5", "why": ""}  # the operator
    answer = await browser.post_form(f"/review/{number}/hand-over", sent)
    assert answer.status_code == 422
    assert "Choose who gets it." in answer.text
    assert "Say why: whoever gets it reads this." in answer.text
    long = await browser.post_form(f"/review/{number}/hand-over", {**sent, "to": str(SECOND), "why": "长" * 501})
    assert long.status_code == 422
    assert f'value="{SECOND}" selected' in long.text
    assert temporal.signals == []
    assert (await browser.post_form("/review/KP-261120-99999999/claim", {"key": key()})).status_code == 404


@pytest.mark.parametrize(("show", "shown"), [("mine", {"mine"}), ("free", {"free", "second"}), ("level", {"mine", "free"})])
async def test_the_queue_is_filtered_by_who_has_it(visit: Visit, lives: Lives, show: str, shown: set[str]) -> None:
    numbers = {name: lives.application() for name in ("mine", "free", "second")}
    books = SqlReview(lives.database)
    books.claim(numbers["mine"], ReviewClaim("k-1", REVIEWER), NOW)
    at_level(lives.database, numbers["second"], 2)
    with lives.database.write() as session:
        session.get_one(ApplicationRow, numbers["second"]).review_step = 2
    browser = await visit("reviewer")
    page = (await browser.get(f"/review?show={show}")).text
    assert {name for name, number in numbers.items() if f'href="/review/{number}?' in page} == shown
    everything = (await browser.get("/review")).text
    assert "now level 2" in everything
    assert "沈知夏</span>" in everything


# Absences


def away(**more: str) -> dict[str, str]:
    return {"first_day": "2026-11-20", "last_day": "2026-11-24", "substitute": str(SECOND), "note": "年假", **more}


async def test_who_goes_away_gives_what_they_have_to_their_substitute_and_all_see_it(visit: Visit, lives: Lives) -> None:
    taken, later = lives.application(), lives.application()
    books = SqlReview(lives.database)
    books.claim(taken, ReviewClaim("k-1", REVIEWER), NOW - timedelta(minutes=5))
    browser, second = await visit("reviewer"), await visit("second")
    assert (await browser.post_form("/review/absences", away())).headers["location"] == "/review/absences?done=set"
    assert row_of(lives.database, taken).claimed_by == SECOND
    assert "沈知夏 is away: 苏蔓 stands in" in (await second.get(f"/review/{taken}")).text
    page = (await second.get("/review/absences")).text
    assert "away today" in page
    assert "年假" in page
    # What is handed to them goes to who stands in, and says so.
    books.hand_over(later, HandOver("h-1", SUPERVISOR, REVIEWER, "按客户分"), NOW)
    assert row_of(lives.database, later).claimed_by == SECOND
    assert "Handed over to 苏蔓, who stands in for 沈知夏: 按客户分" in (await second.get(f"/review/{later}")).text
    assert "Nobody else who is here today can decide this level." in (await (await visit("supervisor")).get(f"/review/{later}")).text


async def test_only_oneself_and_supervisors_end_an_absence(visit: Visit, lives: Lives) -> None:
    browser, second = await visit("reviewer"), await visit("second")
    await browser.post_form("/review/absences", away())
    with lives.database.read() as session:
        assert session.get_one(ReviewAbsenceRow, 1).person == REVIEWER
    assert (await second.post_form("/review/absences/1/end", {})).status_code == 404
    assert (await (await visit("supervisor")).post_form("/review/absences/1/end", {})).status_code == 303
    assert (await browser.post_form("/review/absences/1/end", {})).status_code == 404
    assert "Everybody is here" in (await browser.get("/review/absences")).text


async def test_a_reviewer_says_it_of_nobody_else(visit: Visit, lives: Lives) -> None:
    await (await visit("second")).post_form("/review/absences", away(person=str(REVIEWER), substitute=""))
    await (await visit("supervisor")).post_form("/review/absences", away(person=str(REVIEWER), substitute=""))
    with lives.database.read() as session:
        assert [session.get_one(ReviewAbsenceRow, number).person for number in (1, 2)] == [SECOND, REVIEWER]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"first_day": "24.11."}, "This is no day."),
        ({"last_day": "2026-11-19"}, "The last day cannot be before the first one."),
        ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "These days are over."),
        ({"last_day": "2028-11-24"}, "At most 366 days."),
        ({"substitute": str(REVIEWER)}, "Nobody stands in for themselves."),
        ({"substitute": "5"}, "The substitute needs at least the same level."),
        ({"note": "长" * 201}, "At most 200 characters."),
    ],
)
async def test_an_absence_that_cannot_be_is_refused_with_what_was_typed(
    visit: Visit, lives: Lives, more: dict[str, str], said: str
) -> None:
    answer = await (await visit("reviewer")).post_form("/review/absences", away(**more))
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{away(**more)["first_day"]}"' in answer.text
    with lives.database.read() as session:
        assert session.get(ReviewAbsenceRow, 1) is None


async def test_a_substitute_who_is_away_as_well_has_to_be_meant(visit: Visit, lives: Lives) -> None:
    await (await visit("second")).post_form("/review/absences", away(substitute=str(SUPERVISOR)))
    browser = await visit("reviewer")
    answer = await browser.post_form("/review/absences", away())
    assert answer.status_code == 422
    assert "苏蔓 is away from 2026-11-20 to 2026-11-24; 秦越 would stand in then." in answer.text
    assert (await browser.post_form("/review/absences", away(chained="true"))).status_code == 303
    number = lives.application()
    SqlReview(lives.database).hand_over(number, HandOver("h-1", SUPERVISOR, REVIEWER, "分派"), NOW)
    assert row_of(lives.database, number).claimed_by == SUPERVISOR
    again = await browser.post_form("/review/absences", away(first_day="2026-11-22", substitute=""))
    assert "There is an absence from 2026-11-20 to 2026-11-24 already." in again.text


# The supervisors' view


async def test_the_team_view_says_who_has_what_since_when(visit: Visit, lives: Lives) -> None:
    supervisor = await visit("supervisor")
    assert "Nothing is open" in (await supervisor.get("/review/team")).text
    held, free = lives.application(at=NOW - timedelta(hours=3)), at_level(lives.database, lives.application(), 2)
    SqlReview(lives.database).claim(held, ReviewClaim("k-1", REVIEWER), NOW - timedelta(minutes=10))
    page = (await supervisor.get("/review/team")).text
    assert page.index(held) < page.index(free)
    assert "Level 1 of 2" in page
    only = (await supervisor.get(f"/review/team?stage=held&person={REVIEWER}")).text
    assert held in only
    assert free not in only
    assert "Nothing fits this filter" in (await supervisor.get("/review/team?stage=material")).text
    lines = (await supervisor.get("/review/team.csv?stage=held")).text.splitlines()
    assert len(lines) == 2
    assert "沈知夏" in lines[1]
    assert (await (await visit("second")).get("/review/team")).status_code == 404


async def test_several_are_handed_over_at_once_after_a_preview(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    numbers = [lives.application() for _ in range(3)]
    SqlReview(lives.database).claim(numbers[0], ReviewClaim("k-1", REVIEWER), NOW)
    supervisor = await visit("supervisor")
    assert "Tick at least one application." in (await supervisor.post_form("/review/team", {"action": "release"})).text
    form = {"number": numbers, "action": "hand-over", "to": str(SECOND), "why": "今天人手紧"}
    preview = await supervisor.post_form("/review/team", form)
    assert "This goes to 苏蔓 · Level 2" in preview.text
    assert temporal.signals == []
    sent = {**form, "key": key()}
    for _ in range(2):  # the form sent twice moves them once
        done = await supervisor.post_form("/review/team", sent)
        assert "3 of 3 moved." in (await supervisor.get(done.headers["location"])).text
    assert [row_of(lives.database, number).claimed_by for number in numbers] == [SECOND] * 3
    release = {"number": numbers, "action": "release"}
    assert "Nobody has it" in (await supervisor.post_form("/review/team", release)).text
    await supervisor.post_form("/review/team", {**release, "key": key()})
    assert [row_of(lives.database, number).claimed_by for number in numbers] == [None] * 3
