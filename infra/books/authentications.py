"""The books of a real-name authentication (`domain.books.AuthenticationBooks`) on the database."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, select

from domain.audit import AuditAction
from domain.authentication import (
    AuthenticationKind,
    AuthenticationState,
    IdentityCheck,
    IdentityFacts,
    Submission,
    automatic_checks,
    raised,
)
from domain.books import Addressee
from domain.calendar import china_date
from domain.messages import Findings, Note, Policy
from infra.audit import note_deed
from infra.books.life import answer, authentication_life, tell
from infra.database import Database, insert_once
from infra.queries.calendar import calendar
from infra.tables import AuthenticationRow, EnterpriseRow, LifeEventRow, NoticeRow, UserRow
from infra.titles import approve_what_is_verified

_EVENTS = {
    AuthenticationState.APPROVED: "identity-approved",
    AuthenticationState.REFUSED: "identity-refused",
    AuthenticationState.WITHDRAWN: "identity-withdrawn",
    AuthenticationState.LAPSED: "identity-lapsed",
}


class SqlAuthentications:
    """Rows of authentications; one transaction a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, number: str, now: datetime) -> Findings:
        with self._database.write() as session:
            row = _locked(session, number)
            facts = IdentityFacts(_submission(row), china_date(now), bool(row.picture), _used_by(session, row))
            checks = automatic_checks(facts)
            if row.state == AuthenticationState.SUBMITTED:
                row.state = AuthenticationState.CHECKING
                row.checks = _written(checks)
                session.add(row)
            tell(session, authentication_life(number), "identity-checked", "identity-checked", now, facts={"count": len(raised(checks))})
            return Findings(raised(checks))

    def picture(self, number: str) -> tuple[str, Submission]:
        with self._database.read() as session:
            row = session.get_one(AuthenticationRow, number)
            return row.picture, _submission(row)

    def record_picture(self, number: str, checks: Sequence[IdentityCheck], now: datetime) -> Findings:
        with self._database.write() as session:
            row = _locked(session, number)
            if row.state == AuthenticationState.CHECKING:
                codes = {check.code for check in checks}
                before = [IdentityCheck(**each) for each in json.loads(row.checks) if each["code"] not in codes]
                row.checks = _written([*before, *checks])
                session.add(row)
            if checks:
                tell(session, authentication_life(number), "picture-read", "picture-read", now, facts={"count": len(raised(checks))})
            return Findings(raised(checks))

    def await_person(self, number: str, policy: Policy, now: datetime) -> datetime:
        with self._database.write() as session:
            row = _locked(session, number)
            if row.state == AuthenticationState.CHECKING:
                row.state = AuthenticationState.WAITING
                session.add(row)
            due_at = calendar(session).promise(now, policy.review_working_days, policy.promise_hour).due_at
            life, key = authentication_life(number), "identity-waiting"
            if tell(session, life, key, key, now, facts={"moment": due_at.isoformat()}):
                return due_at
            first = session.exec(select(LifeEventRow.facts).where(LifeEventRow.life == life, LifeEventRow.key == key)).one()
            return datetime.fromisoformat(json.loads(first)["moment"])

    def mark_overdue(self, number: str, now: datetime) -> None:
        with self._database.write() as session:
            tell(session, authentication_life(number), "identity-overdue", "identity-overdue", now)

    def end(self, number: str, state: AuthenticationState, note: Note | None, now: datetime) -> None:
        with self._database.write() as session:
            row = _locked(session, number)
            if not AuthenticationState(row.state).is_final:
                row.state = state
                row.version += 1
                row.decided_at = now
                if state in (AuthenticationState.APPROVED, AuthenticationState.REFUSED) and note is not None:
                    row.decided_by, row.reason = note.by, note.reason
                session.add(row)
                if state is AuthenticationState.APPROVED:
                    _verify(session, row, now)
                by = note.by if note else None
                tell(session, authentication_life(number), _EVENTS[state], _EVENTS[state], now, by=by)
                note_deed(
                    session,
                    by,
                    AuditAction(f"authentication-{state}"),
                    authentication_life(number),
                    now,
                    tenant=row.enterprise_id,
                    reason=note.reason if note else "",
                    facts={"kind": row.kind},
                )
            if note is not None:
                answer(session, note, now)

    def addressee(self, number: str) -> Addressee:
        with self._database.read() as session:
            row = session.get_one(AuthenticationRow, number)
            person = session.get_one(UserRow, row.submitted_by)
            return Addressee(row.email, row.phone, person.locale, number, row.name, row.kind, AuthenticationState(row.state), row.reason)

    def record_notice(self, notice_id: str, number: str, channel: str, sent_to: str, now: datetime) -> None:
        with self._database.write() as session:
            life = authentication_life(number)
            values = {"id": notice_id, "life": life, "channel": channel, "sent_to": sent_to, "sent_at": now}
            if insert_once(session, NoticeRow, values):
                tell(session, life, notice_id, "mailed" if channel == "mail" else "texted", now)

    def was_sent(self, notice_id: str) -> bool:
        with self._database.read() as session:
            return session.get(NoticeRow, notice_id) is not None


def _locked(session: Session, number: str) -> AuthenticationRow:
    return session.exec(select(AuthenticationRow).where(AuthenticationRow.number == number).with_for_update()).one()


def _submission(row: AuthenticationRow) -> Submission:
    return Submission(row.kind, row.name, row.licence_number, row.legal_person, row.contact, row.phone, row.email)


def _written(checks: Sequence[IdentityCheck]) -> str:
    return json.dumps([asdict(check) for check in checks], ensure_ascii=False)


def _used_by(session: Session, row: AuthenticationRow) -> str:
    """The name of another verified customer with this number. A person's number stands in the authentication alone."""
    statement = (
        select(EnterpriseRow.name)
        .where(EnterpriseRow.verified, EnterpriseRow.id != row.enterprise_id, EnterpriseRow.tax_id == row.licence_number)
        .limit(1)
    )
    if row.kind == AuthenticationKind.PERSONAL:
        statement = (
            select(EnterpriseRow.name)
            .join(AuthenticationRow, col(AuthenticationRow.enterprise_id) == col(EnterpriseRow.id))
            .where(
                EnterpriseRow.verified,
                EnterpriseRow.id != row.enterprise_id,
                EnterpriseRow.kind == AuthenticationKind.PERSONAL,
                AuthenticationRow.state == AuthenticationState.APPROVED,
                AuthenticationRow.licence_number == row.licence_number,
            )
            .limit(1)
        )
    return session.exec(statement).first() or ""


def _verify(session: Session, row: AuthenticationRow, now: datetime) -> None:
    """The customer is who it said. A person's identity number is no tax id, and stays out of every other row."""
    enterprise = session.get_one(EnterpriseRow, row.enterprise_id, with_for_update=True)
    enterprise.verified = True
    enterprise.name = row.name
    enterprise.kind = row.kind
    enterprise.tax_id = "" if row.kind == AuthenticationKind.PERSONAL else row.licence_number
    session.add(enterprise)
    session.flush()
    approve_what_is_verified(session, row.enterprise_id, now)
