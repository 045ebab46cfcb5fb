"""What handlers ask for in their signatures: the person, the database, Temporal, the pages. Rights stand here alone."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.datastructures import FormData
from temporalio.client import Client

from domain.access import RIGHTS, Right, Role
from domain.ports import AttachmentStore, Documents, Inbox, Scanner
from infra.acting import note_acted
from infra.database import Database
from infra.factor_keys import FactorKeys
from infra.members import masters_of
from infra.people import Person, person_of
from infra.post import Post
from infra.settings import Settings
from web.acting_rules import AGREEING, FORMS, UNNOTED
from web.errors import FormForged, NotFound, NotPermitted, NotSignedIn, NotWhileActing
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
    attachments: AttachmentStore
    post: Post
    factor_keys: FactorKeys
    scanner: Scanner | None
    """Looks for viruses in files; None when no address is set."""
    inbox: Inbox
    """Where billing systems put files to be imported."""
    hashing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "kaipiao-hashing"))
    """For passwords: a flood of sign-ins takes no thread from the pages, and no more CPU than two at once."""
    sending: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "kaipiao-sending"))
    """For letters that a person waits for: a slow mail server holds up nothing else."""

    async def run_in(self, pool: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, lambda: function(*args, **kwargs))

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


async def anybody(request: Request, held: Annotated[Services, Depends(services)]) -> Person | None:
    """Who is signed in, on pages that are open to all and must open when the database does not answer, too."""
    try:
        return await person_or_none(request, held)
    except SQLAlchemyError:
        return None


async def signed_in(person: Annotated[Person | None, Depends(person_or_none)]) -> Person:
    if person is None:
        raise NotSignedIn
    return person


def needs(*rights: Right) -> Callable[[Person, Services], Awaitable[Person]]:
    """A dependency that lets in whoever has one of the rights.

    To others the page does not exist; but a customer whose company could allow it is told so, and whom to ask (feature 38).
    """
    askable = RIGHTS[Role.CUSTOMER_MASTER].intersection(rights)

    async def check(person: Annotated[Person, Depends(signed_in)], held: Annotated[Services, Depends(services)]) -> Person:
        if any(person.may(right) for right in rights):
            return person
        if askable and person.role is Role.CUSTOMER_MEMBER and person.enterprise_id is not None:
            raise NotPermitted(min(askable), await Reads(held)(masters_of, person.enterprise_id))
        raise NotFound

    check.rights = rights  # type: ignore[attr-defined]
    return check


async def genuine_form(request: Request) -> None:
    """Every changing request of a signed-in person carries the session's token. Router-wide; see `web/app.py`.

    The browser's own word (Origin, Sec-Fetch-Site) is checked before, in `web/security.py`.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    person = await person_or_none(request, await services(request))
    form = await request.form()
    if person is None:
        request.state.sent_form = form  # a route's own Request has read the body: whoever answers finds it here
        raise NotSignedIn
    sent = form.get("csrf") or request.headers.get("x-csrf-token", "")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), person.csrf_token.encode()):
        raise FormForged
    if person.acting_for is not None:
        await _in_the_customers_place(request, person, form)


async def _in_the_customers_place(request: Request, person: Person, form: FormData) -> None:
    """Staff who act for a customer send only what `web/acting_rules.py` lists, and each form is noted before it is handled."""
    path: str = getattr(request.scope.get("route"), "path", "")
    if path not in FORMS or AGREEING & set(form):
        raise NotWhileActing
    if path not in UNNOTED and person.acting_for is not None:
        held = await services(request)
        noted = (person.id, person.acting_for, request.url.path, person.acting_reason, held.pages.clock())
        await held.in_thread(note_acted, held.database, *noted)


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

Anybody = Annotated[Person | None, Depends(anybody)]
CurrentUser = Annotated[Person, Depends(signed_in)]
CurrentCustomer = Annotated[Person, Depends(needs(Right.APPLY))]
CurrentTitleKeeper = Annotated[Person, Depends(needs(Right.KEEP_TITLES))]
CurrentTitleChecker = Annotated[Person, Depends(needs(Right.CHECK_IDENTITY))]
CurrentTitleClearer = Annotated[Person, Depends(needs(Right.CLEAR_TITLES))]
CurrentPeopleKeeper = Annotated[Person, Depends(needs(Right.MANAGE_PEOPLE))]
CurrentReader = Annotated[Person, Depends(needs(Right.SEE_OWN, Right.SEE_ALL_CUSTOMERS))]
"""Customers for their own, staff for all, to read."""
CurrentOwner = Annotated[Person, Depends(needs(Right.SEE_OWN))]
"""Customers alone, and staff who act for one."""
CurrentAuthenticator = Annotated[Person, Depends(needs(Right.AUTHENTICATE))]
CurrentIdentityChecker = Annotated[Person, Depends(needs(Right.CHECK_IDENTITY))]
CurrentReviewer = Annotated[Person, Depends(needs(Right.REVIEW))]
CurrentSupervisor = Annotated[Person, Depends(needs(Right.SUPERVISE))]
CurrentReceiver = Annotated[Person, Depends(needs(Right.RECEIVE_ORIGINALS))]
CurrentImporter = Annotated[Person, Depends(needs(Right.IMPORT))]
CurrentOperator = Annotated[Person, Depends(needs(Right.OPERATE))]
CurrentKeyKeeper = Annotated[Person, Depends(needs(Right.KEEP_IMPORT_KEYS))]
CurrentAnnouncer = Annotated[Person, Depends(needs(Right.ANNOUNCE))]
CurrentActor = Annotated[Person, Depends(needs(Right.ACT_FOR_CUSTOMERS))]
CurrentAsker = Annotated[Person, Depends(needs(Right.ASK_SUPPORT))]
CurrentTicketAnswerer = Annotated[Person, Depends(needs(Right.ANSWER_TICKETS))]
CurrentRevealer = Annotated[Person, Depends(needs(Right.REVEAL))]
CurrentAuditor = Annotated[Person, Depends(needs(Right.SEE_AUDIT))]

AnyDict = dict[str, Any]
