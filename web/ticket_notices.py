"""After a message of a ticket: have the other side told of it."""

import logging

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from web.errors import is_unavailable
from web.lives import RPC_TIMEOUT
from workflows.names import LIVES, ticket_notice_workflow_id
from workflows.ticket_notice import TicketNoticeWorkflow

log = logging.getLogger(__name__)


async def tell_other_side(temporal: Client, key: str) -> None:
    """Start the notice of a message. With Temporal away the message is kept all the same; the next notice sends this one too."""
    try:
        await temporal.start_workflow(
            TicketNoticeWorkflow.run,
            key,
            id=ticket_notice_workflow_id(key),
            task_queue=LIVES,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="Mail the other side of a ticket",
            rpc_timeout=RPC_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError) as error:
        if not is_unavailable(error):
            raise
        log.warning("no notice of ticket message %s yet: Temporal does not answer", key)
