"""The worker process: builds the adapters, hands them to the activities, and polls every task queue."""

import asyncio
import compileall
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import workflows
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
from activities.sign_offs import SignOffActivities
from activities.statements import ConfirmationActivities
from activities.tickets import TicketActivities
from activities.titles import TitleActivities
from cli.ready import announce_ready
from infra.anchors import S3Anchors
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
from infra.books.sign_off_talk import SqlSignOffs
from infra.books.ticket_notices import SqlTicketNotices
from infra.books.title_notices import SqlTitleNotices
from infra.check_keys import check_keys
from infra.courier import HttpCourier
from infra.database import Database, make_engine
from infra.documents.renderer import InvoiceRenderer
from infra.factor_keys import factor_keys
from infra.letters import TemplateLetters
from infra.letters.authentications import TemplateAuthenticationLetters
from infra.letters.limits import LimitTemplateLetters
from infra.letters.material import MaterialTemplateLetters
from infra.letters.sign_offs import SignOffTemplateLetters
from infra.letters.statements import StatementTemplateLetters
from infra.letters.tickets import TicketTemplateLetters
from infra.letters.titles import TitleTemplateLetters
from infra.licences import no_reading, read_licence
from infra.mail import SmtpMailer
from infra.oa import HttpOffice
from infra.parts import font_folder
from infra.settings import Settings, settings
from infra.sms import HttpSms
from infra.store import S3Attachments, S3Documents, s3_client
from infra.tax_bureau import HttpTaxBureau
from infra.temporal import connect
from workflows import names
from workflows.application import ApplicationWorkflow
from workflows.audit import AuditWorkflow
from workflows.authentication import AuthenticationWorkflow
from workflows.batches import BatchWorkflow
from workflows.confirmation import ConfirmationWorkflow
from workflows.housekeeping import HousekeepingWorkflow
from workflows.imports import ImportWorkflow
from workflows.invoice import InvoiceWorkflow
from workflows.limit_notice import LimitNoticeWorkflow
from workflows.promises import PromiseWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statements import ExpiryWorkflow, StatementWorkflow
from workflows.ticket_notice import TicketNoticeWorkflow
from workflows.title_notice import TitleNoticeWorkflow

GRACE = timedelta(seconds=20)
"""How long running steps may go on after the worker was told to stop."""

WORKFLOWS = (
    ApplicationWorkflow,
    InvoiceWorkflow,
    AuthenticationWorkflow,
    StatementWorkflow,
    ConfirmationWorkflow,
    ExpiryWorkflow,
    LimitNoticeWorkflow,
    ReconciliationWorkflow,
    PromiseWorkflow,
    TicketNoticeWorkflow,
    TitleNoticeWorkflow,
    HousekeepingWorkflow,
    AuditWorkflow,
    ImportWorkflow,
    BatchWorkflow,
)


SANDBOX = SandboxedWorkflowRunner(
    SandboxRestrictions.default.with_passthrough_modules(
        "domain",
        "activities",
        *(
            "workflows." + shared
            for shared in (
                "attributes",
                "inbox",
                "lasting",
                "material",
                "names",
                "priorities",
                "review",
                "sign_off",
                "steps",
                "under_review",
            )
        ),
    )
)
"""Each life gets its own copy of its workflow's module; what that module shares with others is loaded once and holds no state."""


