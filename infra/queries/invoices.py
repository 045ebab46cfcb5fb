"""Invoices for lists and their page: face, documents, delivery, parcels, and the chain of what replaced what."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.calendar import china_date
from domain.split_choice import AS_FEW, OwnLine, SplitBy, SplitChoice, letter, line_id, read_choice
from infra.books.issuing import lines_of
from infra.queries.holding import Holding, invoiced
from infra.queries.lives import LifeEvent, events_of
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import (
    ApplicationItemRow,
    ApplicationRow,
    EntityRow,
    InvoiceLineRow,
    InvoiceRow,
    NoticeRow,
    ParcelEventRow,
    ParcelRow,
)

PAGE = 50
SOON_S, LATER_S = 2, 15


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    state: str = ""
    medium: str = ""
    text: str = ""
    holds: Holding | None = None
    """Only valid ones that have records of it."""
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class InvoiceSummary:
    """A line of a list. `number` is empty until the tax bureau gave one. Amounts in fen."""

    id: str
    number: str
    application_number: str
    title_name: str
    entity: str
    rate_bp: int
    kind: str
    medium: str
    state: str
    delivery: str
    return_state: str
    net_fen: int
    tax_fen: int
    total_fen: int
    created_at: datetime
    issued_at: datetime | None
    issued_on: date | None
    window_closes_at: datetime | None
    has_documents: bool
    replaces: str
    red_number: str
    has_red_documents: bool

    @property
    def is_open_for_correction(self) -> bool:
        return self.state == "issued" and self.return_state in {"none", "requested", "original-here"}

    @property
    def renew_s(self) -> int:
        """After how many seconds a page that shows it should look again; 0 when nothing more comes by itself.

        Our own steps take seconds; a parcel, or the other half of a return, takes days.
        """
        if self.red_number:
            return 0 if self.has_red_documents else SOON_S
        if self.state == "issuing" or (self.state == "issued" and (self.delivery == "pending" or self.return_state == "reversing")):
            return SOON_S
        waits = self.state == "parked" or (self.state == "issued" and (self.delivery == "in-transit" or self.return_state != "none"))
        return LATER_S if waits else 0


@dataclass(frozen=True, slots=True)
class InvoicePage:
    invoices: tuple[InvoiceSummary, ...]
    older: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class InvoiceLineShown:
    name: str
    category: str
    unit: str
    quantity: str
    rate_bp: int
    net_fen: int
    tax_fen: int


@dataclass(frozen=True, slots=True)
class ParcelShown:
    waybill: str
    state: str
    created_at: datetime
    events: tuple[tuple[str, str, datetime], ...]
    """State, place, moment; newest first."""


@dataclass(frozen=True, slots=True)
class Link:
    """One invoice of a chain, blue or red. A red one carries its negative amount."""

    invoice_id: str
    number: str
    is_red: bool
    on: date | None
    total_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where the original of a paper invoice is sent back to."""

    recipient: str
    address: str
    postcode: str
    phone: str


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A mail or SMS that told of the invoice. `id` names it for whoever may see the whole address (`infra/reveals.py`)."""

    id: str
    by_mail: bool
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """Everything its page shows."""

    summary: InvoiceSummary
    entity_name: str
    seller_tax_id: str
    title_tax_id: str
    title_id: int
    account_id: int
    receiver_id: int
    enterprise_id: int
    record_ids: tuple[int, ...]
    refusal_code: str
    parked_reason: str
    pdf_sha256: str
    xml_sha256: str
    red_pdf_sha256: str
    red_xml_sha256: str
    red_issued_at: datetime | None
    return_reason: str
    return_requested_at: datetime | None
    original_received_at: datetime | None
    return_address: ReturnAddress
    agreement_number: str
    check_value: str
    """What an industry template put into the remarks; empty without one."""
    agreement_id: int
    reissue_split: SplitChoice
    """What keeps the lines of this invoice as they are, on one invoice."""
    lines: tuple[InvoiceLineShown, ...]
    sent: tuple[SentNotice, ...]
    parcels: tuple[ParcelShown, ...]
    chain: tuple[Link, ...]
    events: tuple[LifeEvent, ...]


def _columns() -> Any:
    row: Any = InvoiceRow
    return (
        row.id,
        row.number,
        row.application_number,
        col(ApplicationRow.title_name),
        row.entity,
        row.rate_bp,
        row.kind,
        row.medium,
        row.state,
        row.delivery,
        row.return_state,
        row.net_fen,
        row.tax_fen,
        row.total_fen,
        row.created_at,
        row.issued_at,
        row.issued_on,
        row.window_closes_at,
        row.pdf_sha256,
        row.replaces,
        row.red_number,
        row.red_pdf_sha256,
    )


def _summary(row: Any) -> InvoiceSummary:
    return InvoiceSummary(
        id=row.id,
        number=row.number or "",
        application_number=row.application_number,
        title_name=row.title_name,
        entity=row.entity,
        rate_bp=row.rate_bp,
        kind=row.kind,
        medium=row.medium,
        state=row.state,
        delivery=row.delivery,
        return_state=row.return_state,
        net_fen=row.net_fen,
        tax_fen=row.tax_fen,
        total_fen=row.total_fen,
        created_at=utc(row.created_at),
        issued_at=utc_or_none(row.issued_at),
        issued_on=row.issued_on,
        window_closes_at=utc_or_none(row.window_closes_at),
        has_documents=bool(row.pdf_sha256),
        replaces=row.replaces,
        red_number=row.red_number or "",
        has_red_documents=bool(row.red_pdf_sha256),
    )


def _joined(*extra: Any) -> Any:
    return select(*_columns(), *extra).join(ApplicationRow, col(ApplicationRow.number) == col(InvoiceRow.application_number))


def invoices_of(session: Session, application_number: str) -> tuple[InvoiceSummary, ...]:
    """The invoices of an application, in the order of its split."""
    table: Any = InvoiceRow
    rows = session.execute(_joined().where(table.application_number == application_number)).all()
    return tuple(sorted((_summary(row) for row in rows), key=lambda shown: (len(shown.id), shown.id)))


def invoices_page(session: Session, scope: Scope, chosen: InvoiceFilter) -> InvoicePage:
    """One page, newest first."""
    table: Any = InvoiceRow
    statement = scope.narrow(_joined(), table)
    if chosen.state:
        statement = statement.where(table.state == chosen.state)
    if chosen.holds is not None:
        statement = statement.where(invoiced(chosen.holds))
    if chosen.medium:
        statement = statement.where(table.medium == chosen.medium)
    if chosen.text:
        digits = "".join(chosen.text.split())
        statement = statement.where(or_(table.number == digits, table.red_number == digits, table.id == chosen.text.upper()))
    if chosen.after:
        moment, last = chosen.after
        statement = statement.where(or_(table.created_at < moment, (table.created_at == moment) & (table.id < last)))
    rows = session.execute(statement.order_by(table.created_at.desc(), table.id.desc()).limit(PAGE + 1)).all()
    shown = tuple(_summary(row) for row in rows[:PAGE])
    return InvoicePage(shown, (shown[-1].created_at, shown[-1].id) if len(rows) > PAGE else None)


def invoice_by_number(session: Session, scope: Scope, number: str) -> str | None:
    """The id of the scope's invoice with this number, blue or red."""
    table: Any = InvoiceRow
    statement = scope.narrow(select(table.id), table).where(or_(table.number == number, table.red_number == number))
    return session.execute(statement).scalar_one_or_none()


