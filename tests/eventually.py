"""Waiting for what must come true, instead of sleeping."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], T | None], what: str = "", within: float = 20.0) -> T:
    """The first truthy answer of `look`. Fails, saying what was waited for and the last answer, when none comes in time."""
    ends_at = time.monotonic() + within
    while True:
        answer = await asyncio.to_thread(look)
        if answer:
            return answer
        if time.monotonic() > ends_at:
            raise AssertionError(f"did not come true within {within} s: {what or look}; last answer {answer!r}")
        await asyncio.sleep(0.02)