@dataclass(frozen=True)
class Steps:
    """The activities, with the real adapters behind them."""

    applications: ApplicationActivities
    issuing: IssuingActivities
    documents: DocumentActivities
    delivery: DeliveryActivities
    returns: ReturnActivities
    statements: StatementActivities
    confirmations: ConfirmationActivities
    limits: LimitActivities
    reconciliation: ReconciliationActivities
    authentications: AuthenticationActivities
    tickets: TicketActivities
    quiet_tickets: QuietTicketActivities
    titles: TitleActivities
    attachments: AttachmentActivities
    audit: AuditActivities
    imports: ImportActivities
    batches: BatchActivities
    sign_offs: SignOffActivities
    promises: PromiseActivities
    reviews: ReviewActivities
    material: MaterialActivities

    def on_own_rows(self) -> list[Any]:
        """What runs beside the workflows, remote or local."""
        return [
            *_steps_of(self.applications),
            *_steps_of(self.returns),
            *_steps_of(self.reviews),
            *_steps_of(self.statements),
            *_steps_of(self.quiet_tickets),
            *_steps_of(self.batches),
            *_steps_of(self.promises),
            self.confirmations.confirm_silent,
            self.attachments.forget_unsent,
            self.delivery.record_parcel_update,
            *(self.authentications.check_identity, self.authentications.await_person),
            *(self.authentications.mark_identity_overdue, self.authentications.end_authentication),
            *(self.imports.end_import, self.imports.answer_import),
            self.sign_offs.settle_sign_off,
        ]


def _steps_of(activities: object) -> list[Any]:
    """Every activity method of an object."""
    found = (getattr(activities, name) for name in dir(type(activities)))
    return [method for method in found if hasattr(method, "__temporal_activity_definition")]


def build_steps(config: Settings, database: Database) -> Steps:
    """The activities on the adapters that the settings name."""
    renderer = InvoiceRenderer([font_folder(config)])
    client = s3_client(
        config.s3_endpoint, config.s3_region, config.s3_access_key.get_secret_value(), config.s3_secret_key.get_secret_value()
    )
    documents = S3Documents(client, config.s3_bucket, config.s3_retention_days, config.s3_lock_mode)
    bureau = HttpTaxBureau(config.tax_bureau_url, config.outside_timeout_s)
    books = SqlDelivery(
        database, f"{config.public_url}/callbacks/courier", sample=config.deployment == "local", default_locale=config.default_locale
    )
    mailer = SmtpMailer(
        config.smtp_host,
        config.smtp_port,
        config.smtp_from,
        user=config.smtp_user,
        password=config.smtp_password.get_secret_value(),
        starttls=config.smtp_starttls,
    )
    sms = HttpSms(config.sms_url, config.outside_timeout_s)
    imports = Imports(database, renderer.missing_characters, config.late_rows_grace_days)
    return Steps(
        applications=ApplicationActivities(SqlApplications(database, renderer.missing_characters, check_keys(config))),
        issuing=IssuingActivities(bureau, SqlIssuing(database), timedelta(seconds=config.doubt_s)),
        documents=DocumentActivities(renderer, documents, books),
        delivery=DeliveryActivities(
            mailer=mailer,
            sms=sms,
            courier=HttpCourier(config.courier_url, config.outside_timeout_s),
            documents=documents,
            letters=TemplateLetters(config.public_url),
            books=books,
        ),
        returns=ReturnActivities(SqlReturns(database)),
        statements=StatementActivities(Imports(database, renderer.missing_characters)),
        confirmations=ConfirmationActivities(
            mailer, StatementTemplateLetters(config.public_url), SqlConfirmations(database, config.default_locale)
        ),
        limits=LimitActivities(mailer, LimitTemplateLetters(config.public_url), SqlLimitNotices(database, config.default_locale)),
        reconciliation=ReconciliationActivities(bureau, SqlReconciliation(database)),
        authentications=AuthenticationActivities(
            SqlAuthentications(database),
            S3Attachments(client, config.s3_attachments_bucket),
            read_licence if config.read_licences else no_reading,
            mailer,
            sms,
            TemplateAuthenticationLetters(config.public_url),
        ),
        tickets=TicketActivities(
            mailer,
            TicketTemplateLetters(config.public_url),
            SqlTicketNotices(database, config.default_locale, config.ticket_quiet_days),
        ),
        quiet_tickets=QuietTicketActivities(SqlQuietTickets(database, config.ticket_quiet_days)),
        titles=TitleActivities(mailer, TitleTemplateLetters(config.public_url), SqlTitleNotices(database, config.default_locale)),
        attachments=AttachmentActivities(SqlAttachments(database), S3Attachments(client, config.s3_attachments_bucket)),
        audit=AuditActivities(SqlAudit(database), S3Anchors(client, config.s3_bucket, config.s3_retention_days, config.s3_lock_mode)),
        imports=ImportActivities(SqlImportRuns(imports), S3Attachments(client, config.s3_attachments_bucket)),
        batches=BatchActivities(SqlBatches(database)),
        reviews=ReviewActivities(SqlReview(database)),
        material=MaterialActivities(SqlMaterial(database, config.default_locale), mailer, sms, MaterialTemplateLetters(config.public_url)),
        sign_offs=SignOffActivities(
            SqlSignOffs(database, factor_keys(config), config.public_url, config.default_locale),
            HttpOffice(config.outside_timeout_s, development=config.deployment == "local"),
            mailer,
            SignOffTemplateLetters(config.public_url),
        ),
        promises=PromiseActivities(SqlPromiseMoves(database)),
    )