def invoice_detail(session: Session, scope: Scope, invoice_id: str) -> InvoiceDetail | None:
    """One invoice; None when it is not there, or not the scope's."""
    table: Any = InvoiceRow
    application: Any = ApplicationRow
    extra = (
        table.enterprise_id,
        table.account_id,
        table.refusal_code,
        table.parked_reason,
        table.xml_sha256,
        table.red_xml_sha256,
        table.red_issued_at,
        table.return_reason,
        table.return_requested_at,
        table.original_received_at,
        application.title_tax_id,
        application.title_id,
        application.receiver_id,
        application.agreement_id,
        application.split,
        table.agreement_number,
        table.check_value,
    )
    row = session.execute(scope.narrow(_joined(*extra), table).where(table.id == invoice_id)).first()
    if row is None:
        return None
    entity = session.get(EntityRow, row.entity)
    assert entity is not None  # noqa: S101 (a foreign key says so)
    records = select(col(ApplicationItemRow.record_id)).where(col(ApplicationItemRow.invoice_id) == invoice_id)
    summary = _summary(row)
    return InvoiceDetail(
        summary=summary,
        entity_name=entity.name,
        seller_tax_id=entity.tax_id,
        title_tax_id=row.title_tax_id,
        title_id=row.title_id,
        account_id=row.account_id,
        receiver_id=row.receiver_id,
        enterprise_id=row.enterprise_id,
        record_ids=tuple(session.execute(records.order_by(col(ApplicationItemRow.record_id))).scalars()),
        refusal_code=row.refusal_code,
        parked_reason=row.parked_reason,
        pdf_sha256=row.pdf_sha256,
        xml_sha256=row.xml_sha256,
        red_pdf_sha256=row.red_pdf_sha256,
        red_xml_sha256=row.red_xml_sha256,
        red_issued_at=utc_or_none(row.red_issued_at),
        return_reason=row.return_reason,
        return_requested_at=utc_or_none(row.return_requested_at),
        original_received_at=utc_or_none(row.original_received_at),
        return_address=ReturnAddress(
            entity.returns_recipient or entity.name,
            entity.returns_address or entity.address,
            entity.returns_postcode,
            entity.returns_phone or entity.phone,
        ),
        agreement_number=row.agreement_number,
        check_value=row.check_value,
        agreement_id=row.agreement_id or 0,
        reissue_split=_reissue_split(session, row),
        lines=_lines(session, invoice_id),
        sent=_sent(session, invoice_id),
        parcels=_parcels(session, invoice_id),
        chain=_chain(session, summary),
        events=tuple(events_of(session, f"invoice:{invoice_id}")),
    )


