"""Telling the customer of material beside the life: no message waits for a mail server."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.material import MaterialActivities, TellMaterialStep
    from domain.material import MaterialNews

_TELLING = timedelta(days=1)
"""For so long mail server and SMS gateway may be away; what they say stands on the page."""


class MaterialTelling:
    """What of an application's rounds is still to be told. A step finds in the rows whether its news still holds."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._running: list[asyncio.Task[None]] = []

    @property
    def is_telling(self) -> bool:
        return any(not task.done() for task in self._running)

    def tell(self, news: MaterialNews, due_at: datetime) -> asyncio.Task[None]:
        task = asyncio.create_task(self._tell(news, due_at))
        self._running.append(task)
        return task

    async def _tell(self, news: MaterialNews, due_at: datetime) -> None:
        try:
            await workflow.execute_activity_method(
                MaterialActivities.tell_material,
                TellMaterialStep(self._number, news, due_at),
                task_queue=names.DELIVERY,
                summary=f"Tell of the material: {news}",
                schedule_to_close_timeout=_TELLING,
                **OUTSIDE,
            )
        except FailureError as failure:
            workflow.logger.warning("Not told of %s of %s: %s", news, self._number, failure)
