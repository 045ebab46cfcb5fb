"""A short cut of the monthly campaign: a hundred customers, and the worker killed while it is at them."""

import pytest

from tests.campaigns.monthly import run

pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]

CUSTOMERS, RECORDS = 100, 2_000


async def test_a_month_is_made_once_though_its_worker_is_killed_in_the_middle() -> None:
    for outcome in (await run(CUSTOMERS, RECORDS))[:2]:
        assert (outcome.twice, outcome.missing, outcome.violations) == (0, 0, {})
        assert outcome.statements >= CUSTOMERS
