"""Lives for the staff's pages, made by the books themselves, and a Temporal client that records signals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from temporalio.service import RPCError, RPCStatusCode

from domain.invoices import InvoiceKind, Medium
from domain.messages import ApplicationRequest, Expedite, Note, Policy, ReviewDecision, Verdict
from domain.ports import BureauRecord
from infra.books.applications import SqlApplications
from infra.books.issuing import SqlIssuing
from infra.books.statements import make_statements
from infra.database import Database
from infra.tables import ConsumptionRecordRow, EntityRow, ImportBatchRow, InvoiceRow, NoteRow, ReceiverRow, TitleRow
from tests.factories import make_review
from tests.web.conftest import NOW

MASTER, MEMBER, OTHER, REVIEWER, OPERATOR = 1, 2, 3, 4, 5
"""Ids of the people of tests/web/conftest.py."""

POLICY = Policy()


@dataclass
class RecordingTemporal:
    """Keeps every signal; `answer` may write the row a worker would write, `error` is raised instead of delivering."""

    signals: list[tuple[str, str, Any]] = field(default_factory=list)
    answer: Callable[[str, Any], None] | None = None
    error: RPCStatusCode | None = None

    def get_workflow_handle(self, life: str) -> "RecordingHandle":
        return RecordingHandle(self, life)


@dataclass
class RecordingHandle:
    temporal: RecordingTemporal
    life: str

    async def signal(self, name: str, message: Any, rpc_timeout: timedelta | None = None) -> None:
        if self.temporal.error is not None:
            raise RPCError("no", self.temporal.error, b"")
        self.temporal.signals.append((self.life, name, message))
        if self.temporal.answer is not None:
            self.temporal.answer(self.life, message)


def write_note(database: Database, life: str, key: str, kind: str, by: int, *, taken: bool, code: str = "", at: datetime = NOW) -> None:
    """What a worker writes when a life has looked at a message."""
    with database.write() as session:
        session.add(NoteRow(life=life, key=key, kind=kind, by=by, taken=taken, code=code, at=at))


class Lives:
    """Makes lives in the database; amounts in fen. Enterprise 1 is 北京拾光互动科技有限公司, whose master applies."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.books = SqlApplications(database, lambda _text: set())
        self.issuing = SqlIssuing(database)
        self._records = 0
        self._applications = 0
        with database.write() as session:
            session.add(
                EntityRow(code="HZ", name="青屿云计算（杭州）有限公司", issuer_name="HZ", tax_id="91330106MA8F6C1D3W", province="33")
            )
            session.add(ImportBatchRow(id="0" * 64, file_name="made.csv", lines=1, records=1, imported_at=NOW, totals="{}"))
            for title_id, name, tax_id in ((1, "北京拾光互动科技有限公司", "91110105MA7K3R2P5R"), (2, "拾光文化传媒（北京）有限公司", "")):
                session.add(TitleRow(id=title_id, enterprise_id=1, name=name, tax_id=tax_id, created_at=NOW))
            session.add(ReceiverRow(id=1, enterprise_id=1, kind="email", email="finance@shiguang.example", created_at=NOW))
            session.add(ReceiverRow(id=2, enterprise_id=1, kind="postal", recipient="林澈", address="望京东路 6 号", created_at=NOW))

    def record(self, amount_fen: int) -> int:
        """A record of last month that can be invoiced."""
        self._records += 1
        with self.database.write() as session:
            session.add(
                ConsumptionRecordRow(
                    id=self._records,
                    batch_id="0" * 64,
                    natural_key=str(self._records),
                    enterprise_id=1,
                    account_id=1,
                    entity="HZ",
                    rate_bp=600,
                    service="云服务器 ECS",
                    category="信息技术服务",
                    classification_code="3040203000000000000",
                    day=date(2026, 10, 5),
                    period="2026-10",
                    gross_fen=amount_fen,
                    invoiceable_fen=amount_fen,
                )
            )
            session.flush()
            make_statements(session, "2026-10", [1], NOW)
        return self._records

    def application(
        self,
        amount_fen: int = 10_000,
        *,
        kind: InvoiceKind = InvoiceKind.SPECIAL,
        medium: Medium = Medium.ELECTRONIC,
        expedited: bool = False,
        title_id: int = 1,
        applicant: int = MASTER,
        at: datetime = NOW,
    ) -> str:
        """An application under review, checked."""
        self._applications += 1
        number = f"KP-261120-{self._applications:08d}"
        receiver = 2 if medium is Medium.PAPER else 1
        request = ApplicationRequest(
            number,
            1,
            1,
            applicant,
            (self.record(amount_fen),),
            title_id,
            kind,
            medium,
            receiver,
            terms_version="2026-11",
            privacy_version="2026-11",
            agreed_at=at,
        )
        reservation = self.books.reserve(request, at)
        assert not reservation.refused, reservation
        self.books.check(number, POLICY, at)
        if expedited:
            self.books.expedite(number, Expedite(f"{number}:e", applicant), POLICY, at)
        return number

    def decide(self, number: str, verdict: Verdict, reason: str = "", at: datetime = NOW) -> None:
        """What the life does on a reviewer's decision, up to the split."""
        from domain.lifecycle import ApplicationState

        if verdict is Verdict.APPROVE:
            make_review(self.database, number, REVIEWER, f"{number}:d", at)
            self.books.approve(number, ReviewDecision(f"{number}:d", REVIEWER, verdict, 1, reason), POLICY, at)
        else:
            note = Note(f"application:{number}", f"{number}:d", "reject", REVIEWER, taken=True, reason=reason)
            self.books.end(number, ApplicationState.REJECTED, note, at)

    def approved(self, amount_fen: int = 10_000, medium: Medium = Medium.ELECTRONIC, at: datetime = NOW) -> str:
        """An invoice that is being issued; gives its id."""
        number = self.application(amount_fen, medium=medium, at=at)
        self.decide(number, Verdict.APPROVE, at=at)
        return f"{number}-1"

    def issued(self, amount_fen: int = 10_000, medium: Medium = Medium.ELECTRONIC, at: datetime = NOW, *, documents: bool = True) -> str:
        """An issued invoice; its number is 26332 and the application's digits. Gives its id."""
        invoice_id = self.approved(amount_fen, medium, at)
        self.issuing.claim(invoice_id, 1, red=False)
        self.issuing.mark_asked(invoice_id, 1, at, red=False)
        number = f"26332{self._applications:015d}"
        self.issuing.record_issued(invoice_id, BureauRecord(invoice_id, number, at, amount_fen, 0, "", ""), POLICY, at)
        if documents:
            self.change_invoice(invoice_id, pdf_sha256="a" * 64)
        return invoice_id

    def change_invoice(self, invoice_id: str, **values: Any) -> None:
        with self.database.write() as session:
            invoice = session.get_one(InvoiceRow, invoice_id)
            for name, value in values.items():
                setattr(invoice, name, value)
            session.add(invoice)
