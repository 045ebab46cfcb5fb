"""What a reviewer can decide next, against the rule that the page shows, on both kinds of database."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete

from domain.access import Role
from domain.review_levels import level_of
from infra.database import Database
from infra.people import Person
from infra.queries.review_levels import turn_of
from infra.queries.review_queue import next_to_decide
from infra.tables import ApplicationRow, ReviewDecisionRow
from tests.factories import make_customer, make_reviewer
from tests.infra.books.test_queue_order import ONES, One, expected, fill
from tests.promises import PEAK, PLAIN


@pytest.fixture
def team(database: Database) -> list[Person]:
    """One of each level."""
    ids = [make_reviewer(database), make_reviewer(database, level=2), make_reviewer(database, role=Role.SUPERVISOR)]
    roles = [(Role.REVIEWER, 1), (Role.REVIEWER, 2), (Role.SUPERVISOR, 1)]
    return [
        Person(id_, f"r{id_}", "审", role, None, None, "", "", verified=True, csrf_token="", level=level)
        for id_, (role, level) in zip(ids, roles, strict=True)
    ]


def scatter(session: Session, numbers: list[str], team: list[Person], data: st.DataObject) -> None:
    """Steps, earlier decisions, claims that run or are over, and one of the team as the applicant, drawn for each."""
    session.execute(delete(ReviewDecisionRow))
    for number in numbers:
        row = session.get_one(ApplicationRow, number)
        row.level = row.review_step = data.draw(st.integers(1, 3))
        for step in range(1, row.review_step):
            by = team[data.draw(st.integers(0, 2))].id
            session.add(
                ReviewDecisionRow(application_number=number, step=step, by=by, verdict="approve", version=1, key=f"{step}", at=PLAIN)
            )
        claimed = data.draw(st.integers(-1, 2))
        if claimed >= 0:
            row.claimed_by, row.claimed_at = team[claimed].id, PLAIN
            row.claimed_until = max(PLAIN, PEAK) + timedelta(hours=data.draw(st.sampled_from([-900, 1])))
        if data.draw(st.integers(0, 5)) == 0:
            row.applicant_id = team[data.draw(st.integers(0, 2))].id


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=ONES, fair=st.booleans(), data=st.data())
def test_the_next_case_is_the_next_in_the_queue_that_this_person_may_decide(
    database: Database, team: list[Person], ones: list[One], fair: bool, data: st.DataObject
) -> None:
    now = PEAK if fair else PLAIN
    with database.write() as session:
        session.execute(delete(ReviewDecisionRow))
    rows = fill(database, [make_customer(database, name=f"公司 {number}") for number in range(3)], ones)
    order = expected(rows, fair=fair)
    with database.write() as session:
        scatter(session, order, team, data)
    with database.read() as session:
        for me in team:
            level = level_of(me.role, me.level)
            turns = {number: turn_of(session, number, me.id, level, now) for number in order}
            mine = [number for number, turn in turns.items() if turn and not turn.why and (turn.holder is None or turn.is_mine)]
            for place, number in enumerate(order):
                others = [each for each in order[place + 1 :] + order[:place] if each in mine]
                assert next_to_decide(session, "all", now, number, me) == (others[0] if others else "")
            assert next_to_decide(session, "all", now, "KP-261121-99999999", me) == (mine[0] if mine else "")
