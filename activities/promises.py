"""Steps that keep promises in line with the calendar, and say whose life is to be told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.clock import utc_now
from domain.messages import Policy
from domain.promises import MovedPromise, PromiseBooks


@dataclass
class PromiseActivities:
    books: PromiseBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def move_promises(self, policy: Policy) -> int:
        """Move what is not by today's calendar yet; a repeat finds nothing left."""
        return self.books.move(policy, self.clock())

    @activity.defn
    def promises_to_tell(self, after: str) -> tuple[MovedPromise, ...]:
        """The next lives that wait for an older promise; those that are over are forgotten."""
        return tuple(self.books.moved(after))

    @activity.defn
    def promises_told(self, moves: tuple[MovedPromise, ...]) -> None:
        """Forget those that have the message; a repeat finds them gone."""
        self.books.told(moves)
