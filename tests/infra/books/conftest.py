"""Books on both kinds of database, with a customer to write them for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from domain.invoices import Medium
from domain.ledger import Bucket
from domain.messages import ApplicationRequest, InvoiceOrder, Policy
from domain.ports import BureauRecord
from infra.books.applications import SqlApplications
from infra.books.delivery import SqlDelivery
from infra.books.issuing import SqlIssuing
from infra.books.returns import SqlReturns
from infra.database import Database
from infra.invariants import violations
from infra.tables import ApplicationRow, InvoiceRow, LifeEventRow, NoteRow
from tests.factories import Customer, held_of, make_customer, make_record, make_request, make_reviewer
from tests.fakes import record_for
from tests.postgres import database  # noqa: F401 (pytest finds fixtures by their names here)

POLICY = Policy()


@dataclass
class Books:
    """The books of one database, and what tests read of it."""

    database: Database
    missing_characters: Callable[[str], set[str]] = lambda _text: set()

    def __post_init__(self) -> None:
        self.customer: Customer = make_customer(self.database)
        self.reviewer = make_reviewer(self.database)
        self.now = datetime.now(UTC)
        self.applications = SqlApplications(self.database, lambda text: self.missing_characters(text))
        self.issuing = SqlIssuing(self.database)
        self.delivery = SqlDelivery(self.database, "http://127.0.0.1:1/callbacks/courier", sample=True)
        self.returns = SqlReturns(self.database)

    def record(self, amount_fen: int = 10_600, **values: object) -> int:
        return make_record(self.database, self.customer, amount_fen, **values)  # type: ignore[arg-type]

    def reserved(self, *record_ids: int, medium: Medium = Medium.ELECTRONIC, policy: Policy = POLICY) -> ApplicationRequest:
        """An application under review."""
        request = make_request(self.customer, *(record_ids or (self.record(),)), medium=medium, policy=policy)
        assert not self.applications.reserve(request, self.now).refused
        return request

    def ordered(self, *record_ids: int, medium: Medium = Medium.ELECTRONIC) -> InvoiceOrder:
        """The first invoice of an approved application."""
        request = self.reserved(*record_ids, medium=medium)
        return self.applications.approve(request.number, None, POLICY, self.now)[0]

    def issued(self, *record_ids: int, medium: Medium = Medium.ELECTRONIC, at: datetime | None = None) -> str:
        """An issued invoice's id."""
        order = self.ordered(*record_ids, medium=medium)
        self.issuing.record_issued(order.invoice_id, self.answer(order.invoice_id, at=at), POLICY, self.now)
        return order.invoice_id

    def answer(self, invoice_id: str, *, red: bool = False, at: datetime | None = None) -> BureauRecord:
        """What the bureau writes for a request, with a number of its own."""
        claim = self.issuing.claim(invoice_id, 1, red=red)
        serial = int(invoice_id.split("-")[2]) * 10 + red
        return record_for(claim.request, f"26332{serial:015d}", at or self.now)

    def application(self, number: str) -> ApplicationRow:
        with self.database.read() as session:
            return session.get_one(ApplicationRow, number)

    def has_application(self, number: str) -> bool:
        with self.database.read() as session:
            return session.get(ApplicationRow, number) is not None

    def invoice(self, invoice_id: str) -> InvoiceRow:
        with self.database.read() as session:
            return session.get_one(InvoiceRow, invoice_id)

    def held(self, record_id: int) -> dict[Bucket, int]:
        """What the ledger has of a record in each bucket, without the source and empty ones."""
        with self.database.read() as session:
            held = held_of(session, record_id)
        return {bucket: amount for bucket, amount in held.items() if amount and bucket is not Bucket.CONSUMED}

    def events(self, life: str) -> list[str]:
        with self.database.read() as session:
            return list(session.exec(select(LifeEventRow.kind).where(LifeEventRow.life == life).order_by(col(LifeEventRow.at))))

    def note(self, key: str) -> NoteRow | None:
        with self.database.read() as session:
            return session.exec(select(NoteRow).where(NoteRow.key == key)).one_or_none()

    def violations(self) -> dict[str, list[str]]:
        with self.database.read() as session:
            return violations(session)

    def later(self, **span: float) -> datetime:
        return self.now + timedelta(**span)


@pytest.fixture
def books(database: Database) -> Books:  # noqa: F811 (pytest hands the fixture in by this name)
    return Books(database)
