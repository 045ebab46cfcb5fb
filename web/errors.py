"""What becomes of everything that goes wrong: one page each, in both languages. Nothing is said to be saved that is not."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote, urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.routing import Match
from temporalio.service import RPCError, RPCStatusCode

from domain.access import WITHDRAWABLE, Right
from domain.errors import Problem, Refusal
from infra.database import is_down
from web.outlived import outlived
from web.pages import Pages, here, safe_path
from web.security import ANSWER_HEADERS

log = logging.getLogger("kaipiao.web")


class NotSignedIn(Exception):
    """The page needs a person; sign-in leads back to it."""


class NotFound(Exception):
    """Unknown, or somebody else's: the same answer, so that nothing can be learned from it."""


class FormForged(Exception):
    """The form's token does not belong to this session: an old page, or another site's form."""


class NotPermitted(Exception):
    """A member asked for what its company has not permitted, or what only a master does. Shown with the names of those to ask."""

    def __init__(self, right: Right, masters: Sequence[str]) -> None:
        super().__init__(right)
        self.right = right
        self.masters = masters


class NotWhileActing(Exception):
    """Staff who act for a customer sent a form that only the customer itself may send. Nothing was changed."""


class NotPossibleNow(Exception):
    """A message reached a life that is over. The page shows the true state and what is possible instead.

    `back` is the address of the thing's page.
    """

    def __init__(self, back: str, state_kind: str = "", state: str = "") -> None:
        super().__init__(f"{state_kind} {state}")
        self.back = back
        self.state_kind = state_kind
        self.state = state


class TemporalDown(Exception):
    """The lives' server did not take the message. `form` are the fields for the repeat; `kept`: what was sent is saved all the same."""

    def __init__(self, action: str = "", form: list[tuple[str, str]] | None = None, *, kept: bool = False) -> None:
        super().__init__("the workflow server did not answer")
        self.action = action
        self.form = form or []
        self.kept = kept


async def form_fields(request: Request) -> list[tuple[str, str]]:
    """The texts of the form that was sent, for a repeat of it; files are not among them."""
    return [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]


def is_unavailable(error: BaseException) -> bool:
    """Whether Temporal could not be reached, or did not answer in time."""
    if isinstance(error, RPCError):
        down = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.RESOURCE_EXHAUSTED)
        return error.status in down
    return isinstance(error, (RuntimeError, ConnectionError, TimeoutError)) and (
        not isinstance(error, RuntimeError) or "connect" in str(error).lower()
    )


def _sent_form(request: Request) -> FormData:
    """What was sent, as the check of forms read it: a body can be read once only, and a route may have read it through a meter."""
    form: FormData = getattr(request.state, "sent_form", FormData())
    return form


def _page_of_form(request: Request) -> str:
    """Where the form of this request stands: the page that sent it, or the nearest one that can be opened again.

    A form that was refused is shown under the address it was sent to, which is no page.
    """
    parts = urlsplit(request.headers.get("referer", ""))
    if request.url.path == "/applications":
        records = [("record", each) for each in _sent_form(request).getlist("record") if isinstance(each, str) and each.isdecimal()]
        return "/apply?" + urlencode(records) if records else "/consumption"
    if parts.netloc != request.headers.get("host", "") or not parts.path.startswith("/"):
        return "/"
    if parts.path == request.url.path and request.url.path.count("/") > 1:
        return safe_path(parts.path.rsplit("/", 1)[0])
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def _methods(app: FastAPI, request: Request) -> list[str]:
    """What can be done at this address."""
    allowed = [
        method
        for method in ("GET", "POST")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in app.router.routes)
    ]
    return [*allowed, "HEAD"] if "GET" in allowed else allowed


