"""Who looks at an application just now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from infra.queries.scope import utc
from infra.tables import ReviewPresenceRow, UserRow

GONE_AFTER = timedelta(seconds=20)
"""A page renews its row every few seconds while it is seen; after so long without, nobody looks."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody who has the application open, and since when."""

    name: str
    since: datetime


def lookers(session: Session, number: str, except_for: int, now: datetime) -> tuple[Looking, ...]:
    """The others who look at it now, who came first first."""
    return lookers_of(session, [number], except_for, now).get(number, ())


def lookers_of(session: Session, numbers: Collection[str], except_for: int, now: datetime) -> Mapping[str, tuple[Looking, ...]]:
    """The same for many, by number."""
    row: Any = ReviewPresenceRow
    statement = (
        select(row.number, row.since, col(UserRow.name))
        .join(UserRow, col(UserRow.id) == row.person_id)
        .where(row.number.in_(numbers), row.person_id != except_for, row.seen_at > now - GONE_AFTER)
        .order_by(row.since, row.person_id)
    )
    found: dict[str, tuple[Looking, ...]] = {}
    for each in session.execute(statement):
        found[each.number] = (*found.get(each.number, ()), Looking(each.name, utc(each.since)))
    return found
