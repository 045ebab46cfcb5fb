"""Everything that must be there before the first life: tables, buckets, search attributes, Schedules, demo data."""

import asyncio

from temporalio.client import Schedule

from domain.limit_notices import REMINDER_DAY
from domain.statements import CONFIRM_DAY
from infra.database import Database, make_engine
from infra.factor_keys import factor_keys
from infra.migrations import upgrade
from infra.second_factor import seal_factors
from infra.settings import Settings, settings
from infra.store import S3Attachments, prepare_bucket, prepare_plain_bucket, s3_client
from infra.temporal import connect, create_schedules, each, monthly, nightly, register_search_attributes
from workflows import names
from workflows.audit import AuditWorkflow
from workflows.confirmation import ConfirmationWorkflow
from workflows.housekeeping import HousekeepingWorkflow
from workflows.limit_notice import LimitNoticeWorkflow
from workflows.promises import PromiseWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statements import ExpiryWorkflow, StatementWorkflow
from workflows.ticket_notice import TicketNoticeWorkflow
from workflows.title_notice import TitleNoticeWorkflow


def prepare(*, demo: bool) -> None:
    """Prepare what the settings name; a repeat changes nothing. With `demo`, accounts and consumption to try it with."""
    config = settings()
    prepare_database(config)
    client = s3_client(
        config.s3_endpoint, config.s3_region, config.s3_access_key.get_secret_value(), config.s3_secret_key.get_secret_value()
    )
    prepare_bucket(client, config.s3_bucket)
    prepare_plain_bucket(client, config.s3_attachments_bucket)
    prepare_plain_bucket(client, config.s3_inbox_bucket)
    asyncio.run(prepare_namespace(config))
    if not demo:
        return
    from cli.demo import begin_lives, seed_demo

    beginnings = seed_demo(config, Database(make_engine(config.database_url)), S3Attachments(client, config.s3_attachments_bucket))

    async def begin() -> None:
        await begin_lives(await connect(config), beginnings)

    asyncio.run(begin())


def prepare_database(config: Settings) -> None:
    """Bring the database to today's tables, and seal second factors that are kept as older versions did: plain."""
    upgrade(config.database_url)
    seal_factors(Database(make_engine(config.database_url)), factor_keys(config))


def schedules() -> dict[str, Schedule]:
    """What runs by itself, by the Schedule's id."""
    return {
        names.STATEMENT_SCHEDULE: monthly(StatementWorkflow.__name__, "statements", names.LIVES, day=3, hour=2),
        names.CONFIRMATION_SCHEDULE: monthly(ConfirmationWorkflow.__name__, "confirmation", names.LIVES, day=CONFIRM_DAY, hour=9),
        names.LIMIT_NOTICE_SCHEDULE: monthly(LimitNoticeWorkflow.__name__, "limit-notices", names.LIVES, day=REMINDER_DAY, hour=9),
        names.EXPIRY_SCHEDULE: nightly(ExpiryWorkflow.__name__, "expiry", names.LIVES, hour=0),
        names.RECONCILIATION_SCHEDULE: nightly(ReconciliationWorkflow.__name__, "reconciliation", names.LIVES, hour=4),
        names.HOUSEKEEPING_SCHEDULE: nightly(HousekeepingWorkflow.__name__, "housekeeping", names.LIVES, hour=3),
        names.AUDIT_SCHEDULE: nightly(AuditWorkflow.__name__, "audit", names.LIVES, hour=5),
        # A calendar that came anew with a release, and lives that were not told while Temporal was away.
        names.PROMISE_SCHEDULE: each(10, PromiseWorkflow.__name__, "promises", names.LIVES, ""),
        # Notices whose start was lost while Temporal was away: no key of their own, so they look for what was forgotten.
        names.TICKET_NOTICE_SCHEDULE: each(10, TicketNoticeWorkflow.__name__, "ticket-notice:forgotten", names.LIVES, ""),
        names.TITLE_NOTICE_SCHEDULE: each(10, TitleNoticeWorkflow.__name__, "title-notice:forgotten", names.LIVES, ""),
    }


async def prepare_namespace(config: Settings) -> None:
    """Register search attributes and create the Schedules that are missing."""
    client = await connect(config)
    made = await register_search_attributes(client, names.SEARCH_ATTRIBUTES)
    made += await create_schedules(client, schedules())
    print(f"namespace {config.temporal_namespace}: {', '.join(made) if made else 'all there'}", flush=True)
