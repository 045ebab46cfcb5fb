"""What changes beside a case while a reviewer looks at it: who else looks, whether it is decided, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.lifecycle import UNDECIDED
from infra.books.life import application_life
from infra.people import Person
from infra.queries.evidence import evidence_mark, evidence_of
from infra.queries.presence import Looking, lookers
from infra.queries.review_queue import next_to_decide
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow, LifeEventRow, UserRow


@dataclass(frozen=True, slots=True)
class Decided:
    """How a review ended: the state, when, and who did it; `by` is empty of the policy and of what ended by itself."""

    state: str
    at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Beside:
    """`stamp` changes when what is decided about does; `ahead` and its stamp are those of the next case that the viewer can decide."""

    number: str
    stamp: str
    decided: Decided | None
    lookers: tuple[Looking, ...]
    ahead: str
    ahead_stamp: str


def beside_of(session: Session, number: str, show: str, me: Person, now: datetime) -> Beside | None:
    """None when there is no application of this number."""
    row = session.get(ApplicationRow, number)
    if row is None:
        return None
    ahead = next_to_decide(session, show, now, number, me)
    next_row = session.get(ApplicationRow, ahead) if ahead else None
    return Beside(
        number=number,
        stamp=_stamp(session, row),
        decided=decided_of(session, row),
        lookers=lookers(session, number, me.id, now),
        ahead=ahead,
        ahead_stamp=_stamp(session, next_row) if next_row is not None else "",
    )


def decided_of(session: Session, row: ApplicationRow) -> Decided | None:
    """How the review of this application ended; None while it goes on."""
    if row.state in UNDECIDED:
        return None
    if row.decided_at is not None:
        decider = session.get(UserRow, row.decided_by) if row.decided_by is not None else None
        return Decided(row.state, utc(row.decided_at), decider.name if decider is not None else "")
    event: Any = LifeEventRow
    told = select(event.at, col(UserRow.name)).outerjoin(UserRow, col(UserRow.id) == event.by)
    kinds = (row.state, f"material-{row.state}", f"sign-off-{row.state}")
    found = session.execute(told.where(event.life == application_life(row.number), event.kind.in_(kinds))).first()
    return Decided(row.state, utc_or_none(found.at) if found else None, (found.name or "") if found else "")


def _stamp(session: Session, row: ApplicationRow) -> str:
    """What is decided about: another version, other files, or somebody who has claimed it since."""
    return f"{row.version}.{row.state}.{evidence_mark(evidence_of(session, row.number))}.{row.claimed_by or ''}"
