"""Steps of a batch by Excel on our own rows: begin, prepare the next rows, note what has begun, end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.clock import utc_now
from domain.batches import BatchBegun, BatchBooks, BatchPart, BatchRequest, BatchStep


@dataclass
class BatchActivities:
    books: BatchBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def begin_batch(self, request: BatchRequest) -> int:
        """The good rows wait to be carried out. A repeat finds them waiting."""
        return self.books.begin(request, self.clock())

    @activity.defn
    def prepare_entries(self, step: BatchStep) -> BatchPart:
        """The applications of the next rows. A title or address that is there already is the answer, so a repeat adds none."""
        return self.books.prepare(step, self.clock())

    @activity.defn
    def note_begun(self, begun: BatchBegun) -> int:
        """Say in the rows that their applications have begun, and how many have no answer yet. A repeat says the same."""
        return self.books.begun(begun)

    @activity.defn
    def end_batch(self, batch_id: str) -> None:
        """The batch is done; done twice, it keeps the first moment."""
        self.books.end(batch_id, self.clock())
