"""Making another version of the review policy. No version is ever changed; each is in the audit."""

from datetime import datetime

from sqlmodel import Session

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.free_text import free_text_problems
from domain.review_policy import REASON_LENGTH, ReviewPolicy, changes
from infra.audit import note_deed
from infra.database import Database, insert_once
from infra.queries.review_policy import current_policy
from infra.tables import ReviewPolicyRow


def set_policy(database: Database, policy: ReviewPolicy, reason: str, seen: int, by: int, now: datetime) -> int:
    """Make the version after the one that was `seen`, and give its number. The same figures again write nothing.

    Raises Refusal: reason-needed, reason-long (max), policy-changed (by, at, version) when somebody else was first.
    """
    reason = reason.strip()
    with database.write() as session:
        newest = current_policy(session)
        if newest.policy == policy:
            return newest.version
        if wrong := free_text_problems("reason", reason, REASON_LENGTH, blank="policy-reason-needed"):
            raise Refusal(*wrong)
        version = seen + 1
        values = {"version": version, "rules": policy.text, "made_at": now, "made_by": by, "reason": reason}
        if newest.version != seen or not insert_once(session, ReviewPolicyRow, values):
            raise Refusal(_was_first(session))
        changed = {each.field: [each.before, each.after] for each in changes(newest.policy, policy)}
        facts = {"version": version, "changed": changed}
        note_deed(session, by, AuditAction.REVIEW_POLICY_SET, f"review-policy:{version}", now, reason=reason, facts=facts)
        return version


def _was_first(session: Session) -> Problem:
    """Who made the version that counts now: read anew, as it may have come while this one waited."""
    session.expire_all()
    newest = current_policy(session)
    return Problem("version", "policy-changed", {"by": newest.by, "at": newest.made_at.isoformat(), "version": str(newest.version)})
