"""Worlds for lives: on one shared server for what happens at once, on a server of its own where time is skipped."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.databases import sqlite_database
from tests.workflows.server import time_skipping_server
from tests.workflows.world import World


@pytest.fixture(scope="session")
async def shared_server() -> AsyncIterator[WorkflowEnvironment]:
    async with await time_skipping_server() as environment:
        yield environment


@pytest.fixture
async def world(shared_server: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[World]:
    """A world in which no time is skipped: tests wait for rows, never for a result, which would skip."""
    made = World(shared_server, sqlite_database(tmp_path))
    async with made.working():
        yield made


@pytest.fixture
def idle_world(shared_server: WorkflowEnvironment, tmp_path: Path) -> World:
    """A world in which nobody works yet: what is sent lies in the history before the first step. Not beside `common_world`."""
    return World(shared_server, sqlite_database(tmp_path))


@pytest.fixture(scope="module")
async def common_world(shared_server: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The same, for all tests of a file: each has lives of its own in it."""
    made = World(shared_server, sqlite_database(tmp_path_factory.mktemp("common")))
    async with made.working():
        yield made


@pytest.fixture
async def lasting_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose days pass when the test says so. Its server is its own: the clock of one is global to its lives."""
    server: AbstractAsyncContextManager[WorkflowEnvironment] = await time_skipping_server()
    async with server as environment:
        made = World(environment, sqlite_database(tmp_path))
        async with made.working():
            yield made