def add_error_pages(app: FastAPI, pages: Pages, know_person: Callable[[Request], Awaitable[object]]) -> None:
    """Registers the handler of each kind. `know_person` notes on a request who is signed in, for the page's shell."""

    def show(request: Request, template: str, status: int, **context: object) -> HTMLResponse:
        return pages.page(request, template, status_code=status, **context)

    async def not_signed_in(request: Request, _error: Exception) -> Response:
        reading = request.method in {"GET", "HEAD"}
        target = here(request.url) if reading else _page_of_form(request)
        address = "/sign-in" if target == "/" else f"/sign-in?next={quote(target, safe='')}"
        if request.headers.get("hx-request"):
            return Response(status_code=204, headers={"HX-Redirect": address})
        if reading or request.url.path == "/sign-out":
            return RedirectResponse(address if reading else "/sign-in", 303)
        form = outlived(request.url.path, _sent_form(request))
        return show(request, "errors/401.html", 401, address=address, form=form)

    async def not_found(request: Request, _error: Exception) -> Response:
        await know_person(request)
        return show(request, "errors/404.html", 404)

    async def forged(request: Request, _error: Exception) -> Response:
        return show(request, "errors/403.html", 403)

    async def not_permitted(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotPermitted)  # noqa: S101 (registered for it alone)
        return show(
            request, "errors/not_permitted.html", 403, right=error.right, masters=error.masters, can_be_given=error.right in WITHDRAWABLE
        )

    async def not_while_acting(request: Request, _error: Exception) -> Response:
        return show(request, "errors/acting.html", 403)

    async def refused(request: Request, error: Exception) -> Response:
        problems = error.problems if isinstance(error, Refusal) else ()
        return show(request, "errors/422.html", 422, problems=problems)

    async def malformed(request: Request, error: Exception) -> Response:
        places = error.errors() if isinstance(error, RequestValidationError) else []
        if any(place["loc"][:1] == ("path",) for place in places):
            return show(request, "errors/404.html", 404)
        problems = [Problem(str(place["loc"][-1]), "field-malformed", {"field": str(place["loc"][-1])}) for place in places]
        return show(request, "errors/422.html", 422, problems=problems)

    async def not_possible(request: Request, error: Exception) -> Response:
        return show(request, "errors/409.html", 409, refused=error)

    async def temporal_down(request: Request, error: Exception) -> Response:
        form = error if isinstance(error, TemporalDown) else TemporalDown()
        return show(request, "errors/503.html", 503, form=form)

    async def from_starlette(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 404:
            return await not_found(request, error)
        if status == 405:
            await know_person(request)
            answer = show(request, "errors/405.html", 405)
            answer.headers["allow"] = ", ".join(_methods(app, request))
            return answer
        return show(request, "errors/422.html", status, problems=[])

    async def database(request: Request, error: Exception) -> Response:
        if isinstance(error, OperationalError) and is_down(error):
            return show(request, "errors/503.html", 503, form=TemporalDown())
        return await broken(request, error)

    async def broken(request: Request, error: Exception) -> Response:
        number = secrets.token_hex(4).upper()
        number = f"{number[:4]}-{number[4:]}"
        log.error("error %s at %s %s", number, request.method, request.url.path, exc_info=error)
        answer = show(request, "errors/500.html", 500, number=number)
        answer.headers["x-error-number"] = number  # a part of a page that is renewed shows it without this page
        answer.headers.update(ANSWER_HEADERS)  # this one is sent outside of the middleware that adds them
        return answer

    async def rpc(request: Request, error: Exception) -> Response:
        return await (temporal_down(request, TemporalDown()) if is_unavailable(error) else broken(request, error))

    for kind, handler in (
        (NotSignedIn, not_signed_in),
        (NotFound, not_found),
        (FormForged, forged),
        (NotPermitted, not_permitted),
        (NotWhileActing, not_while_acting),
        (Refusal, refused),
        (RequestValidationError, malformed),
        (NotPossibleNow, not_possible),
        (TemporalDown, temporal_down),
        (HTTPException, from_starlette),
        (OperationalError, database),
        (RPCError, rpc),
        (Exception, broken),
    ):
        app.add_exception_handler(kind, handler)
