"""The books of issuing (`domain.books.IssuingBooks`) on the database: claims, what the bureau gave, and the money it moves."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from domain.books import Claim, Overtaken
from domain.calendar import CorrectionWindow, china_date
from domain.invoices import InvoiceKind, InvoiceLine, Medium, Party
from domain.ledger import Bucket
from domain.lifecycle import InvoiceState, ReturnState
from domain.messages import Issued, Policy
from domain.ports import BureauRecord, IssueRequest
from infra.books.items import items_of, move_items
from infra.books.life import Fact, invoice_life, tell
from infra.books.plans import remark_of
from infra.database import Database
from infra.tables import ApplicationRow, EntityRow, InvoiceLineRow, InvoiceRow

RETURNED = "02"
"""Red-letter reason 销货退回; the customer's own words are for people."""


class SqlIssuing:
    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, invoice_id: str, fence: int, *, red: bool) -> Claim:
        with self._database.write() as session:
            invoice = _fenced(session, invoice_id, fence, red=red)
            request = red_request(session, invoice) if red else blue_request(session, invoice)
            if red:
                return Claim(request, invoice.red_asked_at, invoice.red_unknown_since)
            return Claim(request, invoice.asked_at, invoice.unknown_since, invoice.refusal_code)

    def mark_asked(self, invoice_id: str, fence: int, now: datetime, *, red: bool) -> None:
        with self._database.write() as session:
            invoice = _fenced(session, invoice_id, fence, red=red)
            if red:
                invoice.red_asked_at, invoice.red_unknown_since = now, None
            else:
                invoice.asked_at, invoice.unknown_since = now, None
            session.add(invoice)
            tell(session, invoice_life(invoice_id), "red-asked" if red else "asked", "red-asked" if red else "asked", now)

    def mark_unknown(self, invoice_id: str, fence: int, now: datetime, *, red: bool) -> None:
        with self._database.write() as session:
            invoice = _fenced(session, invoice_id, fence, red=red)
            if red:
                invoice.red_unknown_since = now
            else:
                invoice.unknown_since = now
            session.add(invoice)

    def record_issued(self, invoice_id: str, record: BureauRecord, policy: Policy, now: datetime) -> Issued:
        with self._database.write() as session:
            invoice = _locked(session, invoice_id)
            if invoice.number is None:
                invoice.state = InvoiceState.ISSUED
                invoice.number = record.number
                invoice.issued_at = record.issued_at
                invoice.issued_on = china_date(record.issued_at)
                invoice.window_closes_at = CorrectionWindow(invoice.issued_on, policy.correction_days).closes_at
                session.add(invoice)
                session.flush()
                items = items_of(session, invoice_id=invoice_id)
                move_items(session, f"issue:{invoice_id}", items, now, source=Bucket.RESERVED, target=Bucket.INVOICED)
                facts: dict[str, Fact] = {"number": record.number, "amount_fen": invoice.total_fen}
                tell(session, invoice_life(invoice_id), "issued", "issued", now, facts=facts)
            return _issued(invoice)

    def record_refused(self, invoice_id: str, code: str, fence: int, now: datetime) -> None:
        with self._database.write() as session:
            invoice = _fenced(session, invoice_id, fence, red=False)
            if invoice.number is not None or invoice.state == InvoiceState.REFUSED:
                return
            invoice.state = InvoiceState.REFUSED
            invoice.refusal_code = code
            invoice.ended_at = now
            session.add(invoice)
            session.flush()
            items = items_of(session, invoice_id=invoice_id)
            move_items(session, f"release:{invoice_id}", items, now, source=Bucket.RESERVED, target=Bucket.AVAILABLE)
            facts: dict[str, Fact] = {"code": code, "amount_fen": invoice.total_fen}
            tell(session, invoice_life(invoice_id), "refused-by-bureau", "refused-by-bureau", now, facts=facts)

    def park(self, invoice_id: str, reason: str, fence: int, now: datetime, *, red: bool) -> None:
        with self._database.write() as session:
            invoice = _fenced(session, invoice_id, fence, red=red)
            if not red:
                invoice.state = InvoiceState.PARKED
            invoice.parked_reason = reason[:300]
            session.add(invoice)
            key = f"{'red-' if red else ''}parked.{invoice.red_attempt if red else invoice.attempt}"
            tell(session, invoice_life(invoice_id), key, "parked", now)

    def record_red_issued(self, invoice_id: str, record: BureauRecord, now: datetime) -> Issued:
        with self._database.write() as session:
            invoice = _locked(session, invoice_id)
            if invoice.red_number is None:
                invoice.state = InvoiceState.RETURNED
                invoice.return_state = ReturnState.DONE
                invoice.red_number = record.number
                invoice.red_sheet_number = record.red_sheet_number
                invoice.red_issued_at = record.issued_at
                invoice.ended_at = now
                invoice.parked_reason = ""
                session.add(invoice)
                session.flush()
                items = items_of(session, invoice_id=invoice_id)
                move_items(session, f"return:{invoice_id}", items, now, source=Bucket.INVOICED, target=Bucket.AVAILABLE)
                life = invoice_life(invoice_id)
                tell(session, life, "red-issued", "red-issued", now, facts={"number": record.number, "amount_fen": invoice.total_fen})
                tell(session, life, "released", "released", now, facts={"amount_fen": invoice.total_fen})
            return Issued(record.number, record.issued_at, china_date(record.issued_at))

    def record_red_refused(self, invoice_id: str, code: str, fence: int, now: datetime) -> None:
        with self._database.write() as session:
            invoice = _fenced(session, invoice_id, fence, red=True)
            invoice.return_state = ReturnState.NONE
            invoice.return_requested_at = invoice.original_received_at = None
            # The next request is another one at the bureau's: nothing of this one is pending.
            invoice.red_asked_at = invoice.red_unknown_since = None
            session.add(invoice)
            tell(session, invoice_life(invoice_id), f"red-refused.{invoice.red_attempt}", "red-refused", now, facts={"code": code})


