"""Staff's second factor: set up at the first sign-in, asked at each one. Before it nothing opens."""

import hmac
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem
from infra.codes import minutes
from infra.limits import Limit, forget, take
from infra.people import close_session
from infra.second_factor import Half, half_of, pass_second_factor
from web.dependencies import SESSION_COOKIE, Held, Now, Services
from web.errors import FormForged
from web.pages import safe_path
from web.visitors import set_session

router = APIRouter()

WRONG = Limit("second-factor", 5, timedelta(minutes=15))
"""Codes of one person: a million of them would have to be tried in half a minute each."""


@router.get("/second-factor")
async def show_second_factor(request: Request, held: Held, target: Annotated[str, Query(alias="next")] = "/") -> Response:
    half = await _half(request, held)
    return _page(request, held, half, target) if half is not None else RedirectResponse("/sign-in", 303)


@router.post("/second-factor")
async def second_factor(
    request: Request,
    held: Held,
    now: Now,
    csrf: Annotated[str, Form(max_length=100)] = "",
    code: Annotated[str, Form(max_length=40)] = "",
    target: Annotated[str, Form(alias="next", max_length=30_000)] = "/",
) -> Response:
    """Take a code, once, and let the person in under a new cookie."""
    half = await _half(request, held)
    if half is None:
        return RedirectResponse("/sign-in", 303)
    if not hmac.compare_digest(csrf.encode(), half.csrf_token.encode()):
        raise FormForged
    taken = await held.in_thread(take, held.database, [(WRONG, str(half.user_id))], now)
    if taken.wait:
        problem = Problem("code", "code-wait", {"minutes": minutes(taken.wait)})
        return _page(request, held, half, target, problem, 429)
    token = await held.in_thread(pass_second_factor, held.database, held.factor_keys, _token(request), code, now)
    if token is None:
        return _page(request, held, half, target, Problem("code", "second-factor-wrong", {"left": str(taken.left)}), 422)
    await held.in_thread(forget, held.database, WRONG, str(half.user_id))
    answer = RedirectResponse(safe_path(target), 303)
    set_session(answer, token, held)
    return answer


@router.post("/second-factor/leave")
async def leave(request: Request, held: Held, csrf: Annotated[str, Form(max_length=100)] = "") -> RedirectResponse:
    """Back to the sign-in, as somebody else."""
    half = await _half(request, held)
    if half is None:
        return RedirectResponse("/sign-in", 303)
    if not hmac.compare_digest(csrf.encode(), half.csrf_token.encode()):
        raise FormForged
    await held.in_thread(close_session, held.database, _token(request))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


def _token(request: Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


async def _half(request: Request, held: Services) -> Half | None:
    """Who has given the first factor here; None when nobody has, or too long ago, or the second one is given already."""
    token = _token(request)
    return await held.in_thread(half_of, held.database, token, held.pages.clock()) if token else None


def _page(request: Request, held: Services, half: Half, target: str, problem: Problem | None = None, status: int = 200) -> Response:
    template = "sign_in/set_up_factor.html" if half.secret else "sign_in/second_factor.html"
    problems = [problem] if problem else []
    return held.pages.page(request, template, status, half=half, csrf=half.csrf_token, next=safe_path(target), problems=problems)
