"""Saying that a step lives while it waits for one long statement of the database."""

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import activity

EVERY_S = 3.0


@contextmanager
def beating() -> Iterator[None]:
    """Heartbeats from a thread of their own until the block ends: a process that was killed falls silent, and the step is begun anew."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(EVERY_S) and activity.in_activity():
            activity.heartbeat()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(beat,), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
