"""The announcements of this moment, held in memory: every page shows them, and none waits for the database because of them."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from infra.queries.announcements import MOST_AT_ONCE, Announcement

RENEW_S = 10.0
"""How long another process's announcement may take to be seen here."""
CLOSED_COOKIE = "closed"
CLOSED_S = 90 * 86_400
MOST_CLOSED = 30


class Board:
    """What is announced. Used on the event loop alone, so nothing is locked."""

    def __init__(self) -> None:
        self._held: tuple[Announcement, ...] = ()
        self._read_at = float("-inf")

    def forget(self) -> None:
        """Read anew with the next request: something was changed here."""
        self._read_at = float("-inf")

    async def renew(self, read: Callable[[], Awaitable[tuple[Announcement, ...]]]) -> None:
        """Read what is announced, at most every `RENEW_S`. While the database does not answer, what was known stays."""
        if time.monotonic() - self._read_at < RENEW_S:
            return
        self._read_at = time.monotonic()
        try:
            self._held = await read()
        except SQLAlchemyError:
            return

    def shown(self, now: datetime, closed: frozenset[str]) -> list[Announcement]:
        """What this visitor has not closed, the newest first."""
        return [each for each in self._held if each.is_on(now) and each.mark not in closed][:MOST_AT_ONCE]


def closed_marks(request: Request) -> list[str]:
    """What this browser has closed, by the cookie, the oldest first. Anybody may have written there: it is only compared."""
    return [mark for mark in request.cookies.get(CLOSED_COOKIE, "")[:1000].split(".") if mark][-MOST_CLOSED:]
