"""Making another version of the plan of peaks. No version is ever changed; each is in the audit."""

from datetime import datetime

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.free_text import free_text_problems
from domain.peak import PeakPlan, typed_plan
from infra.audit import note_deed
from infra.database import Database, insert_once
from infra.queries.peak import plan_versions
from infra.tables import PeakPlanRow

REASON_LENGTH = 500


def set_peak_plan(database: Database, plan: PeakPlan, reason: str, seen: int, by: int, now: datetime) -> int:
    """Make the version after the one that was `seen`, and give its number. The same plan again writes nothing.

    Raises Refusal: policy-reason-needed, reason-long (max), peak-changed (by, version) when somebody else was first.
    """
    reason = reason.strip()
    with database.write() as session:
        newest = plan_versions(session, 1)[0]
        if newest.plan == plan:
            return newest.version
        if wrong := free_text_problems("reason", reason, REASON_LENGTH, blank="policy-reason-needed"):
            raise Refusal(*wrong)
        values = {"version": seen + 1, "rules": plan.text, "made_at": now, "made_by": by, "reason": reason}
        if newest.version != seen or not insert_once(session, PeakPlanRow, values):
            session.expire_all()
            first = plan_versions(session, 1)[0]
            raise Refusal(Problem("version", "peak-changed", {"by": first.by, "version": str(first.version)}))
        was, typed = typed_plan(newest.plan), typed_plan(plan)
        changed = {name: [was[name], value] for name, value in typed.items() if was[name] != value}
        facts = {"version": seen + 1, "changed": changed}
        note_deed(session, by, AuditAction.PEAK_PLAN_SET, f"peak-plan:{seen + 1}", now, reason=reason, facts=facts)
        return seen + 1
