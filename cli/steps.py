"""The activities with their adapters, as the settings name them: what the worker offers to lives."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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
from infra.books.review_ends import SqlReviewEnds
from infra.books.sign_off_talk import SqlSignOffs
from infra.books.ticket_notices import SqlTicketNotices
from infra.books.title_notices import SqlTitleNotices
from infra.check_keys import check_keys
from infra.courier import HttpCourier
from infra.database import Database
from infra.documents.renderer import InvoiceRenderer
from infra.factor_keys import factor_keys
from infra.letters import TemplateLetters
from infra.letters.authentications import TemplateAuthenticationLetters
from infra.letters.limits import LimitTemplateLetters
from infra.letters.material import MaterialTemplateLetters
from infra.letters.reviews import ReviewEndTemplateLetters
from infra.letters.sign_offs import SignOffTemplateLetters
from infra.letters.statements import StatementTemplateLetters
from infra.letters.tickets import TicketTemplateLetters
from infra.letters.titles import TitleTemplateLetters
from infra.licences import no_reading, read_licence
from infra.mail import SmtpMailer
from infra.oa import HttpOffice
from infra.parts import font_folder
from infra.settings import Settings
from infra.sms import HttpSms
from infra.store import S3Attachments, S3Documents, s3_client
from infra.tax_bureau import HttpTaxBureau


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
    review_ends: ReviewEndActivities

    def on_own_rows(self) -> list[Any]:
        """What runs beside the workflows, remote or local."""
        return [
            *steps_of(self.applications),
            *steps_of(self.returns),
            *steps_of(self.reviews),
            *steps_of(self.statements),
            *steps_of(self.quiet_tickets),
            *steps_of(self.batches),
            *steps_of(self.promises),
            self.confirmations.confirm_silent,
            self.attachments.forget_unsent,
            self.delivery.record_parcel_update,
            *(self.authentications.check_identity, self.authentications.await_person),
            *(self.authentications.mark_identity_overdue, self.authentications.end_authentication),
            *(self.imports.end_import, self.imports.answer_import),
            self.sign_offs.settle_sign_off,
        ]


def steps_of(activities: object) -> list[Any]:
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
        review_ends=ReviewEndActivities(
            mailer, ReviewEndTemplateLetters(config.public_url), SqlReviewEnds(database, config.default_locale)
        ),
        sign_offs=SignOffActivities(
            SqlSignOffs(database, factor_keys(config), config.public_url, config.default_locale),
            HttpOffice(config.outside_timeout_s, development=config.deployment == "local"),
            mailer,
            SignOffTemplateLetters(config.public_url),
        ),
        promises=PromiseActivities(SqlPromiseMoves(database)),
    )
