"""What customer service decides about titles: approve, refuse with the error named, clear an approved one on request."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.audit import AuditAction
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.tax_ids import check_tax_id
from domain.title_states import TitleRefusal, TitleState, Verified, differences, may_be_checked, may_follow
from domain.titles import text_problems
from infra.audit import note_deed
from infra.database import Database
from infra.tables import EnterpriseRow, TitleRow
from infra.titles import fingerprint, mend_default, party_of, shown_state, title_of, valid_tax_id, verified_of

REASON_LENGTH = 300


class Verdict(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class TitleDecision:
    """What a person decided on a page that showed the title with fingerprint `seen`. `note` is the reason written out."""

    verdict: Verdict
    seen: str
    reason: str = ""
    note: str = ""
    announced: bool = False
    """The page showed a new tax id announced for it, to be decided."""


def decide_title(database: Database, title_id: int, decision: TitleDecision, by: int, now: datetime) -> None:
    """Decide a title that waits, or the tax id announced for one.

    Raises UnknownTitle, and Refusal: title-changed (somebody else was first, or the customer), title-decided,
    title-announcement-withdrawn,
    choose-one, text-... for a reason written out, title-personal, and the code of a tax id that cannot be right.
    """
    with database.write() as session:
        row = title_of(session, None, title_id)
        today = china_date(now)
        announced = row.state == TitleState.APPROVED and bool(row.next_tax_id) and not row.next_tax_id_approved
        if row.state != TitleState.PENDING and not announced:
            withdrawn = decision.announced and not row.next_tax_id and not row.refusal
            raise Refusal(Problem("title", "title-announcement-withdrawn" if withdrawn else "title-decided"))
        if decision.seen != fingerprint(row):
            raise Refusal(Problem("title", "title-changed"))
        enterprise = session.get_one(EnterpriseRow, row.enterprise_id)
        reason = ""
        if decision.verdict is Verdict.APPROVE:
            _check_approval(row, verified_of(session, enterprise), announced=announced)
        else:
            reason = _reason(decision)
        subject = "announced" if announced else "submitted"
        if announced and decision.verdict is Verdict.APPROVE:
            row.next_tax_id_approved = True
        elif announced:
            row.next_tax_id, row.next_tax_id_from, row.refusal = "", None, reason
        else:
            _move(row, TitleState.APPROVED if decision.verdict is Verdict.APPROVE else TitleState.REFUSED)
            row.refusal = reason
        row.decided_by, row.decided_at = by, now
        session.add(row)
        session.flush()
        mend_default(session, row.enterprise_id)
        facts = {"verdict": decision.verdict, "of": subject, "state": shown_state(row, today), "reason": decision.reason}
        note_deed(
            session,
            by,
            AuditAction.DECIDE_TITLE,
            f"title:{title_id}",
            now,
            tenant=row.enterprise_id,
            reason=decision.note.strip(),
            facts=facts,
        )


def clear_title(database: Database, title_id: int, seen: str, reason: str, by: int, now: datetime) -> None:
    """Take back the approval of a title because its customer asked for it, who can then correct it and submit it anew.

    Raises UnknownTitle, and Refusal: text-... for the reason, title-changed, title-not-approved.
    """
    reason = reason.strip()
    with database.write() as session:
        row = title_of(session, None, title_id)
        problems = text_problems("reason", reason, REASON_LENGTH, least=2)
        if not may_follow(TitleState(row.state), TitleState.CLEARED):
            problems = (*problems, Problem("title", "title-not-approved"))
        elif seen != fingerprint(row):
            problems = (*problems, Problem("title", "title-changed"))
        if problems:
            raise Refusal(*problems)
        today = china_date(now)
        if row.next_tax_id_approved and valid_tax_id(row, today) == row.next_tax_id:
            row.tax_id = row.next_tax_id
        row.next_tax_id, row.next_tax_id_from, row.next_tax_id_approved = "", None, False
        _move(row, TitleState.CLEARED)
        row.refusal, row.is_default, row.default_for = f"{TitleRefusal.OTHER}: {reason}", False, ""
        row.decided_by, row.decided_at = by, now
        session.add(row)
        session.flush()
        mend_default(session, row.enterprise_id)
        note_deed(session, by, AuditAction.CLEAR_TITLE, f"title:{title_id}", now, tenant=row.enterprise_id, reason=reason)


def _check_approval(row: TitleRow, verified: Verified, *, announced: bool) -> None:
    """What even a person cannot approve: a tax id that is none, an enterprise's title for a personal account."""
    tax_id = row.next_tax_id if announced else row.tax_id
    finding = check_tax_id(tax_id)
    if finding.problem is not None:
        raise Refusal(finding.problem)
    found = differences(party_of(row), verified)
    if not may_be_checked(found):
        raise Refusal(*found)
    if not verified.done:
        raise Refusal(Problem("title", "title-not-verified"))


def _reason(decision: TitleDecision) -> str:
    """A reason of the list, and what was written beside it; `other` has to be written out."""
    if decision.reason not in tuple(TitleRefusal):
        raise Refusal(Problem("reason", "choose-one"))
    note = decision.note.strip()
    problems = text_problems("note", note, REASON_LENGTH, least=2 if decision.reason == TitleRefusal.OTHER else 0)
    if problems:
        raise Refusal(*problems)
    return f"{decision.reason}: {note}" if note else decision.reason


def _move(row: TitleRow, state: TitleState) -> None:
    if not may_follow(TitleState(row.state), state):
        raise Refusal(Problem("title", "title-decided"))
    row.state = state
