"""After a ticket's message, a decision on a title or a change of the calendar: have those told whom it concerns."""

import logging
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from web.errors import is_unavailable
from web.lives import RPC_TIMEOUT
from workflows.names import LIVES, PROMISES_NOW, ticket_notice_workflow_id, title_notice_workflow_id
from workflows.promises import PromiseWorkflow
from workflows.ticket_notice import TicketNoticeWorkflow
from workflows.title_notice import TitleNoticeWorkflow

log = logging.getLogger(__name__)


async def tell_other_side(temporal: Client, key: str) -> None:
    """Start the notice of a ticket's message."""
    await _start(temporal, TicketNoticeWorkflow.run, key, ticket_notice_workflow_id(key), "Mail the other side of a ticket")


async def tell_customer(temporal: Client, key: str) -> None:
    """Start the notice of a decision on a title."""
    await _start(temporal, TitleNoticeWorkflow.run, key, title_notice_workflow_id(key), "Mail the customer of a title")


async def tell_lives_of_promises(temporal: Client) -> None:
    """Start the run that tells lives whose promise comes earlier. A run that is under way may miss it: the Schedule's next one does not."""
    again = WorkflowIDReusePolicy.ALLOW_DUPLICATE
    await _start(temporal, PromiseWorkflow.run, "", PROMISES_NOW, "Tell applications of the changed calendar", again)


async def _start(
    temporal: Client,
    run: Any,
    key: str,
    workflow_id: str,
    summary: str,
    reuse: WorkflowIDReusePolicy = WorkflowIDReusePolicy.REJECT_DUPLICATE,
) -> None:
    """With Temporal away what is told of holds all the same; the next notice of its kind sends this one too."""
    try:
        await temporal.start_workflow(
            run,
            key,
            id=workflow_id,
            task_queue=LIVES,
            id_reuse_policy=reuse,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=summary,
            rpc_timeout=RPC_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError) as error:
        if not is_unavailable(error):
            raise
        log.warning("no notice %s yet: Temporal does not answer", workflow_id)
