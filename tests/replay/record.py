"""Record the histories anew: `python -m tests.replay.record [path ...]`, without names all of them.

Recorded ones stay while the lives they show may still run: a change of a workflow must replay them, or be patched.
New paths are added beside them.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cli.exit import run_main
from tests.databases import sqlite_database
from tests.replay import histories
from tests.replay.paths import PATHS
from tests.workflows.server import time_skipping_server
from tests.workflows.world import World


async def record(name: str) -> list[Path]:
    """Live a path on a server of its own and keep its histories."""
    with tempfile.TemporaryDirectory(prefix="kaipiao-record-") as folder:
        async with await time_skipping_server() as environment:
            world = World(environment, sqlite_database(Path(folder)))
            async with world.working():
                lives = await PATHS[name](world)
                return [histories.write(name, await world.client.get_workflow_handle(life).fetch_history()) for life in lives]


async def record_all(chosen: Sequence[str]) -> int:
    unknown = sorted(set(chosen) - set(PATHS))
    if unknown:
        print(f"no such path: {', '.join(unknown)}; there are {', '.join(PATHS)}")
        return 2
    for name in chosen or PATHS:
        written = await record(name)
        print(f"{name}: {', '.join(path.name for path in written)}", flush=True)
    return 0


if __name__ == "__main__":
    run_main(lambda: asyncio.run(record_all(sys.argv[1:])))