def _reissue_split(session: Session, row: Any) -> SplitChoice:
    by = read_choice(row.split).by
    if by != SplitBy.MONTH:
        return AS_FEW
    own = tuple(OwnLine(line_id(row.entity, line), letter(0)) for line in lines_of(session, row.id))
    return SplitChoice(by, tuple(dict.fromkeys(own)))


def _lines(session: Session, invoice_id: str) -> tuple[InvoiceLineShown, ...]:
    line: Any = InvoiceLineRow
    statement = (
        select(line.name, line.category, line.unit, line.quantity, line.rate_bp, line.net_fen, line.tax_fen)
        .where(line.invoice_id == invoice_id)
        .order_by(line.position)
    )
    return tuple(InvoiceLineShown(*row) for row in session.execute(statement))


def _sent(session: Session, invoice_id: str) -> tuple[SentNotice, ...]:
    notice: Any = NoticeRow
    statement = select(NoticeRow).where(notice.life == f"invoice:{invoice_id}").order_by(notice.sent_at)
    found = session.execute(statement).scalars()
    return tuple(SentNotice(row.id, row.channel in ("mail", "email"), row.sent_to, utc(row.sent_at)) for row in found)


def _parcels(session: Session, invoice_id: str) -> tuple[ParcelShown, ...]:
    parcel: Any = ParcelRow
    event: Any = ParcelEventRow
    shown = []
    rows = session.execute(
        select(parcel.waybill, parcel.state, parcel.created_at).where(parcel.invoice_id == invoice_id).order_by(parcel.created_at.desc())
    ).all()
    for row in rows:
        news = session.execute(select(event.state, event.place, event.at).where(event.waybill == row.waybill).order_by(event.at.desc()))
        events = tuple((found.state, found.place, utc(found.at)) for found in news)
        shown.append(ParcelShown(row.waybill or "", row.state, utc(row.created_at), events))
    return tuple(shown)


def _chain(session: Session, summary: InvoiceSummary) -> tuple[Link, ...]:
    """From the first blue invoice over each red one to the last blue: what replaced what."""
    table: Any = InvoiceRow
    columns = select(
        table.id, table.number, table.issued_on, table.total_fen, table.red_number, table.red_issued_at, table.replaces, table.return_reason
    )
    first = session.execute(columns.where(table.id == summary.id)).one()
    rows = [first]
    seen = {first.id}
    while rows[0].replaces and rows[0].replaces not in seen:
        earlier = session.execute(columns.where(table.id == rows[0].replaces)).first()
        if earlier is None:
            break
        rows.insert(0, earlier)
        seen.add(earlier.id)
    while later := session.execute(columns.where(table.replaces == rows[-1].id).order_by(table.id).limit(1)).first():
        if later.id in seen:
            break
        rows.append(later)
        seen.add(later.id)
    links: list[Link] = []
    for row in rows:
        links.append(Link(row.id, row.number or "", is_red=False, on=row.issued_on, total_fen=row.total_fen))
        if row.red_number:
            on = china_date(utc(row.red_issued_at)) if row.red_issued_at else None
            links.append(Link(row.id, row.red_number, is_red=True, on=on, total_fen=-row.total_fen, reason=row.return_reason))
    return tuple(links)
