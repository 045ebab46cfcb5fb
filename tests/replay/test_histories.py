"""What stands in the histories: small, readable for operators, without personal data, and showing every step and message."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent

from cli.worker import WORKFLOWS
from tests import factories
from tests.activities.test_twice import CASES
from tests.authentications import COMPANY
from tests.replay import histories

MOST_EVENTS = 120
MOST_BYTES = 64 * 1024
LARGEST_PAYLOAD = 100 * 1024

PERSONAL = (
    factories.BUYER_NAME,
    factories.BUYER_TAX_ID,
    "finance@shiguang.example",
    "13800008826",
    "林澈",
    "周审",
    "北京市朝阳区望京街",
    "青屿云计算（杭州）有限公司",
    "91330106MACKX4QG41",
    COMPANY.name,
    COMPANY.licence_number,
    COMPANY.legal_person,
    COMPANY.phone,
    "@",
)
"""What the factories write into the rows that these lives were about; `@` stands for any address at all."""

FILES = pytest.mark.parametrize("path", histories.files(), ids=lambda path: path.name)


def _events(path: Path) -> list[HistoryEvent]:
    return list(histories.read(path).events)


@FILES
def test_a_life_is_short(path: Path) -> None:
    events = _events(path)
    size = sum(event.ByteSize() for event in events)
    print(f"{path.name}: {len(events)} events, {size} bytes")
    assert len(events) <= MOST_EVENTS
    assert size <= MOST_BYTES


@FILES
def test_no_life_failed(path: Path) -> None:
    """A task that found news just as it ended the life is done again by the server; anything else is a defect."""
    events = _events(path)
    assert events[-1].event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED
    failed = [event.workflow_task_failed_event_attributes for event in events if event.HasField("workflow_task_failed_event_attributes")]
    assert {task.cause for task in failed} <= {WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND}


@FILES
def test_every_step_and_every_timer_says_what_it_is(path: Path) -> None:
    named = {EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, EventType.EVENT_TYPE_TIMER_STARTED, EventType.EVENT_TYPE_MARKER_RECORDED}
    silent = [
        f"{event.event_id} {EventType.Name(event.event_type)}"
        for event in _events(path)
        if event.event_type in named and not event.user_metadata.summary.data and not _is_patch(event)
    ]
    assert silent == []


def _is_patch(event: HistoryEvent) -> bool:
    """The SDK's own mark of a step that older lives do not have; its name says which."""
    return event.marker_recorded_event_attributes.marker_name == "core_patch"


@FILES
def test_no_payload_is_large_or_names_anybody(path: Path) -> None:
    found = list(_payloads(path))
    assert found
    assert max(len(data) for data in found) < LARGEST_PAYLOAD
    readable = path.read_text() + "".join(data.decode("utf-8", "replace") for data in found)
    readable += readable.encode().decode("unicode_escape", "replace")
    assert [text for text in PERSONAL if text in readable] == []


@FILES
def test_a_history_says_nothing_of_the_machine_it_was_recorded_on(path: Path) -> None:
    text = path.read_text() + "".join(data.decode("utf-8", "replace") for data in _payloads(path))
    assert not [part for part in ("/home/", "/tmp/", "site-packages", str(histories.FOLDER.parents[2]), ".py") if part in text]


def test_the_histories_show_every_step_and_every_message() -> None:
    """So that a path that is added without a recording is noticed."""
    activities: set[str] = set()
    signals: set[str] = set()
    for path in histories.files():
        for event in _events(path):
            if event.HasField("activity_task_scheduled_event_attributes"):
                activities.add(event.activity_task_scheduled_event_attributes.activity_type.name)
            if event.HasField("marker_recorded_event_attributes"):
                activities |= {name for name in CASES if f'"{name}"' in str(event.marker_recorded_event_attributes).replace("\\", "")}
            if event.HasField("workflow_execution_signaled_event_attributes"):
                signals.add(event.workflow_execution_signaled_event_attributes.signal_name)
    assert activities == set(CASES)
    assert signals == _declared_signals()


def _declared_signals() -> set[str]:
    declared: set[str] = set()
    for kind in WORKFLOWS:
        for _name, method in inspect.getmembers(kind):
            definition = getattr(method, "__temporal_signal_definition", None)
            if definition is not None:
                declared.add(definition.name)
    return declared


def _payloads(path: Path) -> Iterator[bytes]:
    for event in _events(path):
        for payload in histories.payloads(event):
            yield payload.data
