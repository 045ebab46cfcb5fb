"""Applications for lists, exports and their page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.errors import Problem
from domain.review_phrases import Phrase
from domain.split_choice import AS_FEW, SplitChoice, read_choice
from infra.consents import Consent, consents_of
from infra.queries.applying_again import records_again
from infra.queries.calendar import Calendar, calendar
from infra.queries.evidence import EvidenceSeen, evidence_of
from infra.queries.holding import Holding, reserves
from infra.queries.invoices import InvoiceSummary, invoices_of
from infra.queries.lives import LifeEvent, events_of
from infra.queries.material import MaterialRound, rounds_of
from infra.queries.promises import PromiseSeen, promise_seen
from infra.queries.receiver_seen import ReceiverSeen, receiver_seen
from infra.queries.review_phrases import chosen_phrase
from infra.queries.scope import Scope, utc, utc_or_none
from infra.queries.sign_offs import SignOffSeen, sign_off_of
from infra.queries.waiting_refunds import WaitingRefund, waiting_refunds
from infra.tables import ApplicationItemRow, ApplicationRow, ConsumptionRecordRow, InvoiceTemplateRow, UserRow

PAGE = 50
EXPORT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """Filters of the list, as they stand in the address."""

    state: str = ""
    kind: str = ""
    text: str = ""
    holds: Holding | None = None
    """Only those under way that have taken records of it."""
    after: tuple[datetime, str] | None = None
    """The last application of the page before: moment and number."""


@dataclass(frozen=True, slots=True)
class ApplicationSummary:
    """A line of the list. Amount in fen."""

    number: str
    state: str
    kind: str
    medium: str
    title_name: str
    amount_fen: int
    expedited: bool
    submitted_at: datetime
    promised_at: datetime | None
    promise_estimated: bool
    replaces: str


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    applications: tuple[ApplicationSummary, ...]
    older: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class Item:
    """A record that the application took."""

    service: str
    order_number: str
    day: Any
    rate_bp: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RecordName:
    """What people know a record by. Amount in fen."""

    service: str
    day: date
    gross_fen: int


@dataclass(frozen=True, slots=True)
class ApplicationDetail:
    """Everything its page shows."""

    summary: ApplicationSummary
    version: int
    title_tax_id: str
    applicant: str
    receiver: ReceiverSeen | None
    problems: tuple[Problem, ...]
    decided_at: datetime | None
    reason: str
    invoices: tuple[InvoiceSummary, ...]
    items: tuple[Item, ...]
    events: tuple[LifeEvent, ...]
    named: dict[str, RecordName]
    """The records its problems are about, by the problem's field `record-<id>`."""
    split: SplitChoice = AS_FEW
    seller_fen: int = 0
    """What marketplace sellers invoice of the same accounts and months, beside it."""
    template: tuple[str, str] | None = None
    """The industry template's name in Chinese and in English."""
    agreement_number: str = ""
    consents: tuple[Consent, ...] = ()
    """The editions of the texts it was made under."""
    files: tuple[EvidenceSeen, ...] = ()
    days: Calendar = field(default_factory=Calendar)
    """Today's, for what an expedite would bring."""
    refunds: tuple[WaitingRefund, ...] = ()
    """What came since and takes back of its orders."""
    sign_off: SignOffSeen | None = None
    """Its enterprise's own approval; None when none was asked for."""
    promise: PromiseSeen | None = None
    """Until when the review is promised, and why; None before it is."""
    phrase: Phrase | None = None
    """The ready phrase before `reason`."""
    rounds: tuple[MaterialRound, ...] = ()
    """What our review asked for, and what came."""
    again: tuple[int, ...] = ()
    """The records to apply for anew, when it ended in vain and they are not too many."""

    @property
    def asked(self) -> MaterialRound | None:
        """The round that waits for its customer."""
        return self.rounds[-1] if self.rounds and self.rounds[-1].is_open else None


def _columns() -> tuple[Any, ...]:
    row: Any = ApplicationRow
    return (
        row.number,
        row.state,
        row.kind,
        row.medium,
        row.title_name,
        row.amount_fen,
        row.expedited,
        row.submitted_at,
        row.promised_at,
        row.promise_estimated,
        row.replaces,
    )


def _summary(row: Any) -> ApplicationSummary:
    return ApplicationSummary(
        number=row.number,
        state=row.state,
        kind=row.kind,
        medium=row.medium,
        title_name=row.title_name,
        amount_fen=row.amount_fen,
        expedited=row.expedited,
        submitted_at=utc(row.submitted_at),
        promised_at=utc_or_none(row.promised_at),
        promise_estimated=row.promise_estimated,
        replaces=row.replaces,
    )


