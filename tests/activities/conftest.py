"""The steps on real books and fakes at the ports, without a server."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from temporalio.testing import ActivityEnvironment

from activities.applications import ApplicationActivities
from activities.audit import AuditActivities
from activities.authentications import AuthenticationActivities
from activities.batches import BatchActivities
from activities.delivery import DeliveryActivities
from activities.documents import DocumentActivities
from activities.housekeeping import AttachmentActivities, QuietTicketActivities, ReconciliationActivities, StatementActivities
from activities.imports import ImportActivities
from activities.issuing import IssuingActivities
from activities.limit_notices import LimitActivities
from activities.material import MaterialActivities
from activities.promises import PromiseActivities
from activities.returns import ReturnActivities
from activities.review import ReviewActivities
from activities.review_ends import ReviewEndActivities
from activities.sign_offs import SignOffActivities
from activities.statements import ConfirmationActivities
from activities.tickets import TicketActivities
from activities.titles import TitleActivities
from domain.authentication import Submission
from domain.invoices import Medium
from domain.messages import ApplicationRequest, Policy
from domain.support import QUIET_DAYS
from infra.books.applications import SqlApplications
from infra.books.attachments import SqlAttachments
from infra.books.audit import SqlAudit
from infra.books.authentications import SqlAuthentications
from infra.books.batches import SqlBatches
from infra.books.confirmation import SqlConfirmations
from infra.books.delivery import SqlDelivery
from infra.books.import_runs import SqlImportRuns
from infra.books.imports import Imports
from infra.books.issuing import SqlIssuing
from infra.books.limit_notices import SqlLimitNotices
from infra.books.material_talk import SqlMaterial
from infra.books.promise_moves import SqlPromiseMoves
from infra.books.quiet_tickets import SqlQuietTickets
from infra.books.reconciliation import SqlReconciliation
from infra.books.returns import SqlReturns
from infra.books.review import SqlReview
from infra.books.review_ends import SqlReviewEnds
from infra.books.sign_off_talk import SqlSignOffs
from infra.books.ticket_notices import SqlTicketNotices
from infra.books.title_notices import SqlTitleNotices
from infra.database import Database
from infra.invariants import violations
from infra.letters.authentications import TemplateAuthenticationLetters
from infra.letters.limits import LimitTemplateLetters
from infra.letters.material import MaterialTemplateLetters
from infra.letters.reviews import ReviewEndTemplateLetters
from infra.letters.sign_offs import SignOffTemplateLetters
from infra.letters.statements import StatementTemplateLetters
from infra.letters.tickets import TicketTemplateLetters
from infra.letters.titles import TitleTemplateLetters
from infra.tables import InvoiceRow
from tests.authentications import COMPANY, READING, make_authentication
from tests.databases import sqlite_database
from tests.factories import Customer, make_customer, make_record, make_request, make_reviewer
from tests.fakes import (
    FakeAnchors,
    FakeAttachments,
    FakeBureau,
    FakeCourier,
    FakeDocuments,
    FakeLetters,
    FakeMailer,
    FakeOffice,
    FakeReader,
    FakeRenderer,
    FakeSms,
)
from tests.infra.books.dump import dump
from tests.sign_offs import KEYS

POLICY = Policy()
DOUBT = timedelta(seconds=60)

T = TypeVar("T")


@dataclass
class Bench:
    """Steps, the fakes behind them, and a clock that stands until it is moved."""

    database: Database
    bureau: FakeBureau = field(default_factory=FakeBureau)
    courier: FakeCourier = field(default_factory=FakeCourier)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    sms: FakeSms = field(default_factory=FakeSms)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    renderer: FakeRenderer = field(default_factory=FakeRenderer)
    attachments: FakeAttachments = field(default_factory=FakeAttachments)
    anchors: FakeAnchors = field(default_factory=FakeAnchors)
    office: FakeOffice = field(default_factory=FakeOffice)
    reader: FakeReader = field(default_factory=lambda: FakeReader(READING))

    def __post_init__(self) -> None:
        self.now = datetime.now(UTC)
        self.bureau.clock = self.clock
        self.customer: Customer = make_customer(self.database)
        self.reviewer = make_reviewer(self.database)
        self.delivery_books = SqlDelivery(self.database, "http://127.0.0.1:1/callbacks/courier", sample=True)
        self.applications = ApplicationActivities(SqlApplications(self.database, lambda _text: set()), self.clock)
        self.issuing = IssuingActivities(self.bureau, SqlIssuing(self.database), DOUBT, self.clock)
        self.storing = DocumentActivities(self.renderer, self.documents, self.delivery_books, self.clock)
        self.delivery = DeliveryActivities(
            self.mailer, self.sms, self.courier, self.documents, FakeLetters(), self.delivery_books, self.clock
        )
        self.returns = ReturnActivities(SqlReturns(self.database), self.clock)
        self.statements = StatementActivities(Imports(self.database), self.clock)
        self.imports = ImportActivities(SqlImportRuns(Imports(self.database)), self.attachments, self.clock)
        self.batches = BatchActivities(SqlBatches(self.database), self.clock)
        self.reviews = ReviewActivities(SqlReview(self.database), self.clock)
        self.promises = PromiseActivities(SqlPromiseMoves(self.database), self.clock)
        self.material = MaterialActivities(
            SqlMaterial(self.database, "zh"), self.mailer, self.sms, MaterialTemplateLetters("http://127.0.0.1:1"), self.clock
        )
        self.review_ends = ReviewEndActivities(
            self.mailer, ReviewEndTemplateLetters("http://127.0.0.1:1"), SqlReviewEnds(self.database, "zh"), self.clock
        )
        self.sign_offs = SignOffActivities(
            SqlSignOffs(self.database, KEYS, "http://127.0.0.1:1", "zh"),
            self.office,
            self.mailer,
            SignOffTemplateLetters("http://127.0.0.1:1"),
            self.clock,
        )
        self.confirmations = ConfirmationActivities(
            self.mailer, StatementTemplateLetters("http://127.0.0.1:1"), SqlConfirmations(self.database, "zh"), self.clock
        )
        self.limits = LimitActivities(
            self.mailer, LimitTemplateLetters("http://127.0.0.1:1"), SqlLimitNotices(self.database, "zh"), self.clock
        )
        self.reconciliation = ReconciliationActivities(self.bureau, SqlReconciliation(self.database), self.clock)
        self.authentications = AuthenticationActivities(
            SqlAuthentications(self.database),
            self.attachments,
            self.reader,
            self.mailer,
            self.sms,
            TemplateAuthenticationLetters("http://127.0.0.1:1"),
            self.clock,
        )
        self.tickets = TicketActivities(
            self.mailer, TicketTemplateLetters("http://127.0.0.1:1"), SqlTicketNotices(self.database, "zh"), self.clock
        )
        self.titles = TitleActivities(
            self.mailer, TitleTemplateLetters("http://127.0.0.1:1"), SqlTitleNotices(self.database, "zh"), self.clock
        )
        self.quiet_tickets = QuietTicketActivities(SqlQuietTickets(self.database, QUIET_DAYS), self.clock)
        self.files = AttachmentActivities(SqlAttachments(self.database), self.attachments)
        self.audit = AuditActivities(SqlAudit(self.database), self.anchors, self.clock)

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, span: timedelta) -> None:
        self.now += span

    def run(self, step: Callable[[Any], T], argument: object, *, attempt: int = 1) -> T:
        """Run a step as the worker would, with the number of its attempt."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=attempt)
        return environment.run(step, argument)

    def outside(self) -> dict[str, object]:
        """Everything that has happened at the outside parties."""
        return {
            "bureau": list(self.bureau.entries),
            "courier": sorted(self.courier.waybills),
            "mails": [message.message_id for message in self.mailer.sent],
            "sms": sorted(self.sms.sent),
            "documents": sorted(self.documents.files),
            "attachments": sorted(self.attachments.files),
            "anchors": dict(self.anchors.days),
            "office": sorted(self.office.asked),
        }

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        return dump(self.database)

    def reserved(self, medium: Medium = Medium.ELECTRONIC) -> ApplicationRequest:
        request = make_request(self.customer, make_record(self.database, self.customer, 10_600), medium=medium)
        self.applications.reserve(request)
        return request

    def ordered(self, medium: Medium = Medium.ELECTRONIC) -> str:
        """The id of an invoice that is to be issued."""
        request = self.reserved(medium)
        return self.applications.books.approve(request.number, None, POLICY, self.now)[0].invoice_id

    def submitted(self, submission: Submission = COMPANY) -> str:
        """The number of a new customer's authentication."""
        newcomer = make_customer(self.database, name="还没认证", tax_id="", verified=False)
        return make_authentication(self.database, self.attachments, newcomer, self.now, submission).number

    def invoice(self, invoice_id: str) -> InvoiceRow:
        with self.database.read() as session:
            return session.get_one(InvoiceRow, invoice_id)

    def violations(self) -> dict[str, list[str]]:
        with self.database.read() as session:
            return violations(session, self.bureau.entries)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(sqlite_database(tmp_path))
