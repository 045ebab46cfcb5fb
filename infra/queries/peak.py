"""The plan of peaks: the version that counts, those before it, and whether a peak is on."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import china_date
from domain.peak import REACH, Peak, PeakPlan, read_plan
from infra.queries.calendar import calendar
from infra.queries.scope import utc
from infra.tables import PeakPlanRow, UserRow

VERSIONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version of the plan; 0 is the one that Kaipiao comes with."""

    version: int = 0
    plan: PeakPlan = field(default_factory=PeakPlan)
    by: str = ""
    made_at: datetime | None = None
    reason: str = ""


def plan_versions(session: Session, most: int = VERSIONS_SHOWN) -> tuple[PlanVersion, ...]:
    """The newest first; the last is the one that Kaipiao comes with, when it is among them."""
    row: Any = PeakPlanRow
    statement = select(row, col(UserRow.name)).join(UserRow, col(UserRow.id) == row.made_by).order_by(row.version.desc()).limit(most)
    found = [
        PlanVersion(each.version, read_plan(each.rules), name, utc(each.made_at), each.reason) for each, name in session.execute(statement)
    ]
    return (*found, PlanVersion()) if len(found) < most else tuple(found)


def current_plan(session: Session) -> PeakPlan:
    rules = session.execute(select(col(PeakPlanRow.rules)).order_by(col(PeakPlanRow.version).desc()).limit(1)).scalar_one_or_none()
    return PeakPlan() if rules is None else read_plan(rules)


def peaks_between(session: Session, plan: PeakPlan, first: date, last: date) -> tuple[Peak, ...]:
    """The peaks of a plan that touch these days, by the calendar of today."""
    return plan.peaks(first, last, calendar(session).days(first - REACH, last + REACH))


def peak_now(session: Session, now: datetime) -> Peak | None:
    """The peak that is on, by the plan that counts."""
    today = china_date(now)
    return current_plan(session).peak_on(today, calendar(session).days(today - REACH, today + REACH))
