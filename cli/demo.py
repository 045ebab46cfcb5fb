"""The demo: people, bills and what waits for them, kept in our rows, and the lives that begin with it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from pwdlib import PasswordHash
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.clock import utc_now
from domain.authentication import AuthenticationRequest
from domain.calendar import china_date
from domain.messages import Policy
from domain.ports import AttachmentStore
from infra.books.imports import Imports
from infra.database import Database
from infra.demo import people
from infra.demo.authentications import seed_authentication
from infra.demo.sample import sample_csv
from infra.demo.sign_offs import seed_sign_off
from infra.demo.tickets import ANSWER, seed_tickets
from infra.demo.titles import seed_titles
from infra.factor_keys import factor_keys
from infra.settings import Settings
from workflows import names
from workflows.attributes import authentication_attributes
from workflows.authentication import AuthenticationWorkflow
from workflows.ticket_notice import TicketNoticeWorkflow


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The lives that are to begin, once Temporal knows our search attributes."""

    authentication: AuthenticationRequest | None
    ticket_answered: bool


def seed_demo(config: Settings, database: Database, store: AttachmentStore) -> Beginnings:
    """Keep what is missing; a repeat changes nothing. The tables and the bucket must be there."""
    now = utc_now()
    today = china_date(now)
    keys = factor_keys(config)
    people.seed(database, today, PasswordHash.recommended().hash, keys=keys)
    seed_sign_off(database, keys, config.oa_page_url, now)
    answered = seed_tickets(database, now)
    seed_titles(database, now)
    policy = Policy(correction_days=config.correction_days, personal_minimum_fen=config.personal_minimum_fen)
    authentication = seed_authentication(database, store, config.font_regular, policy, now)
    report = Imports(database).import_file(sample_csv(today), f"sample-{today:%Y-%m}.csv", None, today)
    print(f"demo data: {report.records} consumption records from {report.lines} lines", flush=True)
    return Beginnings(authentication, answered)


async def begin_lives(client: Client, beginnings: Beginnings) -> None:
    """Start what the seed kept, as the pages would: each once for ever."""
    starts: list[Coroutine[Any, Any, object]] = []
    if beginnings.authentication is not None:
        starts.append(
            client.start_workflow(
                AuthenticationWorkflow.run,
                beginnings.authentication,
                id=names.authentication_workflow_id(beginnings.authentication.number),
                task_queue=names.LIVES,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=authentication_attributes(beginnings.authentication),
                static_summary=f"{beginnings.authentication.kind} authentication",
            )
        )
    if beginnings.ticket_answered:
        starts.append(
            client.start_workflow(
                TicketNoticeWorkflow.run,
                ANSWER,
                id=names.ticket_notice_workflow_id(ANSWER),
                task_queue=names.LIVES,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary="Mail the other side of a ticket",
            )
        )
    for outcome in await asyncio.gather(*starts, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, WorkflowAlreadyStartedError):
            raise outcome
