"""After a decision on a title: have its customer told of it."""

import logging

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from web.errors import is_unavailable
from web.lives import RPC_TIMEOUT
from workflows.names import LIVES, title_notice_workflow_id
from workflows.title_notice import TitleNoticeWorkflow

log = logging.getLogger(__name__)


async def tell_customer(temporal: Client, key: str) -> None:
    """Start the notice of a decision. With Temporal away the decision holds all the same; the next notice sends this one too."""
    try:
        await temporal.start_workflow(
            TitleNoticeWorkflow.run,
            key,
            id=title_notice_workflow_id(key),
            task_queue=LIVES,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="Mail the customer of a title",
            rpc_timeout=RPC_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError) as error:
        if not is_unavailable(error):
            raise
        log.warning("no notice of the decision on title %s yet: Temporal does not answer", key)
