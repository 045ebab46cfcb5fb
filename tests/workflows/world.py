"""A world for lives: the real workflows, activities and books on SQLite, fakes at the ports to the outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlmodel import col, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

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
from cli.steps import Steps
from cli.worker import running_workers
from domain.authentication import AuthenticationOutcome, AuthenticationState, Submission
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, InvoiceState
from domain.messages import (
    ApplicationOutcome,
    ApplicationRequest,
    Cancellation,
    Expedite,
    InvoiceOutcome,
    LookAgain,
    OriginalReceived,
    ParcelUpdate,
    Policy,
    ReturnRequest,
    ReviewDecision,
    SignOffDecision,
    Verdict,
)
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
from infra.tables import (
    ApplicationItemRow,
    ApplicationRow,
    AuthenticationRow,
    BalanceRow,
    InvoiceRow,
    LifeEventRow,
    NoteRow,
    ParcelEventRow,
)
from tests.authentications import COMPANY, READING, make_authentication
from tests.eventually import eventually
from tests.factories import Customer, held_of, make_customer, make_reviewer
from tests.fakes import (
    FakeAnchors,
    FakeAttachments,
    FakeCourier,
    FakeDocuments,
    FakeLetters,
    FakeMailer,
    FakeOffice,
    FakeReader,
    FakeRenderer,
    FakeSms,
)
from tests.sign_offs import KEYS
from tests.workflows.bureau import PatientBureau
from workflows import names
from workflows.application import ApplicationWorkflow
from workflows.authentication import AuthenticationWorkflow, authentication_attributes
from workflows.invoice import InvoiceWorkflow

DOUBT = timedelta(milliseconds=300)


_UNANSWERED = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
)
"""What stands last in a history while the worker has still to answer."""


@dataclass
class World:
    """What a test of a life has in its hands."""

    environment: WorkflowEnvironment
    database: Database
    bureau: PatientBureau = field(default_factory=PatientBureau)
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
        self.client = self.environment.client
        self.ahead = timedelta(0)
        self.bureau.clock = self.now
        self.customer: Customer = make_customer(self.database)
        self.reviewer = make_reviewer(self.database)

    def steps(self) -> Steps:
        delivery = SqlDelivery(self.database, "http://127.0.0.1:1/callbacks/courier", sample=True)
        return Steps(
            applications=ApplicationActivities(SqlApplications(self.database, lambda _text: set()), self.now),
            issuing=IssuingActivities(self.bureau, SqlIssuing(self.database), DOUBT, self.now),
            documents=DocumentActivities(self.renderer, self.documents, delivery, self.now),
            delivery=DeliveryActivities(self.mailer, self.sms, self.courier, self.documents, FakeLetters(), delivery, self.now),
            returns=ReturnActivities(SqlReturns(self.database), self.now),
            statements=StatementActivities(Imports(self.database), self.now),
            confirmations=ConfirmationActivities(
                self.mailer, StatementTemplateLetters("http://127.0.0.1:1"), SqlConfirmations(self.database, "zh"), self.now
            ),
            limits=LimitActivities(self.mailer, LimitTemplateLetters("http://127.0.0.1:1"), SqlLimitNotices(self.database, "zh"), self.now),
            reconciliation=ReconciliationActivities(self.bureau, SqlReconciliation(self.database), self.now),
            authentications=AuthenticationActivities(
                SqlAuthentications(self.database),
                self.attachments,
                self.reader,
                self.mailer,
                self.sms,
                TemplateAuthenticationLetters("http://127.0.0.1:1"),
                self.now,
            ),
            tickets=TicketActivities(
                self.mailer, TicketTemplateLetters("http://127.0.0.1:1"), SqlTicketNotices(self.database, "zh"), self.now
            ),
            titles=TitleActivities(self.mailer, TitleTemplateLetters("http://127.0.0.1:1"), SqlTitleNotices(self.database, "zh"), self.now),
            quiet_tickets=QuietTicketActivities(SqlQuietTickets(self.database, QUIET_DAYS), self.now),
            attachments=AttachmentActivities(SqlAttachments(self.database), self.attachments),
            audit=AuditActivities(SqlAudit(self.database, stretch=3), self.anchors, self.now),
            imports=ImportActivities(SqlImportRuns(Imports(self.database)), self.attachments, self.now),
            batches=BatchActivities(SqlBatches(self.database), self.now),
            reviews=ReviewActivities(SqlReview(self.database), self.now),
            material=MaterialActivities(
                SqlMaterial(self.database, "zh"), self.mailer, self.sms, MaterialTemplateLetters("http://127.0.0.1:1"), self.now
            ),
            review_ends=ReviewEndActivities(
                self.mailer, ReviewEndTemplateLetters("http://127.0.0.1:1"), SqlReviewEnds(self.database, "zh"), self.now
            ),
            sign_offs=SignOffActivities(
                SqlSignOffs(self.database, KEYS, "http://127.0.0.1:1", "zh"),
                self.office,
                self.mailer,
                SignOffTemplateLetters("http://127.0.0.1:1"),
                self.now,
            ),
            promises=PromiseActivities(SqlPromiseMoves(self.database), self.now),
        )

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with running_workers(self.client, self.steps(), slots=8):
            yield

    # Time

    def now(self) -> datetime:
        """The moment in this world: the real one, and what was skipped."""
        return datetime.now(UTC) + self.ahead

    async def pass_time(self, span: timedelta) -> None:
        """Let the days go by; timers that come due in between fire.

        Not while a step runs: the test server would keep the time locked for good.
        """
        await self.settled()
        await self.environment.sleep(span)
        self.ahead = await self.environment.get_current_time() - datetime.now(UTC)

    async def pass_time_to_end_of(self, invoice_id: str, span: timedelta) -> InvoiceState:
        """Let the days go by in which this invoice's life ends; gives how it ended.

        When a life ends whose parent has ended before, the test server keeps its time locked for good: so this is
        the last that a test does with time, and it does not wait for the server.
        """
        await self.settled()
        passing = asyncio.create_task(self.environment.sleep(span))
        try:
            handle = self.invoice_handle(invoice_id)
            await self.ended(handle.id)
            return (await handle.result()).state
        finally:
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until no life has a step under way."""
        with self.database.read() as session:
            lives = [names.application_workflow_id(number) for number in session.exec(select(ApplicationRow.number))]
            lives += [names.invoice_workflow_id(invoice_id) for invoice_id in session.exec(select(InvoiceRow.id))]
            lives += [names.authentication_workflow_id(number) for number in session.exec(select(AuthenticationRow.number))]
        for life in lives:
            await self.step_done(life)

    async def settled_invoice(self, invoice_id: str) -> None:
        """Wait until an invoice and its application have no step under way."""
        for life in (f"application:{invoice_id.rpartition('-')[0]}", f"invoice:{invoice_id}"):
            await self.step_done(life)

    async def step_done(self, life: str) -> None:
        """Wait until one life has no step under way."""
        while (await self.client.get_workflow_handle(life).describe()).raw_description.pending_activities:
            await asyncio.sleep(0.02)
        await self.at_rest(life)

    async def at_rest(self, life: str) -> None:
        """Wait until one life has taken in everything it was told; a step at an outside party may be under way."""
        handle = self.client.get_workflow_handle(life)
        while True:
            pending = (await handle.describe()).raw_description.HasField("pending_workflow_task")
            # The test server does not call a task pending in every moment between a signal and its answer; the history knows.
            if not pending and (await handle.fetch_history()).events[-1].event_type not in _UNANSWERED:
                return
            await asyncio.sleep(0.01)

    async def ended(self, life: str) -> WorkflowExecutionStatus:
        """How a life ended, once it has. Asking for its result would skip time."""
        while (status := (await self.client.get_workflow_handle(life).describe()).status) is WorkflowExecutionStatus.RUNNING:
            await asyncio.sleep(0.02)
        assert status is not None
        return status

    # Real-name authentications

    async def authenticate(
        self, submission: Submission = COMPANY, *, policy: Policy | None = None
    ) -> WorkflowHandle[AuthenticationWorkflow, AuthenticationOutcome]:
        """A new customer submits; its life has begun."""
        newcomer = make_customer(self.database, name="还没认证", tax_id="", verified=False)
        request = make_authentication(self.database, self.attachments, newcomer, self.now(), submission, policy=policy)
        return await self.client.start_workflow(
            AuthenticationWorkflow.run,
            request,
            id=names.authentication_workflow_id(request.number),
            task_queue=names.LIVES,
            search_attributes=authentication_attributes(request),
        )

    async def authenticate_waiting(self, submission: Submission = COMPANY) -> WorkflowHandle[AuthenticationWorkflow, AuthenticationOutcome]:
        """Submitted, checked, and waiting for a person."""
        handle = await self.authenticate(submission)
        await eventually(lambda: self.authentication(handle.id).state == AuthenticationState.WAITING, "the identity desk", within=60)
        return handle

    def authentication(self, life: str) -> AuthenticationRow:
        with self.database.read() as session:
            return session.get_one(AuthenticationRow, life.removeprefix("authentication:"))

    # Starting and messages

    async def apply(self, request: ApplicationRequest) -> WorkflowHandle[ApplicationWorkflow, ApplicationOutcome]:
        return await self.client.start_workflow(
            ApplicationWorkflow.run, request, id=names.application_workflow_id(request.number), task_queue=names.LIVES
        )

    async def apply_reviewing(self, request: ApplicationRequest) -> WorkflowHandle[ApplicationWorkflow, ApplicationOutcome]:
        """Started, reserved, checked, and waiting for a decision."""
        handle = await self.apply(request)
        await eventually(lambda: "checked" in self.events(f"application:{request.number}"), "the automatic review")
        return handle

    async def issued(self, request: ApplicationRequest) -> str:
        """Applied for, approved and issued; the id of its first invoice."""
        handle = await self.apply_reviewing(request)
        await handle.signal(ApplicationWorkflow.decide, self.decision())
        await eventually(lambda: self.application(request.number).state == ApplicationState.ISSUED, "the issued application")
        return names.invoice_id(request.number, 1)

    def application_handle(self, number: str) -> WorkflowHandle[ApplicationWorkflow, ApplicationOutcome]:
        return self.client.get_workflow_handle(names.application_workflow_id(number))

    def invoice_handle(self, invoice_id: str) -> WorkflowHandle[InvoiceWorkflow, InvoiceOutcome]:
        return self.client.get_workflow_handle_for(InvoiceWorkflow.run, names.invoice_workflow_id(invoice_id))

    def decision(self, verdict: Verdict = Verdict.APPROVE, *, version: int = 1, by: int | None = None) -> ReviewDecision:
        return ReviewDecision(f"key-{uuid4()}", by or self.reviewer, verdict, version, "" if verdict is Verdict.APPROVE else "抬头不符")

    def cancellation(self) -> Cancellation:
        return Cancellation(f"key-{uuid4()}", self.customer.user_id)

    def expedite(self) -> Expedite:
        return Expedite(f"key-{uuid4()}", self.customer.user_id)

    def return_request(self, reissue: ApplicationRequest | None = None) -> ReturnRequest:
        return ReturnRequest(f"key-{uuid4()}", self.customer.user_id, "抬头选错公司", reissue)

    def sign_off(self, by: int, verdict: Verdict = Verdict.APPROVE, *, version: int = 1) -> SignOffDecision:
        return SignOffDecision(f"key-{uuid4()}", by, verdict, version, "" if verdict is Verdict.APPROVE else "预算不符")

    def original(self) -> OriginalReceived:
        return OriginalReceived(f"key-{uuid4()}", self.reviewer, "SF0001")

    def look_again(self) -> LookAgain:
        return LookAgain(f"key-{uuid4()}", self.reviewer)

    def parcel_update(self, waybill: str, state: str, shipment: int = 1) -> ParcelUpdate:
        return ParcelUpdate(f"key-{uuid4()}", waybill, state, self.now(), "北京", shipment)

    # Reading

    def application(self, number: str) -> ApplicationRow:
        with self.database.read() as session:
            return session.get_one(ApplicationRow, number)

    def state_of(self, number: str) -> str | None:
        """The application's state, or None before it is reserved."""
        with self.database.read() as session:
            return session.exec(select(ApplicationRow.state).where(ApplicationRow.number == number)).one_or_none()

    def invoice(self, invoice_id: str) -> InvoiceRow:
        with self.database.read() as session:
            return session.get_one(InvoiceRow, invoice_id)

    def invoices(self, number: str) -> list[InvoiceRow]:
        with self.database.read() as session:
            statement = select(InvoiceRow).where(InvoiceRow.application_number == number).order_by(col(InvoiceRow.id))
            return list(session.exec(statement))

    def events(self, life: str) -> list[str]:
        with self.database.read() as session:
            return list(session.exec(select(LifeEventRow.kind).where(LifeEventRow.life == life).order_by(col(LifeEventRow.at))))

    def note(self, key: str) -> NoteRow | None:
        with self.database.read() as session:
            return session.exec(select(NoteRow).where(NoteRow.key == key)).one_or_none()

    async def answered(self, key: str) -> NoteRow:
        return await eventually(lambda: self.note(key), f"the answer to {key}", within=60)

    def violations(self) -> dict[str, list[str]]:
        """What is not right in the books, and between them and the bureau's."""
        with self.database.read() as session:
            return violations(session, self.bureau.entries)

    def parcel_news(self, key: str) -> ParcelEventRow | None:
        with self.database.read() as session:
            return session.get(ParcelEventRow, key)

    def records_of(self, number: str) -> list[int]:
        """The records that an application took."""
        with self.database.read() as session:
            return list(session.exec(select(ApplicationItemRow.record_id).where(ApplicationItemRow.application_number == number)))

    def held_by(self, number: str, bucket: Bucket) -> int:
        """What an application's records have in a bucket by the ledger, in fen."""
        with self.database.read() as session:
            records = session.exec(select(ApplicationItemRow.record_id).where(ApplicationItemRow.application_number == number).distinct())
            return sum(held_of(session, record_id).get(bucket, 0) for record_id in records.all())

    def balance(self, bucket: Bucket) -> int:
        """What all of the customer's entities and rates hold in a bucket, in fen."""
        with self.database.read() as session:
            statement = select(BalanceRow.amount_fen).where(
                BalanceRow.enterprise_id == self.customer.enterprise_id, BalanceRow.bucket == bucket
            )
            return sum(session.exec(statement))
