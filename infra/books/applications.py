"""The books of an application (`domain.books.ApplicationBooks`) on the database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from domain.invoices import InvoiceKind, Medium
from domain.lifecycle import ApplicationState, InvoiceState
from domain.material import wanted_by_alarm
from domain.messages import ApplicationRequest, Expedite, Findings, InvoiceOrder, Note, Policy, Reservation, ReviewDecision
from domain.review import automatic_review, read_checks, written_checks
from domain.review_policy import Level
from domain.splitting import PlannedInvoice
from infra.books.ending import end_application
from infra.books.items import items_of, lock_records
from infra.books.life import Fact, answer, application_life, invoice_life, tell
from infra.books.material import asked_by_alarm, begin_round
from infra.books.plans import plan_of, write_check_value
from infra.books.reservation import reserve
from infra.books.review_facts import review_facts
from infra.check_keys import CheckKeys
from infra.database import Database
from infra.promises import same_day
from infra.queries.calendar import calendar
from infra.queries.queue_standing import standing_of
from infra.queries.review_phrases import kept_code
from infra.queries.review_policy import current_policy
from infra.queries.scope import utc_or_none
from infra.tables import (
    ApplicationItemRow,
    ApplicationRow,
    InvoiceLineRow,
    InvoiceRow,
)


class SqlApplications:
    """Rows of applications, their items and invoices; one transaction a call.

    `missing_characters` says what of a text cannot be printed: that is refused before the bureau issues, not after. Without
    `check_keys` no application can follow an industry template.
    """

    def __init__(self, database: Database, missing_characters: Callable[[str], set[str]], check_keys: CheckKeys | None = None) -> None:
        self._database = database
        self._missing_characters = missing_characters
        self._check_keys = check_keys or CheckKeys()

    def reserve(self, request: ApplicationRequest, now: datetime, run: str = "") -> Reservation:
        return reserve(self._database, request, now, self._missing_characters, keys_there=bool(self._check_keys), run=run)

    def check(self, number: str, policy: Policy, now: datetime) -> Findings:
        with self._database.write() as session:
            application = _locked(session, number)
            if application.policy_version is not None:
                kept = read_checks(application.findings)
                raised = tuple(check.code for check in kept if check.raised)
                return Findings(raised, application.level == Level.NONE, application.level, asked_by_alarm(session, number))
            counting = current_policy(session)
            weights = counting.policy
            if policy.automatic_approval_up_to_fen > weights.automatic_up_to_fen:
                weights = replace(weights, automatic_up_to_fen=policy.automatic_approval_up_to_fen)
            assessment = automatic_review(review_facts(session, application, policy, weights, now), weights)
            application.findings = written_checks(assessment.checks)
            application.score, application.level = assessment.score, assessment.level
            application.policy_version = counting.version
            session.add(application)
            tell(session, application_life(number), "checked", "checked", now, facts={"count": len(assessment.raised)})
            wanted = wanted_by_alarm(assessment.checks) if weights.alarm_asks else ()
            asked = begin_round(session, application, wanted, "", None, policy.material_working_days, now) if wanted else None
            return Findings(assessment.raised, assessment.passes, int(assessment.level), asked)

    def note(self, note: Note, now: datetime) -> None:
        with self._database.write() as session:
            answer(session, note, now)

    def expedite(self, number: str, message: Expedite, policy: Policy, now: datetime) -> datetime:
        with self._database.write() as session:
            application = _locked(session, number)
            facts: dict[str, Fact] = {}
            if not application.expedited:
                days = calendar(session)
                promise = same_day(days, now, policy)
                standing = standing_of(session, number, promise.due_at, now)
                if standing is not None:
                    facts = {"passed": standing.passed.count, "passed_today": standing.passed.due_today}
                application.expedited = True
                before = utc_or_none(application.promised_at)
                if before is None or promise.due_at < before:
                    application.promised_at, application.promise_estimated = promise.due_at, promise.estimated
                application.calendar_version = days.version
                session.add(application)
            promised_at = utc_or_none(application.promised_at) or now
            life = application_life(number)
            answer(session, Note(life, message.key, "expedite", message.by, taken=True), now)
            tell(session, life, "expedited", "expedited", now, by=message.by, facts={"moment": promised_at.isoformat(), **facts})
            return promised_at

    def mark_overdue(self, number: str, promised_at: datetime, now: datetime) -> datetime | None:
        with self._database.write() as session:
            promise = utc_or_none(_locked(session, number).promised_at)
            if promise is not None and promise > promised_at:
                return promise
            tell(session, application_life(number), "overdue", "overdue", now)
            return None

    def approve(self, number: str, decision: ReviewDecision | None, policy: Policy, now: datetime) -> tuple[InvoiceOrder, ...]:
        with self._database.write() as session:
            application = _locked(session, number)
            if application.state == ApplicationState.REVIEWING:
                self._freeze(session, application, policy, now)
                application.state = ApplicationState.ISSUING
                application.decided_at = now
                application.decided_by = decision.by if decision else None
                application.reason = decision.reason if decision else ""
                application.reason_phrase = kept_code(session, decision.phrase) if decision else ""
                application.version += 1
                session.add(application)
                life = application_life(number)
                by = decision.by if decision else None
                if decision is not None:
                    answer(session, Note(life, decision.key, "approve", decision.by, taken=True, reason=decision.reason), now)
                tell(session, life, "approved", "approved", now, by=by)
                session.flush()
            rows = session.exec(
                select(InvoiceRow).where(InvoiceRow.application_number == number).order_by(func.length(InvoiceRow.id), col(InvoiceRow.id))
            ).all()
            return tuple(_order(row, application, policy) for row in rows)

    def _freeze(self, session: Session, application: ApplicationRow, policy: Policy, now: datetime) -> None:
        items = items_of(session, application=application.number)
        plan = plan_of(application, items, lock_records(session, (item.record_id for item in items)), policy)
        for position, invoice in enumerate(plan, start=1):
            _write_invoice(session, self._check_keys, application, f"{application.number}-{position}", invoice, now)
        _assign(session, application.number, plan)
        facts = {"count": len(plan), "amount_fen": sum(invoice.total_fen for invoice in plan)}
        tell(session, application_life(application.number), "split", "split", now, facts=facts)

    def end(self, number: str, state: ApplicationState, note: Note | None, now: datetime) -> None:
        with self._database.write() as session:
            end_application(session, number, state, note, now)


def _locked(session: Session, number: str) -> ApplicationRow:
    return session.exec(select(ApplicationRow).where(ApplicationRow.number == number).with_for_update()).one()


def _write_invoice(
    session: Session, keys: CheckKeys, application: ApplicationRow, invoice_id: str, plan: PlannedInvoice, now: datetime
) -> None:
    invoice = InvoiceRow(
        id=invoice_id,
        application_number=application.number,
        enterprise_id=application.enterprise_id,
        account_id=application.account_id,
        entity=plan.entity,
        rate_bp=plan.rate_bp,
        kind=application.kind,
        medium=application.medium,
        state=InvoiceState.ISSUING,
        net_fen=plan.net_fen,
        tax_fen=plan.tax_fen,
        total_fen=plan.total_fen,
        created_at=now,
        replaces=_replaced_by_this(session, application, plan),
    )
    write_check_value(session, keys, application, invoice)
    session.add(invoice)
    session.flush()
    for position, line in enumerate(plan.lines, start=1):
        session.add(
            InvoiceLineRow(
                invoice_id=invoice_id,
                position=position,
                name=line.name,
                category=line.category,
                classification_code=line.classification_code,
                specification=line.specification,
                unit=line.unit,
                quantity="1",
                net_fen=line.net_fen,
                tax_fen=line.tax_fen,
                rate_bp=line.rate_bp,
            )
        )
    tell(session, invoice_life(invoice_id), "queued", "queued", now, facts={"amount_fen": plan.total_fen})


def _replaced_by_this(session: Session, application: ApplicationRow, plan: PlannedInvoice) -> str:
    """A reissue's invoice takes the place of the returned one of the same entity and rate."""
    if not application.replaces:
        return ""
    replaced = session.get(InvoiceRow, application.replaces)
    same = replaced is not None and (replaced.entity, replaced.rate_bp) == (plan.entity, plan.rate_bp)
    return application.replaces if same else ""


