"""Saying that a step lives while it waits for one long statement of the database."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from temporalio import activity

EVERY_S = 2.0


@contextmanager
def beating() -> Iterator[Callable[..., None]]:
    """Heartbeats from a thread of their own until the block ends: a process that was killed falls silent, and the step is begun anew.

    The function that comes out takes what the beats shall carry from then on, as the rows that were read.
    """
    told: list[tuple[object, ...]] = [()]
    over = threading.Event()

    def tell(*details: object) -> None:
        told[0] = details

    def beat() -> None:
        while not over.wait(EVERY_S) and activity.in_activity():
            activity.heartbeat(*told[0])

    activity.heartbeat()
    thread = threading.Thread(target=contextvars.copy_context().run, args=(beat,), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        over.set()
        thread.join()
