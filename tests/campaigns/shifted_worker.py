"""A worker whose clock is off: `python -m tests.campaigns.shifted_worker SECONDS`, the settings from the environment.

The steps take the moment from one clock each; that clock is shifted here, in a real process with the real adapters.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from cli.exit import run_main
from cli.steps import build_steps
from cli.worker import running_workers
from infra.database import Database, make_engine
from infra.settings import settings
from infra.temporal import connect


async def work(shift: timedelta) -> None:
    """Poll until killed."""
    config = settings()
    steps = build_steps(config, Database(make_engine(config.database_url)))
    for activities in (steps.applications, steps.issuing, steps.documents, steps.delivery, steps.returns):
        activities.clock = lambda: datetime.now(UTC) + shift
    client = await connect(config)
    async with running_workers(client, steps, config.worker_activity_slots):
        print("shifted worker: polling", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    run_main(lambda: asyncio.run(work(timedelta(seconds=float(sys.argv[1])))))
