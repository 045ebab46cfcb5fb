"""Lives that end by their own rules: a request in the Temporal UI to cancel one is noted, not torn out of a step."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_its_end(life: Coroutine[Any, Any, T], asked_to_stop: Callable[[], None]) -> T:
    """Live to the end; `asked_to_stop` is called when an operator requests a cancellation meanwhile.

    A step that is cut off half done would leave rows without a life: an amount reserved by nobody, an invoice that
    nobody issues.
    """
    task = asyncio.create_task(life)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.done():
                raise
            asked_to_stop()
