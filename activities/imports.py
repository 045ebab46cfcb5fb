"""Steps of an import: read and check the file, write it whole, end without it."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.imports import ImportEnding, ImportRequest, ImportRuns, ImportStep
from domain.messages import Note
from domain.ports import AttachmentStore, OutsideUnavailable

BEAT = timedelta(seconds=2)
"""How often a step says that it goes on, also where one statement of the database takes long."""


@dataclass
class ImportActivities:
    runs: ImportRuns
    store: AttachmentStore
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def check_import(self, request: ImportRequest) -> ImportStep:
        """Read the file and keep its report. A repeat reads it again; nothing is booked."""
        with _beating() as tell:
            return self.runs.check(request, self._content(request), tell, self.clock())

    @activity.defn
    def write_import(self, request: ImportRequest) -> ImportStep:
        """Import the file in one transaction. The batch is keyed by the bytes: a repeat finds it and books nothing."""
        with _beating() as tell:
            return self.runs.write(request, self._content(request), tell, self.clock())

    @activity.defn
    def end_import(self, ending: ImportEnding) -> None:
        """End without a batch. A run that has ended stays as it is."""
        self.runs.end(ending, self.clock())

    @activity.defn
    def answer_import(self, note: Note) -> None:
        """Answer a message that changes nothing any more."""
        self.runs.note(note, self.clock())

    def _content(self, request: ImportRequest) -> bytes:
        try:
            return self.store.read(request.batch_id)
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The file cannot be had from the store: {failure}", type="store-unavailable") from failure


@contextmanager
def _beating() -> Iterator[Callable[[int, int], None]]:
    """Heartbeats every `BEAT` with the rows that were told last, from a thread beside the work."""
    told: list[tuple[int, int]] = [(0, 0)]
    over = threading.Event()

    def tell(rows: int, total: int) -> None:
        told[0] = (rows, total)

    def beat() -> None:
        while not over.wait(BEAT.total_seconds()):
            activity.heartbeat(*told[0])

    activity.heartbeat(0, 0)
    thread = threading.Thread(target=contextvars.copy_context().run, args=(beat,), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        over.set()
        thread.join()