def _assign(session: Session, number: str, plan: tuple[PlannedInvoice, ...]) -> None:
    """Write into the items which invoice took them; a record that the limit cut gets a part for each of its invoices."""
    by_record = {item.record_id: item for item in items_of(session, application=number)}
    parts: dict[int, int] = dict.fromkeys(by_record, 0)
    for position, invoice in enumerate(plan, start=1):
        for taken in invoice.taken:
            item = by_record[taken.record_id]
            parts[taken.record_id] += 1
            if parts[taken.record_id] == 1:
                item.invoice_id, item.amount_fen = f"{number}-{position}", taken.amount_fen
                session.add(item)
            else:
                session.add(
                    ApplicationItemRow(
                        application_number=number,
                        record_id=taken.record_id,
                        part=parts[taken.record_id],
                        amount_fen=taken.amount_fen,
                        invoice_id=f"{number}-{position}",
                    )
                )
    session.flush()


def _order(row: InvoiceRow, application: ApplicationRow, policy: Policy) -> InvoiceOrder:
    return InvoiceOrder(
        invoice_id=row.id,
        application_number=row.application_number,
        enterprise_id=row.enterprise_id,
        entity=row.entity,
        kind=InvoiceKind(row.kind),
        medium=Medium(row.medium),
        total_fen=row.total_fen,
        expedited=application.expedited,
        replaces=row.replaces,
        policy=policy,
    )
