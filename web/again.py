"""Sending a form again whose session had ended: only by who filled it in, and with a token of the new session."""

from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.routing import Match

from web.dependencies import Anybody, Show
from web.errors import NotFound
from web.limits import LongFormRoute
from web.outlived import SECRET, Outlived
from web.pages import safe_path

router = APIRouter(route_class=LongFormRoute)


@router.post("/again")
async def send_again(
    request: Request,
    person: Anybody,
    show: Show,
    action: Annotated[str, Form(max_length=300)] = "",
    owner: Annotated[str, Form(max_length=64)] = "",
    files: Annotated[bool, Form()] = False,
    name: Annotated[list[str] | None, Form(max_length=1250)] = None,
    value: Annotated[list[str] | None, Form(max_length=1250)] = None,
) -> Response:
    """The form once more, for the person whose it was to look over and send. Changes nothing; another person sees nothing of it."""
    if not owner or not _takes_forms(request, action):
        raise NotFound
    fields = tuple(zip_longest(name or (), value or (), fillvalue=""))
    form = Outlived(action, tuple((key, text) for key, text in fields if key and key not in SECRET), owner, files)
    if person is None:
        return show.page(request, "errors/401.html", 401, address="/sign-in", form=form)
    if not form.is_of(person):
        return show.page(request, "errors/others_form.html", 403)
    return show.page(request, "errors/again.html", form=form)


def _takes_forms(request: Request, path: str) -> bool:
    """Whether a form can be sent to this path of ours."""
    scope = {**request.scope, "path": path, "method": "POST"}
    return safe_path(path) == path and any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
