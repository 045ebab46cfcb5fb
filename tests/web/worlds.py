"""The filled Kaipiao of the access campaign, for tests of pages that need people of every role."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.campaigns.people_and_things import World, make_world
from tests.web.conftest import Clock


@pytest.fixture
async def world(tmp_path: Path, clock: Clock) -> AsyncIterator[World]:
    made = make_world(tmp_path, now=clock)
    yield made
    await made.close()
