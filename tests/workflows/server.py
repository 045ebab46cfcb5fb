"""The time-skipping test server, with what a namespace of ours needs."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from infra.parts import test_server
from infra.settings import settings
from infra.temporal import DATA_CONVERTER, add_search_attributes
from workflows import names


async def time_skipping_server() -> WorkflowEnvironment:
    """A server of its own; leave it as a context manager."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER,
        test_server_existing_path=str(test_server(settings())),
        test_server_startup_timeout=timedelta(seconds=60),
    )
    await add_search_attributes(environment.client, names.SEARCH_ATTRIBUTES)
    return environment
