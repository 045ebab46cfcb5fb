"""A masked value shown whole: with a reason, once, and noted (`infra/reveals.py`)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from domain.errors import Problem, Refusal
from infra.reveals import is_revealable, reveal
from web.dependencies import CurrentRevealer, Now, Read, Show, Write
from web.errors import NotFound
from web.pages import safe_path

router = APIRouter()


@router.post("/reveal")
async def show_value(
    request: Request,
    staff: CurrentRevealer,
    show: Show,
    reads: Read,
    writes: Write,
    now: Now,
    subject: Annotated[str, Form(max_length=120)] = "",
    field: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """The value on a page of its own, which no address leads to: it cannot be opened again without a new reason."""
    problems: tuple[Problem, ...] = ()
    value: str | None = None
    try:
        value = await writes(reveal, staff.id, subject, field, reason, now, of=staff.acting_for)
        known = value is not None
    except Refusal as refusal:
        problems = refusal.problems
        known = await reads(is_revealable, subject, field, staff.acting_for)
    if not known:
        raise NotFound
    return show.page(
        request,
        "reveal/value.html",
        status_code=422 if problems else 200,
        subject=subject,
        field=field,
        reason=reason,
        value=value,
        problems=list(problems),
        back=safe_path(back),
    )
