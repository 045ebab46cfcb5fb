"""Whose turn a review is: the level asked now, who said what before, who has it, and what keeps a person from deciding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import china_date
from domain.lifecycle import ApplicationState
from domain.review_levels import why_not
from domain.review_policy import Level
from infra.books.reviewers import is_needed_later, left_for
from infra.queries.lives import LifeEvent
from infra.queries.review_absences import Colleague, away_on, colleagues
from infra.queries.scope import utc
from infra.tables import ApplicationRow, ReviewDecisionRow, UserRow


@dataclass(frozen=True, slots=True)
class Said:
    """A decision on a level."""

    step: int
    by_id: int
    by: str
    verdict: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the application to themselves, since when and until when."""

    id: int
    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """`step` of `levels` is asked now. `why` is the code of what keeps the viewer from deciding now; empty when nothing does.

    Codes: own-application, same-person, level-too-low, claimed-by-other, awaiting-material, over.
    """

    step: int
    levels: int
    said: tuple[Said, ...]
    holder: Holder | None
    why: str
    viewer: int
    supervises: bool
    colleagues: tuple[Colleague, ...]
    """Who could decide instead, for a hand-over: here today, right level, and not its holder or the viewer."""
    needed_later: bool
    """The viewer may decide now, but an approval is refused: a level above needs them, and somebody else can do this one."""
    others_away: bool
    """Nobody of `colleagues` is left only because they are away today."""
    blocked: bool
    """Nobody of ours can decide the level that is asked, today or later."""

    @property
    def is_mine(self) -> bool:
        return self.holder is not None and self.holder.id == self.viewer

    @property
    def can_claim(self) -> bool:
        return not self.why and not self.is_mine

    @property
    def can_release(self) -> bool:
        return self.holder is not None and (self.is_mine or self.supervises)

    @property
    def can_hand_over(self) -> bool:
        """Also who may not decide it: a reviewer who opened it and sees that it is for another."""
        return self.why not in {"over", "awaiting-material"} and (self.holder is None or self.can_release)

    @property
    def done_by_viewer(self) -> int:
        """The level that the viewer decided; 0 for none."""
        return next((each.step for each in self.said if each.by_id == self.viewer), 0)


def turn_of(session: Session, number: str, viewer: int, level: Level, now: datetime) -> Turn | None:
    """The application's turn as somebody of a level sees it; None when there is no such application."""
    row = session.get(ApplicationRow, number)
    if row is None:
        return None
    said = _said(session, number)
    holder = _holder(session, row, now)
    decided = [each.by_id for each in said]
    why = why_not(viewer, level, step=row.review_step, applicant=row.applicant_id, decided=decided)
    if row.state == ApplicationState.AWAITING_MATERIAL:
        why = "awaiting-material"
    elif row.state != ApplicationState.REVIEWING:
        why = "over"
    elif not why and holder is not None and holder.id != viewer and level is not Level.SUPERVISOR:
        why = "claimed-by-other"
    asked = {person for person, own in left_for(session, row).items() if own >= row.review_step}
    keeps = {viewer, holder.id if holder else 0}
    others = tuple(each for each in able(session, row, decided, now) if each.id not in keeps)
    return Turn(
        step=max(row.review_step, 1),
        levels=max(row.level, 1) if row.review_step else 1,
        said=said,
        holder=holder,
        why=why,
        viewer=viewer,
        supervises=level is Level.SUPERVISOR,
        colleagues=others,
        needed_later=not why and is_needed_later(session, row, viewer),
        others_away=not others and not asked <= keeps,
        blocked=why != "over" and not asked and all(each.step != row.review_step for each in said),
    )


def able(session: Session, row: ApplicationRow, decided: Sequence[int], now: datetime) -> tuple[Colleague, ...]:
    """Who is here today and could decide next."""
    away = away_on(session, china_date(now))
    return tuple(
        each
        for each in colleagues(session)
        if each.id not in away and not why_not(each.id, each.level, step=row.review_step, applicant=row.applicant_id, decided=decided)
    )


def with_names(session: Session, events: Sequence[LifeEvent], names: Mapping[int, str]) -> tuple[LifeEvent, ...]:
    """Events of hand-overs with the names of whom they speak, for staff: `to_name`, `meant_name`."""
    ids = {event.facts[key] for event in events for key in ("to", "meant") if isinstance(event.facts.get(key), int)} - set(names)
    person: Any = UserRow
    known = {**names, **{row.id: row.name for row in session.execute(select(person.id, person.name).where(person.id.in_(ids)))}}

    def named(event: LifeEvent) -> LifeEvent:
        more = {f"{key}_name": known.get(event.facts[key], "") for key in ("to", "meant") if key in event.facts}
        return replace(event, facts={**event.facts, **more})

    return tuple(named(event) for event in events)


def _said(session: Session, number: str) -> tuple[Said, ...]:
    row: Any = ReviewDecisionRow
    found = session.execute(
        select(row.step, row.by, row.verdict, row.reason, row.at, col(UserRow.name).label("name"))
        .join(UserRow, col(UserRow.id) == row.by)
        .where(row.application_number == number)
        .order_by(row.step)
    )
    return tuple(Said(each.step, each.by, each.name, each.verdict, each.reason, utc(each.at)) for each in found)


def _holder(session: Session, row: ApplicationRow, now: datetime) -> Holder | None:
    if row.claimed_by is None or row.claimed_at is None or row.claimed_until is None or utc(row.claimed_until) <= now:
        return None
    return Holder(row.claimed_by, session.get_one(UserRow, row.claimed_by).name, utc(row.claimed_at), utc(row.claimed_until))
