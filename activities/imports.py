"""Steps of an import: read and check the file, write it whole, end without it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.clock import utc_now
from domain.imports import ImportEnding, ImportRequest, ImportRuns, ImportStep
from domain.messages import Note
from domain.ports import AttachmentStore, OutsideUnavailable


@dataclass
class ImportActivities:
    runs: ImportRuns
    store: AttachmentStore
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def check_import(self, request: ImportRequest) -> ImportStep:
        """Read the file and keep its report. A repeat reads it again; nothing is booked."""
        with beating() as tell:
            return self.runs.check(request, self._content(request), tell, self.clock())

    @activity.defn
    def write_import(self, request: ImportRequest) -> ImportStep:
        """Import the file in one transaction. The batch is keyed by the bytes: a repeat finds it and books nothing."""
        with beating() as tell:
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
