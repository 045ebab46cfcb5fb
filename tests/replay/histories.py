"""Recorded histories as files: what of them is kept, and how they are read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

FOLDER = Path(__file__).parent / "histories"

_OF_THE_MACHINE = {"identity": "recorded", "stackTrace": "", "requestId": "00000000-0000-0000-0000-000000000000"}
"""What says where a history was recorded and nothing of the life: it is not kept."""


def write(name: str, history: WorkflowHistory) -> Path:
    """Keep a history under its path's name and its kind of life, `paper.invoice.json`."""
    kind = history.events[0].workflow_execution_started_event_attributes.workflow_type.name.removesuffix("Workflow").lower()
    path = FOLDER / f"{name}.{kind}.json"
    kept = _without_machine(json.loads(history.to_json()))
    kept["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"] = history.workflow_id  # the test server leaves it out
    path.write_text(json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n")
    return path


def _without_machine(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _OF_THE_MACHINE.get(key, _without_machine(inner)) for key, inner in value.items()}
    return [_without_machine(inner) for inner in value] if isinstance(value, list) else value


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


def read(path: Path) -> WorkflowHistory:
    # Replays look at the id that the life had: its signals to the application carry it.
    text = path.read_text()
    return WorkflowHistory.from_json(_workflow_id(json.loads(text)), text)


def _workflow_id(history: dict[str, Any]) -> str:
    return str(history["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"])


def payloads(event: HistoryEvent) -> Iterator[Payload]:
    """Every payload anywhere in an event."""
    waiting: list[Any] = [event]
    while waiting:
        message = waiting.pop()
        if isinstance(message, Payload):
            yield message
        elif hasattr(message, "ListFields"):
            waiting += [value for _field, value in message.ListFields()]
        elif hasattr(message, "values"):
            waiting += list(message.values())
        elif isinstance(message, (str, bytes, int, float)):
            continue
        else:
            waiting += list(message)