def applications_page(session: Session, scope: Scope, chosen: ApplicationFilter, limit: int = PAGE) -> ApplicationPage:
    """One page, newest first."""
    table: Any = ApplicationRow
    statement = scope.narrow(select(*_columns()), table)
    if chosen.state:
        statement = statement.where(table.state == chosen.state)
    if chosen.kind:
        statement = statement.where(table.kind == chosen.kind)
    if chosen.holds is not None:
        statement = statement.where(reserves(chosen.holds))
    if chosen.text:
        found = chosen.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(or_(table.number == chosen.text.upper(), table.title_name.like(f"%{found}%", escape="\\")))
    if chosen.after:
        moment, number = chosen.after
        statement = statement.where(or_(table.submitted_at < moment, (table.submitted_at == moment) & (table.number < number)))
    rows = session.execute(statement.order_by(table.submitted_at.desc(), table.number.desc()).limit(limit + 1)).all()
    shown = tuple(_summary(row) for row in rows[:limit])
    return ApplicationPage(shown, (shown[-1].submitted_at, shown[-1].number) if len(rows) > limit else None)


def application_detail(session: Session, scope: Scope, number: str) -> ApplicationDetail | None:
    """One application with its invoices and events; None when it is not there, or not the scope's."""
    table: Any = ApplicationRow
    extra = (
        table.version,
        table.title_tax_id,
        table.problems,
        table.decided_at,
        table.reason,
        table.reason_phrase,
        table.receiver_id,
        table.applicant_id,
        table.split,
        table.seller_fen,
        table.template_code,
        table.agreement_number,
    )
    row = session.execute(scope.narrow(select(*_columns(), *extra), table).where(table.number == number)).first()
    if row is None:
        return None
    applicant = session.execute(select(col(UserRow.name)).where(col(UserRow.id) == row.applicant_id)).scalar_one_or_none()
    files = evidence_of(session, number)
    rounds = rounds_of(session, number, files)
    problems = tuple(Problem(said["field"], said["code"], said.get("params", {})) for said in json.loads(row.problems))
    events = tuple(events_of(session, f"application:{number}"))
    return ApplicationDetail(
        summary=_summary(row),
        version=row.version,
        title_tax_id=row.title_tax_id,
        applicant=applicant or "",
        receiver=receiver_seen(session, row.receiver_id),
        problems=problems,
        decided_at=utc_or_none(row.decided_at),
        reason=row.reason,
        invoices=invoices_of(session, number),
        items=_items(session, number),
        events=events,
        named=_named(session, scope, [each.field for each in problems]),
        split=read_choice(row.split),
        seller_fen=row.seller_fen,
        template=_template(session, row.template_code),
        agreement_number=row.agreement_number,
        consents=consents_of(session, number) if scope.everybody else (),
        files=files,
        days=calendar(session),
        refunds=waiting_refunds(session, number),
        sign_off=sign_off_of(session, number),
        promise=promise_seen(session, row, events),
        phrase=chosen_phrase(session, row.reason_phrase),
        rounds=rounds,
        again=records_again(session, number, row.state),
    )


def _template(session: Session, code: str) -> tuple[str, str] | None:
    row = session.get(InvoiceTemplateRow, code) if code else None
    return (row.name_zh, row.name_en) if row is not None else None


def _named(session: Session, scope: Scope, fields: Sequence[str]) -> dict[str, RecordName]:
    """Service and day of the scope's records among the fields `record-<id>`; another's record has no name."""
    ids = {int(field.removeprefix("record-")) for field in fields if field.startswith("record-")}
    if not ids:
        return {}
    record: Any = ConsumptionRecordRow
    statement = scope.narrow(select(record.id, record.service, record.day, record.gross_fen), record).where(record.id.in_(ids))
    return {f"record-{row.id}": RecordName(row.service, row.day, row.gross_fen) for row in session.execute(statement)}


def _items(session: Session, number: str) -> tuple[Item, ...]:
    record: Any = ConsumptionRecordRow
    statement = (
        select(record.service, record.order_number, record.day, record.rate_bp, col(ApplicationItemRow.amount_fen))
        .join(ApplicationItemRow, col(ApplicationItemRow.record_id) == record.id)
        .where(col(ApplicationItemRow.application_number) == number)
        .order_by(record.day, record.id)
        .limit(1000)
    )
    return tuple(Item(row.service, row.order_number, row.day, row.rate_bp, row.amount_fen) for row in session.execute(statement))


def application_is_seen(session: Session, scope: Scope, number: str) -> bool:
    """Whether the scope has an application with this number."""
    table: Any = ApplicationRow
    return session.execute(scope.narrow(select(table.number), table).where(table.number == number)).first() is not None


def owner_of(session: Session, number: str) -> int | None:
    """The enterprise whose application has this number; None when none has."""
    statement = select(col(ApplicationRow.enterprise_id)).where(col(ApplicationRow.number) == number)
    return session.execute(statement).scalar_one_or_none()