def make_workers(client: Client, steps: Steps, threads: ThreadPoolExecutor, slots: int) -> list[Worker]:
    """One worker for each task queue. Document work has its own queue and few slots, so that it never delays the rest."""
    # The sandbox loads a workflow's module anew for each life. Where Python writes no bytecode (PYTHONDONTWRITEBYTECODE,
    # usual in images) it would compile the source each time: a fifth of the worker's time, as measured.
    compileall.compile_dir(Path(workflows.__path__[0]), quiet=2)
    shared: dict[str, Any] = {
        "activity_executor": threads,
        "graceful_shutdown_timeout": GRACE,
        "identity": f"kaipiao@{socket.gethostname()}",
    }
    queues: Sequence[tuple[str, list[Any], int]] = (
        (names.ISSUING, [steps.issuing.issue, steps.reconciliation.compare_with_bureau], slots),
        (
            names.DOCUMENTS,
            [
                steps.documents.store_documents,
                steps.authentications.read_picture,
                steps.attachments.remove_unused,
                *_steps_of(steps.audit),
            ],
            2,
        ),
        (
            names.DELIVERY,
            [
                *(steps.delivery.send_invoice, steps.delivery.send_parcel, steps.authentications.tell_result),
                *(steps.tickets.send_ticket_notices, steps.titles.send_title_notices, steps.confirmations.remind_of_statements),
                steps.limits.remind_of_limits,
                *(steps.sign_offs.ask_office, steps.sign_offs.tell_sign_off, steps.material.tell_material),
            ],
            slots,
        ),
    )
    # One file at a time: a large one has a processor for itself and a few hundred megabytes in memory.
    queues = (*queues, (names.IMPORTS, [steps.imports.check_import, steps.imports.write_import], 1))
    lives = Worker(
        client,
        task_queue=names.LIVES,
        workflows=WORKFLOWS,
        activities=steps.on_own_rows(),
        workflow_runner=SANDBOX,
        max_concurrent_activities=slots,
        max_concurrent_local_activities=slots,
        **shared,
    )
    others = [
        Worker(client, task_queue=queue, activities=activities, max_concurrent_activities=most, **shared)
        for queue, activities, most in queues
    ]
    return [lives, *others]


@asynccontextmanager
async def running_workers(client: Client, steps: Steps, slots: int) -> AsyncIterator[None]:
    """Poll every queue until the block ends, then drain."""
    # Each worker may fill its slots at once, and the first fills its local ones beside them.
    with ThreadPoolExecutor(max_workers=4 * slots + 1, thread_name_prefix="step") as threads:
        async with contextlib.AsyncExitStack() as stack:
            for worker in make_workers(client, steps, threads, slots):
                await stack.enter_async_context(worker)
            yield


async def work(config: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(make_engine(config.database_url))
    client = await connect(config)
    async with running_workers(client, build_steps(config, database), config.worker_activity_slots):
        print("worker: polling", flush=True)
        announce_ready()
        await stop.wait()


def run_worker() -> None:
    asyncio.run(work(settings()))
