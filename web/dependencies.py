"""What handlers ask for in their signatures: the person, the database, Temporal, the pages. Rights stand here alone."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Request
from sqlmodel import Session
from temporalio.client import Client

from domain.access import Right
from domain.ports import Documents
from infra.database import Database
from infra.people import Person, person_of
from infra.settings import Settings
from web.errors import FormForged, NotFound, NotSignedIn
from web.pages import Pages

SESSION_COOKIE = "kaipiao"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Services:
    """What one web process holds, made by the app factory and found at `app.state.services`."""

    settings: Settings
    database: Database
    pages: Pages
    documents: Documents
    temporal: Callable[[], Awaitable[Client]]
    executor: ThreadPoolExecutor

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Blocking work, in the bounded pool: nothing blocks the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, lambda: function(*args, **kwargs))


# Every dependency is a coroutine, also where it awaits nothing: FastAPI runs each plain function in a thread.


async def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


class Reads:
    """`await reads(query, ...)` runs `query(session, ...)` in a read-only transaction, in one hop to a thread."""

    def __init__(self, held: Services) -> None:
        self._held = held

    async def __call__(self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            with self._held.database.read() as session:
                return query(session, *args, **kwargs)

        return await self._held.in_thread(run)


class Writes:
    """`await writes(function, ...)` runs one of infra's write functions, `function(database, ...)`, in a thread."""

    def __init__(self, held: Services) -> None:
        self._held = held

    async def __call__(self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._held.in_thread(function, self._held.database, *args, **kwargs)


async def person_or_none(request: Request, held: Annotated[Services, Depends(services)]) -> Person | None:
    """Who is signed in, by the session cookie. Also noted on the request, for the shell of the page."""
    if hasattr(request.state, "person"):
        known: Person | None = request.state.person
        return known
    person: Person | None = None
    token = request.cookies.get(SESSION_COOKIE, "")
    if token:
        longest = timedelta(hours=held.settings.session_hours)
        person = await held.in_thread(person_of, held.database, token, held.pages.clock(), longest)
    request.state.person = person
    return person


async def signed_in(person: Annotated[Person | None, Depends(person_or_none)]) -> Person:
    if person is None:
        raise NotSignedIn
    return person


def needs(*rights: Right) -> Callable[[Person], Awaitable[Person]]:
    """A dependency that lets in whoever has one of the rights. To others the page does not exist."""

    async def check(person: Annotated[Person, Depends(signed_in)]) -> Person:
        if not any(person.may(right) for right in rights):
            raise NotFound
        return person

    check.rights = rights  # type: ignore[attr-defined]
    return check


async def genuine_form(request: Request) -> None:
    """Every changing request of a signed-in person carries the session's token. Router-wide; see `web/app.py`.

    The browser's own word (Origin, Sec-Fetch-Site) is checked before, in `web/security.py`.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    person = await person_or_none(request, await services(request))
    if person is None:
        raise NotSignedIn
    form = await request.form()
    sent = form.get("csrf") or request.headers.get("x-csrf-token", "")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), person.csrf_token.encode()):
        raise FormForged


async def reads(held: Annotated[Services, Depends(services)]) -> Reads:
    return Reads(held)


async def writes(held: Annotated[Services, Depends(services)]) -> Writes:
    return Writes(held)


async def pages(held: Annotated[Services, Depends(services)]) -> Pages:
    return held.pages


async def temporal(held: Annotated[Services, Depends(services)]) -> Client:
    return await held.temporal()


async def current_time(held: Annotated[Services, Depends(services)]) -> datetime:
    return held.pages.clock()


Held = Annotated[Services, Depends(services)]
Read = Annotated[Reads, Depends(reads)]
Write = Annotated[Writes, Depends(writes)]
Show = Annotated[Pages, Depends(pages)]
Temporal = Annotated[Client, Depends(temporal)]
Now = Annotated[datetime, Depends(current_time)]

CurrentUser = Annotated[Person, Depends(signed_in)]
CurrentCustomer = Annotated[Person, Depends(needs(Right.APPLY))]
CurrentTitleKeeper = Annotated[Person, Depends(needs(Right.KEEP_TITLES))]
CurrentReader = Annotated[Person, Depends(needs(Right.SEE_OWN, Right.SEE_ALL_CUSTOMERS))]
"""Customers for their own, staff for all, to read."""
CurrentReviewer = Annotated[Person, Depends(needs(Right.REVIEW))]
CurrentReceiver = Annotated[Person, Depends(needs(Right.RECEIVE_ORIGINALS))]
CurrentImporter = Annotated[Person, Depends(needs(Right.IMPORT))]
CurrentOperator = Annotated[Person, Depends(needs(Right.OPERATE))]

AnyDict = dict[str, Any]
