"""How an application's life begins: its number, the policy it keeps, and the start itself. No row is written here."""

import secrets
from datetime import datetime
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from domain.calendar import china_date
from domain.messages import ApplicationRequest, Policy
from domain.numbers import RANDOM_BYTES, application_number
from infra.settings import Settings
from web.lives import RPC_TIMEOUT
from workflows.application import ApplicationWorkflow, application_attributes
from workflows.names import LIVES, application_workflow_id
from workflows.priorities import priority_of


def draw_number(now: datetime) -> str:
    """A new application number of today."""
    return application_number(secrets.token_bytes(RANDOM_BYTES), china_date(now))


def policy_of(settings: Settings) -> Policy:
    """The policy a life that begins now keeps."""
    return Policy(
        correction_days=settings.correction_days,
        personal_minimum_fen=settings.personal_minimum_fen,
        automatic_authentication=settings.automatic_authentication,
    )


async def start(temporal: Client, asked: ApplicationRequest) -> Any:
    """Start the application's life, once per number for ever. Raises WorkflowAlreadyStartedError for an ended one."""
    return await temporal.start_workflow(
        ApplicationWorkflow.run,
        asked,
        id=application_workflow_id(asked.number),
        task_queue=LIVES,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=application_attributes(asked),
        static_summary=f"{asked.kind} {asked.medium} application, {len(asked.record_ids)} records, {len(asked.queries)} statements",
        priority=priority_of(expedited=asked.expedite, kind=asked.kind, enterprise_id=asked.enterprise_id),
        rpc_timeout=RPC_TIMEOUT,
    )
