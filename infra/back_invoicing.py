"""Requests for back-invoicing: customers ask, supervisors decide. A row and a desk, no life of its own (decision 0014)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.back_invoicing import KIND, MOST_RECORDS, State, Verdict, decision_problems, reason_problems
from domain.calendar import china_date
from domain.eligibility import earliest_day_by_approval
from domain.errors import Problem, Refusal
from domain.numbers import is_drawn_number
from infra.audit import note_deed
from infra.books.back_invoicing import carry_out
from infra.database import Database, insert_once
from infra.queries.back_invoicing import expired_months
from infra.queries.consumption import chosen_records
from infra.queries.scope import Scope
from infra.tables import BackInvoicingRecordRow, BackInvoicingRow


class UnknownRequest(Exception):
    """Not there, or not for this person."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer typed: a whole month, or (without one) some records. `number` was drawn with the form and is the key."""

    number: str
    period: str
    record_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor typed; `version` is the request's as it was seen."""

    verdict: Verdict
    until: date
    reason: str
    version: int


def ask(database: Database, scope: Scope, asked: Asked, by: int, now: datetime) -> None:
    """Keep a request. The same number again changes nothing.

    Raises UnknownRequest for a number of somebody else's, and Refusal: back-number, back-reason-needed, back-reason-long, back-nothing,
    back-many, back-open (number), back-not-expired, and for records those of `domain.eligibility.why_not`.
    """
    problems = list(reason_problems(asked.reason))
    if not is_drawn_number(KIND, asked.number):
        problems.append(Problem("number", "back-number"))
    today = china_date(now)
    assert scope.enterprise_id is not None  # noqa: S101 (only customers ask)
    with database.write() as session:
        if request_is_there(session, scope, asked.number):
            return
        amount, wrong = _amount(session, scope, asked, today)
        problems += wrong
        if asked.period and not wrong:
            problems += _already(session, scope, asked.period)
        if problems:
            raise Refusal(*problems)
        values = {
            "number": asked.number,
            "enterprise_id": scope.enterprise_id,
            "account_id": scope.account_id,
            "asked_by": by,
            "asked_at": now,
            "period": asked.period,
            "reason": asked.reason.strip(),
            "amount_fen": amount,
            "state": State.ASKED,
            "version": 1,
            "decision_reason": "",
        }
        if not insert_once(session, BackInvoicingRow, values):  # the same form, sent at the same moment
            return
        if not asked.period:
            session.add_all([BackInvoicingRecordRow(number=asked.number, record_id=each) for each in sorted(set(asked.record_ids))])


def request_is_there(session: Session, scope: Scope, number: str) -> bool:
    """Whether a form with this number was taken before. Raises UnknownRequest when the number is somebody else's."""
    row = session.get(BackInvoicingRow, number)
    if row is not None and not _sees(scope, row):
        raise UnknownRequest(number)
    return row is not None


def _sees(scope: Scope, row: BackInvoicingRow) -> bool:
    if scope.everybody:
        return True
    return row.enterprise_id == scope.enterprise_id and (scope.account_id is None or row.account_id == scope.account_id)


def _amount(session: Session, scope: Scope, asked: Asked, today: date) -> tuple[int, list[Problem]]:
    """Fen that are past their limit of what is asked for, and what of it cannot be granted."""
    if asked.period:
        found = {month.period: month for month in expired_months(session, scope, today)}
        month = found.get(asked.period)
        if month is None:
            return 0, [Problem("period", "back-not-expired")]
        return month.amount_fen, [] if month.grantable else [Problem("period", "past-one-year")]
    if not asked.record_ids:
        return 0, [Problem("period", "back-nothing")]
    if len(asked.record_ids) > MOST_RECORDS:
        return 0, [Problem("records", "back-many", {"max": str(MOST_RECORDS)})]
    seen = {record.id: record for record in chosen_records(session, scope, asked.record_ids, today)}
    problems = []
    for identity in sorted(set(asked.record_ids)):
        record = seen.get(identity)
        if record is None:
            problems.append(Problem(f"record-{identity}", "unknown-record"))
        elif record.why_not is None:
            problems.append(Problem(f"record-{identity}", "back-not-expired"))
        elif record.why_not.code != "past-time-limit" or record.day < earliest_day_by_approval(today):
            problems.append(record.why_not)
    return sum(record.group_fen for record in seen.values()), problems


def _already(session: Session, scope: Scope, period: str) -> list[Problem]:
    row = BackInvoicingRow
    same = select(col(row.number)).where(col(row.enterprise_id) == scope.enterprise_id, col(row.period) == period)
    number = session.execute(
        same.where(col(row.state) == State.ASKED, col(row.account_id).is_not_distinct_from(scope.account_id)).limit(1)
    ).scalar_one_or_none()
    return [Problem("period", "back-open", {"number": number})] if number else []


def withdraw(database: Database, scope: Scope, number: str, version: int, now: datetime) -> None:
    """The customer takes a request back. Raises UnknownRequest, and Refusal: back-decided."""
    with database.write() as session:
        row = _locked(session, scope, number, version)
        row.state, row.decided_at = State.WITHDRAWN, now
        row.version += 1
        session.add(row)


def decide(database: Database, number: str, decision: Decision, by: int, now: datetime) -> int:
    """Grant or refuse; says how many records can be invoiced again. Raises UnknownRequest, and Refusal.

    Codes: back-refusal-needed, back-reason-long, back-until, back-decided when somebody was first or the customer took it back.
    """
    problems = decision_problems(decision.verdict, decision.reason, decision.until, china_date(now))
    if problems:
        raise Refusal(*problems)
    granted = decision.verdict is Verdict.GRANT
    with database.write() as session:
        row = _locked(session, Scope(None, everybody=True), number, decision.version)
        row.state = State.GRANTED if granted else State.REFUSED
        row.decided_at, row.decided_by, row.decision_reason = now, by, decision.reason.strip()
        row.extended_to = decision.until if granted else None
        row.version += 1
        session.add(row)
        if granted:
            _note(session, row, AuditAction.BACK_INVOICING_GRANTED, by, now, until=decision.until.isoformat())
        else:
            _note(session, row, AuditAction.BACK_INVOICING_REFUSED, by, now)
    return carry_out(database, number, now) if granted else 0


def _note(session: Session, row: BackInvoicingRow, action: AuditAction, by: int, now: datetime, **more: str) -> None:
    facts = {"amount_fen": row.amount_fen, "period": row.period, **more}
    note_deed(session, by, action, f"back-invoicing:{row.number}", now, tenant=row.enterprise_id, reason=row.decision_reason, facts=facts)


def _locked(session: Session, scope: Scope, number: str, version: int) -> BackInvoicingRow:
    row = session.get(BackInvoicingRow, number, with_for_update=True)
    if row is None or not _sees(scope, row):
        raise UnknownRequest(number)
    if row.state != State.ASKED or row.version != version:
        raise Refusal(Problem("request", "back-decided"))
    return row
