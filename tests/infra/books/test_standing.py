"""Where the database says that a record stands, and why the rules say it cannot be ticked, are the same thing."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from domain.calendar import china_date
from domain.eligibility import TICKABLE, Standing, why_not
from infra.books.expiry import expire
from infra.books.reservation_problems import facts_of
from infra.tables import ConsumptionRecordRow
from tests.infra.books.conftest import Books

REASONS = {
    Standing.FREE: None,
    Standing.HELD: None,
    Standing.EXPIRED: "past-time-limit",
    Standing.WAITING: "waits-for-its-original",
    Standing.BOUND: "comes-with-its-original",
    Standing.SELLER: "invoiced-by-seller",
    Standing.ASSISTED: "outside-self-service",
    Standing.RESERVED: "already-reserved",
    Standing.INVOICED: "already-invoiced",
    Standing.NOTHING: "nothing-to-invoice",
}
NEVER_OPEN = {Standing.WAITING, Standing.BOUND, Standing.SELLER, Standing.ASSISTED}
"""Standings for which it does not matter whether the month is open."""


def test_every_standing_has_its_reason_and_every_reason_its_standing(books: Books) -> None:
    """Every combination of what a row can say is stored and asked both ways."""
    original = books.record(10**9)
    ids = []
    for amount, seller, assisted, bound in product((100, 0, -100), ("", "s"), ("", "a"), (False, True)):
        if amount >= 0 and bound:
            continue
        ids += [books.record(amount, seller=seller, original_id=original if bound else None) for _ in range(4)]
        for number, record in enumerate(ids[-4:]):
            taken = {"reserved_fen": amount if number == 1 else 0, "invoiced_fen": amount if number == 2 else 0}
            if number == 3 and amount > 0:
                taken["held_fen"] = amount
            with books.database.write() as session:
                session.execute(
                    update(ConsumptionRecordRow).where(col(ConsumptionRecordRow.id) == record).values(assisted=assisted, **taken)
                )
    seen = set()
    today = china_date(books.now)
    with books.database.read() as session:
        for record in ids:
            row = session.get_one(ConsumptionRecordRow, record)
            standing = Standing(row.standing or "")
            seen.add(standing)
            reason, closed = (why_not(facts_of(row, opened=opened, taken_by="KP"), today) for opened in (True, False))
            assert (reason.code if reason else None) == REASONS[standing], (standing, row)
            assert (standing in TICKABLE) == (reason is None)
            assert closed is not None
            assert (closed.code == "month-not-charged") == (standing not in NEVER_OPEN)
    assert seen == set(Standing) - {Standing.EXPIRED}


@pytest.mark.parametrize("ago", [150, 190])
def test_the_night_expires_exactly_what_the_rules_call_too_old(books: Books, ago: int) -> None:
    today = china_date(books.now)
    record = books.record(day=today - timedelta(days=ago))
    assert expire(books.database, today, 10) == (1 if ago == 190 else 0)
    with books.database.read() as session:
        standing = session.exec(select(ConsumptionRecordRow.standing).where(ConsumptionRecordRow.id == record)).one()
        reason = why_not(facts_of(session.get_one(ConsumptionRecordRow, record), opened=True), today)
    assert (standing, reason.code if reason else None) == (("expired", "past-time-limit") if ago == 190 else ("free", None))
    assert books.violations() == {}
