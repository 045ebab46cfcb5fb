"""Messages to a life: noted as they come, answered in order, each once by its key.

Handlers only put messages in; the life takes them out where it waits, so that of two messages the first in the
history counts, and a replay decides the same.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from temporalio import workflow


class Keyed(Protocol):
    """Every message has the sender's key: the same key again is the same message."""

    @property
    def key(self) -> str: ...


M = TypeVar("M", bound=Keyed)


class Inbox(Generic[M]):
    """The messages of one life that wait for their answer."""

    def __init__(self, seen: Iterable[str] = ()) -> None:
        """`seen`: keys of messages that an earlier run of the life has answered."""
        self._waiting: deque[M] = deque()
        self._seen: set[str] = set(seen)

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    @property
    def seen(self) -> frozenset[str]:
        return frozenset(self._seen)

    def put(self, message: M) -> None:
        """Note a message; one whose key was seen before is dropped."""
        if message.key not in self._seen:
            self._seen.add(message.key)
            self._waiting.append(message)

    async def serve(
        self,
        answer: Callable[[M], Awaitable[None]],
        until: Callable[[], bool],
        within: timedelta | None = None,
        summary: str | None = None,
    ) -> bool:
        """Answer messages until `until` holds; False when `within` passed first.

        Messages that are waiting are answered before either is looked at, so none that came in time is lost.
        """
        ends_at = workflow.now() + within if within is not None else None
        while True:
            while self._waiting:
                await answer(self._waiting.popleft())
                if until():
                    return True
            if until():
                return True
            left = ends_at - workflow.now() if ends_at is not None else None
            if left is not None and left <= timedelta(0):
                return False
            try:
                await workflow.wait_condition(lambda: bool(self._waiting) or until(), timeout=left, timeout_summary=summary)
            except TimeoutError:
                if not self._waiting:
                    return until()

    async def drain(self, answer: Callable[[M], Awaitable[None]]) -> None:
        """Answer what is left; called before a life returns, so that nobody waits for an answer that never comes."""
        while self._waiting or not workflow.all_handlers_finished():
            while self._waiting:
                await answer(self._waiting.popleft())
            await workflow.wait_condition(workflow.all_handlers_finished)
