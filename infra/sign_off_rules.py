"""The rule by which an enterprise signs off its applications: its master sets it, and makes its OA's secret (feature 23)."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from domain.access import Role
from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.sign_off import SignOffMode, SignOffRule, rule_problems
from infra.audit import note_deed
from infra.books.sign_off_talk import secret_name
from infra.books.sign_offs import rule_of
from infra.database import Database
from infra.factor_keys import FactorKeys, UnreadableFactor
from infra.oa import address_problem
from infra.queries.scope import utc_or_none
from infra.tables import SignOffRuleRow, UserRow


@dataclass(frozen=True, slots=True)
class SignOffPerson:
    """Somebody who can be named."""

    id: int
    name: str
    is_master: bool


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """`version` goes back with a change, so that two tabs are noticed; 0 while there is no rule."""

    rule: SignOffRule = field(default_factory=SignOffRule)
    version: int = 0
    secret_made_at: datetime | None = None


def rule_seen(session: Session, enterprise_id: int) -> RuleSeen:
    row = session.get(SignOffRuleRow, enterprise_id)
    return RuleSeen(rule_of(row), row.version, utc_or_none(row.secret_made_at)) if row is not None else RuleSeen()


def people_to_name(session: Session, enterprise_id: int) -> list[SignOffPerson]:
    """The enterprise's people who can sign in, masters first."""
    rows = session.exec(select(UserRow).where(UserRow.enterprise_id == enterprise_id)).all()
    found = [SignOffPerson(row.id, row.name, row.role == Role.CUSTOMER_MASTER) for row in rows if not row.disabled and row.id is not None]
    return sorted(found, key=lambda each: (not each.is_master, each.name, each.id))


def set_rule(
    database: Database, keys: FactorKeys, enterprise_id: int, by: int, rule: SignOffRule, version: int, now: datetime, *, development: bool
) -> str:
    """Keep a rule; what waits already goes on by the old one. Gives the OA's new secret, or nothing when it has one or needs none.

    Raises Refusal: those of `rule_problems` and `address_problem`, rule-changed.
    """
    with database.write() as session:
        problems = list(rule_problems(rule, {person.id for person in people_to_name(session, enterprise_id)}))
        if rule.mode is SignOffMode.OA:
            problems += filter(None, [address_problem(rule.oa_url, development=development)])
        row = session.get(SignOffRuleRow, enterprise_id, with_for_update=True)
        if (row.version if row is not None else 0) != version:
            problems.append(Problem("mode", "rule-changed"))
        if problems:
            raise Refusal(*problems)
        if row is None:
            row = SignOffRuleRow(enterprise_id=enterprise_id, mode=rule.mode, days=rule.days, version=0, changed_at=now, changed_by=by)
        _write(row, rule, by, now)
        session.add(row)
        facts: dict[str, object] = {"mode": str(rule.mode), "levels": json.loads(row.levels), "days": rule.days}
        if rule.mode is SignOffMode.OA:
            facts |= {"oa_url": rule.oa_url, "oa_from_fen": rule.oa_from_fen}
        note_deed(session, by, AuditAction.SIGN_OFF_RULE, f"enterprise:{enterprise_id}", now, tenant=enterprise_id, facts=facts)
        if rule.mode is SignOffMode.OA and not row.oa_secret:
            return _new_secret(session, keys, row, by, now)
        return ""


def _write(row: SignOffRuleRow, rule: SignOffRule, by: int, now: datetime) -> None:
    row.mode, row.days = rule.mode, rule.days
    if rule.mode is SignOffMode.PEOPLE:
        row.levels = json.dumps([{"from_fen": level.from_fen, "people": sorted(level.people)} for level in rule.levels])
    if rule.mode is SignOffMode.OA:
        row.oa_url, row.oa_from_fen = rule.oa_url, rule.oa_from_fen
    row.version += 1
    row.changed_at, row.changed_by = now, by


def new_secret(database: Database, keys: FactorKeys, enterprise_id: int, by: int, now: datetime) -> str:
    """Another secret; the one before signs nothing any more. Raises Refusal oa-not-set without an OA."""
    with database.write() as session:
        row = session.get(SignOffRuleRow, enterprise_id, with_for_update=True)
        if row is None or row.mode != SignOffMode.OA:
            raise Refusal(Problem("mode", "oa-not-set"))
        return _new_secret(session, keys, row, by, now)


def _new_secret(session: Session, keys: FactorKeys, row: SignOffRuleRow, by: int, now: datetime) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row.oa_secret, row.secret_made_at = keys.seal_text(secret, secret_name(row.enterprise_id)), now
    row.version += 1
    session.add(row)
    subject = f"enterprise:{row.enterprise_id}"
    note_deed(session, by, AuditAction.OA_SECRET_MADE, subject, now, tenant=row.enterprise_id)
    return secret


def oa_secret_of(session: Session, keys: FactorKeys, enterprise_id: int) -> str:
    """The secret that signs an OA's callbacks; empty without one."""
    row = session.get(SignOffRuleRow, enterprise_id)
    return keys.open_text(row.oa_secret, secret_name(enterprise_id)) if row is not None and row.oa_secret else ""


def seal_secrets(database: Database, keys: FactorKeys) -> tuple[int, list[int]]:
    """Seal the secret of every OA with the newest key. Gives how many were sealed, and the enterprises whose secret no key opens."""
    sealed, unreadable = 0, []
    with database.write() as session:
        for row in session.exec(select(SignOffRuleRow).where(SignOffRuleRow.oa_secret != "").with_for_update()):
            try:
                stored = keys.renewed_text(row.oa_secret, secret_name(row.enterprise_id))
            except UnreadableFactor:
                unreadable.append(row.enterprise_id)
                continue
            if stored != row.oa_secret:
                row.oa_secret, sealed = stored, sealed + 1
                session.add(row)
    return sealed, unreadable
