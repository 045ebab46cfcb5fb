"""The review policy: the version that counts, those before it, and what another one would have done with past applications."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.review import assess, read_checks
from domain.review_policy import Change, Level, ReviewPolicy, changes, read_policy
from infra.queries.scope import utc
from infra.tables import ApplicationRow, ReviewPolicyRow, UserRow

PREVIEWED = 200
VERSIONS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version: who made it, when and why. `by` is empty of the one that Kaipiao came with."""

    version: int
    policy: ReviewPolicy
    made_at: datetime
    by: str = ""
    reason: str = ""
    changed: tuple[Change, ...] = ()
    """What it changed of the version before it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy makes of the newest applications whose checks are kept: how many there are, and how many come to each level."""

    applications: int
    now: Mapping[Level, int]
    """As they were reviewed, or with the policy that counts now where that was before there was one."""
    then: Mapping[Level, int]

    def people(self, levels: Mapping[Level, int]) -> int:
        """How many of them go to people."""
        return sum(count for level, count in levels.items() if level is not Level.NONE)


def current_policy(session: Session) -> PolicyVersion:
    """The newest version; it counts for checks that run now."""
    (newest,) = _versions(session, 1)
    return newest


def policy_version(session: Session, version: int) -> PolicyVersion | None:
    """One version, without what it changed."""
    row = session.get(ReviewPolicyRow, version)
    return None if row is None else PolicyVersion(row.version, read_policy(row.rules), utc(row.made_at), reason=row.reason)


def policy_versions(session: Session) -> tuple[PolicyVersion, ...]:
    """The newest versions, each with what it changed."""
    return _versions(session, VERSIONS_SHOWN)


def preview(session: Session, policy: ReviewPolicy) -> Preview:
    """Weigh the kept checks of the last applications anew: by outcome, as they were found then."""
    row: Any = ApplicationRow
    kept = select(row.findings, row.amount_fen, row.level, row.policy_version).where(row.findings != "[]")
    counting = current_policy(session).policy
    now: Counter[Level] = Counter()
    then: Counter[Level] = Counter()
    for found in session.execute(kept.order_by(row.number.desc()).limit(PREVIEWED)):
        checks = read_checks(found.findings)
        was = found.level if found.policy_version is not None else assess(checks, found.amount_fen, counting).level
        now[Level(was)] += 1
        then[assess(checks, found.amount_fen, policy).level] += 1
    return Preview(now.total(), now, then)


def _versions(session: Session, most: int) -> tuple[PolicyVersion, ...]:
    row: Any = ReviewPolicyRow
    statement = select(row, col(UserRow.name)).outerjoin(UserRow, col(UserRow.id) == row.made_by).order_by(row.version.desc())
    found = session.execute(statement.limit(most + 1)).all()
    policies = [read_policy(each.rules) for each, _ in found]
    versions = []
    for place, (each, name) in enumerate(found[:most]):
        before = policies[place + 1] if place + 1 < len(policies) else policies[place]
        changed = changes(before, policies[place])
        versions.append(PolicyVersion(each.version, policies[place], utc(each.made_at), name or "", each.reason, changed))
    return tuple(versions)