def _locked(session: Session, invoice_id: str) -> InvoiceRow:
    statement = select(InvoiceRow).where(InvoiceRow.id == invoice_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()


def _fenced(session: Session, invoice_id: str, fence: int, *, red: bool) -> InvoiceRow:
    """The locked invoice, claimed by this fence. Raises Overtaken when a higher one was here."""
    invoice = _locked(session, invoice_id)
    newest = invoice.red_attempt if red else invoice.attempt
    if newest > fence:
        raise Overtaken(f"attempt {newest} after {fence}")
    if red:
        invoice.red_attempt = fence
    else:
        invoice.attempt = fence
        if invoice.state == InvoiceState.PARKED:
            invoice.state = InvoiceState.ISSUING
    invoice.parked_reason = ""
    session.add(invoice)
    return invoice


def _issued(invoice: InvoiceRow) -> Issued:
    if invoice.number is None or invoice.issued_at is None or invoice.issued_on is None:
        raise ValueError(f"{invoice.id} is not issued")
    return Issued(invoice.number, invoice.issued_at, invoice.issued_on)


def seller_of(entity: EntityRow) -> Party:
    return Party(entity.name, entity.tax_id, entity.address, entity.phone, entity.bank, entity.bank_account)


def buyer_of(application: ApplicationRow) -> Party:
    return Party(
        application.title_name,
        application.title_tax_id,
        application.title_address,
        application.title_phone,
        application.title_bank,
        application.title_bank_account,
    )


def lines_of(session: Session, invoice_id: str) -> tuple[InvoiceLine, ...]:
    """The frozen lines of an invoice, in order."""
    statement = select(InvoiceLineRow).where(InvoiceLineRow.invoice_id == invoice_id).order_by(col(InvoiceLineRow.position))
    return tuple(
        InvoiceLine(
            name=row.name,
            category=row.category,
            classification_code=row.classification_code,
            net_fen=row.net_fen,
            tax_fen=row.tax_fen,
            rate_bp=row.rate_bp,
            specification=row.specification,
            unit=row.unit,
            quantity=Decimal(row.quantity) if row.quantity else None,
        )
        for row in session.exec(statement)
    )


def red_lines(lines: tuple[InvoiceLine, ...]) -> tuple[InvoiceLine, ...]:
    """The lines that undo these: the originals' integers negated, never computed anew."""
    return tuple(
        replace(line, net_fen=-line.net_fen, tax_fen=-line.tax_fen, quantity=None if line.quantity is None else -line.quantity)
        for line in lines
    )


def blue_request(session: Session, invoice: InvoiceRow) -> IssueRequest:
    application = session.get_one(ApplicationRow, invoice.application_number)
    entity = session.get_one(EntityRow, invoice.entity)
    return IssueRequest(
        request_id=invoice.id,
        kind=InvoiceKind(invoice.kind),
        medium=Medium(invoice.medium),
        seller=seller_of(entity),
        buyer=buyer_of(application),
        lines=lines_of(session, invoice.id),
        province=entity.province,
        remark=remark_of(invoice),
    )


def red_request(session: Session, invoice: InvoiceRow) -> IssueRequest:
    blue = blue_request(session, invoice)
    return IssueRequest(
        request_id=f"{invoice.id}:red",
        kind=blue.kind,
        medium=blue.medium,
        seller=blue.seller,
        buyer=blue.buyer,
        lines=red_lines(blue.lines),
        province=blue.province,
        original_number=invoice.number or "",
        reason=RETURNED,
    )
