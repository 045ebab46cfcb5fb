"""Lives of every path, recorded once, run on today's code: a change that would strand running ones fails here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from cli.worker import SANDBOX, WORKFLOWS
from infra.temporal import DATA_CONVERTER
from tests.replay import histories
from tests.replay.changed import ChangedApplication, ChangedAuthentication, ChangedInvoice
from tests.replay.paths import PATHS


def _replayer(workflows: Sequence[type[Any]]) -> Replayer:
    return Replayer(workflows=workflows, data_converter=DATA_CONVERTER, workflow_runner=SANDBOX)


@pytest.mark.parametrize("path", histories.files(), ids=lambda path: path.name)
async def test_a_recorded_life_replays_on_todays_code(path: Path) -> None:
    result = await _replayer(WORKFLOWS).replay_workflow(histories.read(path), raise_on_replay_failure=False)
    assert result.replay_failure is None


@pytest.mark.parametrize(
    ("changed", "recorded"),
    [
        (ChangedApplication, "electronic.application.json"),
        (ChangedInvoice, "paper.invoice.json"),
        (ChangedAuthentication, "authenticated.authentication.json"),
    ],
    ids=["application", "invoice", "authentication"],
)
async def test_a_step_that_was_added_without_a_patch_is_noticed(changed: type[Any], recorded: str) -> None:
    """The control: the replay can fail."""
    result = await _replayer([changed]).replay_workflow(histories.read(histories.FOLDER / recorded), raise_on_replay_failure=False)
    assert isinstance(result.replay_failure, NondeterminismError)
    assert "TMPRL1100" in str(result.replay_failure)


def test_every_path_is_recorded() -> None:
    assert {path.name.split(".")[0] for path in histories.files()} == set(PATHS)
