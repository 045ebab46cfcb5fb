"""The Temporal client, and what a namespace needs before the first life: search attributes, retention, Schedules."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from infra.settings import Settings

_CHINA = "Asia/Shanghai"
_TYPES = {
    "bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
}


class SharedPayloadConverter(PydanticPayloadConverter):
    """The pydantic converter, its adapters kept for the whole process.

    The SDK makes a converter anew for every life, and with it the adapter of every message type, eight for a life.
    What sharing them saves is small: `docs/performance.md` has the figure and its spread.
    """

    def __init__(self) -> None:
        super().__init__()
        self.converters = _SHARED.converters


_SHARED = PydanticPayloadConverter()
DATA_CONVERTER = replace(pydantic_data_converter, payload_converter_class=SharedPayloadConverter)
"""What every client of ours connects with."""


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """The one way to a client: web, worker, commands and tests use the same data converter.

    A lazy client connects at its first call, so that the web starts while Temporal is down.
    """
    return await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace, data_converter=DATA_CONVERTER, lazy=lazy)


async def register_search_attributes(client: Client, keys: Iterable[SearchAttributeKey[Any]]) -> list[str]:
    """Make the attributes that are missing; gives their names. Raises ValueError for one that is there with another type."""
    listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
    there = dict(listed.custom_attributes)
    wanted = _types_of(keys)
    wrong = [name for name, kind in wanted.items() if name in there and there[name] != kind]
    if wrong:
        raise ValueError(f"search attributes with another type are in the namespace: {', '.join(wrong)}")
    missing = {name: kind for name, kind in wanted.items() if name not in there}
    if missing:
        await _add(client, missing)
    return sorted(missing)


async def add_search_attributes(client: Client, keys: Iterable[SearchAttributeKey[Any]]) -> None:
    """Make the attributes without looking first: the time-skipping test server cannot list them."""
    await _add(client, _types_of(keys))


def _types_of(keys: Iterable[SearchAttributeKey[Any]]) -> dict[str, IndexedValueType.ValueType]:
    return {key.name: _TYPES[key.indexed_value_type.name.lower()] for key in keys}


async def _add(client: Client, types: dict[str, IndexedValueType.ValueType]) -> None:
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


def monthly(workflow: str, workflow_id: str, task_queue: str, *, day: int, hour: int) -> Schedule:
    """On a day of each month in China. A run that is late waits its turn; one missed for a week is caught up."""
    calendar = ScheduleCalendarSpec(day_of_month=[ScheduleRange(day)], hour=[ScheduleRange(hour)], comment="monthly")
    return _schedule(workflow, workflow_id, task_queue, calendar, timedelta(days=7))


def nightly(workflow: str, workflow_id: str, task_queue: str, *, hour: int) -> Schedule:
    """Each night in China."""
    calendar = ScheduleCalendarSpec(hour=[ScheduleRange(hour)], comment="nightly")
    return _schedule(workflow, workflow_id, task_queue, calendar, timedelta(days=1))


def each(minutes: int, workflow: str, workflow_id: str, task_queue: str, *arguments: str) -> Schedule:
    """Every so many minutes, with these arguments. What was missed is not caught up: the next run looks at everything."""
    return Schedule(
        action=ScheduleActionStartWorkflow(workflow, args=arguments, id=workflow_id, task_queue=task_queue),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(minutes=minutes))]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=minutes)),
    )


def _schedule(workflow: str, workflow_id: str, task_queue: str, calendar: ScheduleCalendarSpec, catch_up: timedelta) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(workflow, id=workflow_id, task_queue=task_queue),
        spec=ScheduleSpec(calendars=[calendar], time_zone_name=_CHINA),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=catch_up),
    )


async def create_schedules(client: Client, schedules: dict[str, Schedule]) -> list[str]:
    """Create the Schedules that are missing; gives their ids. One that is there is left as operators keep it."""
    created = []
    for schedule_id, schedule in schedules.items():
        try:
            await client.create_schedule(schedule_id, schedule)
        except ScheduleAlreadyRunningError:
            continue
        created.append(schedule_id)
    return created
