"""What we measure ourselves for the status page: whether the database and Temporal answer, and what waits too long for whom."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from temporalio.service import RPCError

from domain.status import Service
from infra.queries.operators import MOST, stuck
from web.dependencies import Reads, Services

RENEW_S = 15.0
"""Anybody may open the page: it measures no more often than this."""
ANSWER_WITHIN_S = 3.0
_WAITS_FOR = {
    "parked": Service.TAX_BUREAU,
    "red-parked": Service.TAX_BUREAU,
    "issuing": Service.TAX_BUREAU,
    "reversing": Service.TAX_BUREAU,
    "documents": Service.DOCUMENTS,
    "red-documents": Service.DOCUMENTS,
    "mail": Service.MAIL,
    "parcel": Service.COURIER,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something answered, and in how many milliseconds."""

    answered: bool
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement. `waiting` counts, by service, what waits longer than the operators' patience; None: could not be counted."""

    at: datetime
    database: Answer
    temporal: Answer
    waiting: dict[str, int] | None

    def waits_at_least(self, service: str) -> bool:
        """Whether the count was cut off, so that there are more."""
        return self.waiting is not None and self.waiting.get(service, 0) >= MOST


@dataclass
class Measuring:
    """Measures now and then, once for all who ask meanwhile."""

    newest: Measured | None = None
    _until: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def now(self, held: Services) -> Measured:
        async with self._lock:
            if self.newest is None or time.monotonic() >= self._until:
                self.newest = await _measure(held)
                self._until = time.monotonic() + RENEW_S
            return self.newest


async def measuring(request: Request) -> Measuring:
    state = request.app.state
    if not hasattr(state, "measuring"):
        state.measuring = Measuring()
    found: Measuring = state.measuring
    return found


async def _measure(held: Services) -> Measured:
    database, temporal = await asyncio.gather(_database(held), _temporal(held))
    at = held.pages.clock()
    return Measured(at, database, temporal, await _waiting(held, at) if database.answered else None)


async def _database(held: Services) -> Answer:
    def answer(session: Session) -> None:
        session.connection().execute(text("SELECT 1"))

    begun = time.perf_counter()
    try:
        await asyncio.wait_for(Reads(held)(answer), ANSWER_WITHIN_S)
    except (SQLAlchemyError, TimeoutError):
        return Answer(False)
    return Answer(True, round(1000 * (time.perf_counter() - begun)))


async def _temporal(held: Services) -> Answer:
    begun = time.perf_counter()
    try:
        client = await asyncio.wait_for(held.temporal(), ANSWER_WITHIN_S)
        answered = await client.service_client.check_health(timeout=timedelta(seconds=ANSWER_WITHIN_S))
    except (RPCError, RuntimeError, ConnectionError, TimeoutError):
        return Answer(False)
    return Answer(answered, round(1000 * (time.perf_counter() - begun)))


async def _waiting(held: Services, now: datetime) -> dict[str, int] | None:
    try:
        found = await Reads(held)(stuck, now)
    except SQLAlchemyError:
        return None
    return dict(Counter(str(_WAITS_FOR[each.kind]) for each in found if each.kind in _WAITS_FOR))
