"""Who a program is: the import key in its Authorization header. Programs have no session, no form token and no page."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from domain.access import Right
from infra.import_keys import Machine, machine_of
from infra.limits import Limit, take
from web.dependencies import Held, Now, Services
from web.sentences import api as api_words
from web.visitors import network_of

REQUESTS = Limit("api", 120, timedelta(minutes=1))
"""Of one key."""
WRONG_KEYS = Limit("api-wrong-key", 30, timedelta(minutes=15))
"""From one network: a secret of 256 bits is not guessed, but nobody needs to try."""
LONGEST_SECRET = 200


class ApiRefused(Exception):
    """The answer to a program: status, a code that never changes, and what its sentence needs."""

    def __init__(self, status: int, code: str, headers: dict[str, str] | None = None, **params: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.params = params
        self.more: dict[str, Any] = {}
        """What else the answer says."""


def refused(request: Request, held: Services, error: ApiRefused) -> JSONResponse:
    """RFC 9457: what is wrong, as a code and in words of the asked language."""
    language = held.pages.words(request)
    detail = language.say(api_words.API_FAULTS.get(error.code, error.code), error.params)
    content: dict[str, Any] = {"type": "about:blank", "status": error.status, "code": error.code, "detail": detail}
    content |= error.params | error.more
    return JSONResponse(content, error.status, {"content-type": "application/problem+json", **error.headers})


async def machine(request: Request, held: Services, now: datetime) -> Machine:
    """The program that asks. Raises ApiRefused: 401 without a key that can be used, 429 for too many requests."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and 0 < len(secret) <= LONGEST_SECRET:
        found = await held.in_thread(machine_of, held.database, secret.strip(), now)
    if found is None or not found.may(Right.IMPORT):
        if secret:
            await _count(held, WRONG_KEYS, network_of(request), now)
        raise ApiRefused(401, "key-needed", {"www-authenticate": "Bearer"})
    await _count(held, REQUESTS, str(found.key_id), now)
    return found


async def _count(held: Services, limit: Limit, name: str, now: datetime) -> None:
    taken = await held.in_thread(take, held.database, [(limit, name)], now)
    if taken.wait:
        raise ApiRefused(429, "too-many-requests", {"retry-after": str(int(taken.wait.total_seconds()) + 1)})


async def _current(request: Request, held: Held, now: Now) -> Machine:
    return await machine(request, held, now)


CurrentMachine = Annotated[Machine, Depends(_current)]
