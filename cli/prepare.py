"""Everything that must be there before the first life: tables, bucket, search attributes, Schedules, demo data."""

import asyncio

from pwdlib import PasswordHash

from activities.clock import utc_now
from domain.calendar import china_date
from infra.books.imports import Imports
from infra.database import Database, make_engine
from infra.demo import people
from infra.demo.sample import sample_csv
from infra.demo.tickets import seed_tickets
from infra.migrations import upgrade
from infra.settings import Settings, settings
from infra.store import prepare_bucket, prepare_plain_bucket, s3_client
from infra.temporal import connect, create_schedules, monthly, nightly, register_search_attributes
from workflows import names
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statements import ExpiryWorkflow, StatementWorkflow


def prepare(*, demo: bool) -> None:
    """Prepare what the settings name; a repeat changes nothing. With `demo`, accounts and consumption to try it with."""
    config = settings()
    prepare_database(config, demo=demo)
    client = s3_client(
        config.s3_endpoint, config.s3_region, config.s3_access_key.get_secret_value(), config.s3_secret_key.get_secret_value()
    )
    prepare_bucket(client, config.s3_bucket)
    prepare_plain_bucket(client, config.s3_attachments_bucket)
    asyncio.run(prepare_namespace(config))


def prepare_database(config: Settings, *, demo: bool) -> None:
    """Migrate, and with `demo` seed people and import the sample file."""
    upgrade(config.database_url)
    if not demo:
        return
    database = Database(make_engine(config.database_url))
    today = china_date(utc_now())
    people.seed(database, today, PasswordHash.recommended().hash)
    seed_tickets(database, utc_now())
    report = Imports(database).import_file(sample_csv(today), f"sample-{today:%Y-%m}.csv", None, today)
    print(f"demo data: {report.records} consumption records from {report.lines} lines", flush=True)


async def prepare_namespace(config: Settings) -> None:
    """Register search attributes and create the Schedules that are missing."""
    client = await connect(config)
    made = await register_search_attributes(client, names.SEARCH_ATTRIBUTES)
    schedules = {
        names.STATEMENT_SCHEDULE: monthly(StatementWorkflow.__name__, "statements", names.LIVES, day=3, hour=2),
        names.EXPIRY_SCHEDULE: nightly(ExpiryWorkflow.__name__, "expiry", names.LIVES, hour=0),
        names.RECONCILIATION_SCHEDULE: nightly(ReconciliationWorkflow.__name__, "reconciliation", names.LIVES, hour=4),
    }
    made += await create_schedules(client, schedules)
    print(f"namespace {config.temporal_namespace}: {', '.join(made) if made else 'all there'}", flush=True)
