"""Approving several applications of low risk at once: choose, look at what happens, send one message each, see what became of each."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem
from domain.messages import ReviewDecision, Verdict
from domain.numbers import is_application_number
from infra.queries.beside import Decided
from infra.queries.calendar import calendar
from infra.queries.review_bulk import MOST, BulkItem, BulkOutcome, LeftOut, Pick, bulk_candidates, bulk_items, bulk_outcomes
from infra.queries.review_policy import current_policy
from infra.queries.review_queue import queue_counts
from web import formats, sentences
from web.cursors import whole_number
from web.dependencies import CurrentReviewer, Held, Now, Read, Reads, Services, Show, Temporal
from web.errors import NotPossibleNow, form_fields
from web.lives import LOOK_EVERY_S, WAIT_S, send
from web.review_beside import decided_words
from web.review_entry import days_left
from web.words import Words
from workflows.names import application_workflow_id

router = APIRouter(prefix="/review/bulk")

PATH = "/review/bulk"
RENEW_S = 2
LATE = "late"
"""In the result's address, after the number of one whose life had ended before the message came."""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An application with its checks in a line, and why it is left out in words."""

    item: BulkItem
    checks: str
    why_not: str


@router.get("")
async def choose(request: Request, reviewer: CurrentReviewer, held: Held, now: Now) -> Response:
    """Which ones? Those that may be approved together, in the queue's order."""
    return await _choose(request, held, reviewer.id, now)


@router.get("/preview")
async def preview(
    request: Request,
    reviewer: CurrentReviewer,
    held: Held,
    reads: Read,
    now: Now,
    pick: Annotated[tuple[str, ...], Query()] = (),
    every: Annotated[bool, Query(alias="all")] = False,
) -> Response:
    """What happens: how many, how much, each with its checks, and what is left out and why. `all`: of all that are offered."""
    picks = read_picks(pick)
    if every:
        picks = {item.number: item.pick for item in await reads(bulk_candidates, reviewer.id, now)}
    if problem := _number_problem(picks):
        return await _choose(request, held, reviewer.id, now, [problem], picks)
    return await _preview(request, held, reads, reviewer.id, now, picks)


@router.post("")
async def approve(
    request: Request,
    reviewer: CurrentReviewer,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[uuid.UUID, Form()],
    pick: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Send one approval each, and lead to what became of them. What changed since the preview is left out.

    The messages' keys come of the form's own, so that the same form sent again decides nothing twice.
    """
    picks = read_picks(pick)
    if problem := _number_problem(picks):
        return await _choose(request, held, reviewer.id, now, [problem], picks, status=422)
    keys = keys_of(key, picks)
    known = {each.number for each in await reads(bulk_outcomes, keys) if each.taken is not None}
    items = [item for item in await reads(bulk_items, tuple(picks), reviewer.id, now, picks) if item.number not in known]
    fine = [item for item in items if item.left_out is None]
    sent, late = sorted(known), [(item.number, item.left_out.code) for item in items if item.left_out is not None]
    form = await form_fields(request)
    for item in fine:
        message = ReviewDecision(keys[item.number], reviewer.id, Verdict.APPROVE, item.pick.version)
        life = application_workflow_id(item.number)
        try:
            await send(temporal, life, "decide", message, action=PATH, form=form, back=PATH)
        except NotPossibleNow:
            late.append((item.number, LATE))
        else:
            sent.append(item.number)
    await _settled(reads, {number: keys[number] for number in sent})
    parts = [("key", str(key)), *(("n", number) for number in sent), *(("out", f"{number}.{code}") for number, code in late)]
    return RedirectResponse(f"{PATH}/result?{urlencode(parts)}", 303)


@router.get("/result")
async def result(
    request: Request,
    _reviewer: CurrentReviewer,
    held: Held,
    reads: Read,
    show: Show,
    now: Now,
    key: Annotated[str, Query(max_length=36)] = "",
    n: Annotated[tuple[str, ...], Query()] = (),
    out: Annotated[tuple[str, ...], Query()] = (),
) -> Response:
    """What became of each. All of it stands in the address, which can be opened again."""
    context = await _result(request, held, reads, now, key, n, out)
    return show.page(request, "review/bulk_result.html", active="review", **context) if context else RedirectResponse(PATH, 303)


@router.get("/result/live")
async def result_live(
    request: Request,
    _reviewer: CurrentReviewer,
    held: Held,
    reads: Read,
    show: Show,
    now: Now,
    key: Annotated[str, Query(max_length=36)] = "",
    n: Annotated[tuple[str, ...], Query()] = (),
    out: Annotated[tuple[str, ...], Query()] = (),
    v: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The same as a part of the page, while some are still to come; 204 while nothing has changed."""
    context = await _result(request, held, reads, now, key, n, out)
    if not context:
        return RedirectResponse(PATH, 303)
    if str(context["waiting"]) == v:
        return Response(status_code=204)
    return show.page(request, "review/_bulk_outcomes.html", **context)


def read_picks(texts: Sequence[str]) -> dict[str, Pick]:
    """What was ticked, by number: `KP-….version.mark`. What is malformed is left out."""
    picks = {}
    for text in texts[: 4 * MOST]:
        number, _, rest = text.partition(".")
        version, _, mark = rest.partition(".")
        if is_application_number(number) and (counted := whole_number(version)) is not None:
            picks[number] = Pick(number, counted, mark[:20])
    return picks


def keys_of(key: uuid.UUID, picks: Mapping[str, object]) -> dict[str, str]:
    """The key of each one's message, by number."""
    return {number: str(uuid.uuid5(key, number)) for number in picks}


def _number_problem(picks: Mapping[str, Pick]) -> Problem | None:
    if not picks:
        return Problem("pick", "bulk-none")
    return Problem("pick", "bulk-many", {"max": str(MOST)}) if len(picks) > MOST else None


async def _settled(reads: Reads, keys: Mapping[str, str]) -> None:
    """Wait a moment for the lives' answers; the page of the result waits for the rest."""
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT_S
    found = await reads(bulk_outcomes, keys)
    while any(each.taken is None for each in found) and loop.time() < end:
        await asyncio.sleep(LOOK_EVERY_S)  # the rows are written by a worker, in another process
        found = await reads(bulk_outcomes, keys)


async def _choose(
    request: Request,
    held: Services,
    person_id: int,
    now: datetime,
    problems: Sequence[Problem] = (),
    ticked: Mapping[str, Pick] | None = None,
    status: int = 200,
) -> Response:
    def read(session: Session) -> dict[str, Any]:
        return {
            "items": bulk_candidates(session, person_id, now),
            "waiting": queue_counts(session, now).waiting,
            "line": current_policy(session).policy.bulk_up_to_score,
            "days_left": days_left(calendar(session), now),
        }

    found = await Reads(held)(read)
    language = held.pages.words(request)
    items = [_shown(language, now, item) for item in found.pop("items")]
    context = {"items": items, "problems": problems, "ticked": ticked or {}, "most": MOST}
    return held.pages.page(request, "review/bulk.html", status_code=status, active="review", **context, **found)


async def _preview(request: Request, held: Services, reads: Reads, person_id: int, now: datetime, picks: Mapping[str, Pick]) -> Response:
    items = await reads(bulk_items, tuple(picks), person_id, now, picks)
    language = held.pages.words(request)
    shown = [_shown(language, now, item) for item in items]
    fine = [each for each in shown if each.item.left_out is None]
    return held.pages.page(
        request,
        "review/bulk_preview.html",
        active="review",
        fine=fine,
        left=[each for each in shown if each.item.left_out is not None],
        sum_fen=sum(each.item.amount_fen for each in fine),
        key=uuid.uuid4(),
    )


async def _result(
    request: Request, held: Services, reads: Reads, now: datetime, key: str, n: Sequence[str], out: Sequence[str]
) -> dict[str, Any]:
    """Empty for an address that names nothing."""
    try:
        form_key = uuid.UUID(key)
    except ValueError:
        return {}
    numbers = [number for number in n[:MOST] if is_application_number(number)]
    late = {number: code for number, _, code in (each.partition(".") for each in out[:MOST]) if is_application_number(number)}
    language = held.pages.words(request)
    sent = await reads(bulk_outcomes, keys_of(form_key, dict.fromkeys(numbers)))
    items = await reads(bulk_items, tuple(late), 0, now)
    left = [(item, _why_left(language, now, late[item.number], item)) for item in items]
    if not sent and not left:
        return {}
    parts = [("key", key), *(("n", number) for number in numbers), *(("out", each) for each in out[:MOST])]
    waiting = sum(each.taken is None for each in sent)
    return {
        "sent": [(each, _outcome_words(language, now, each)) for each in sent],
        "left": left,
        "taken": sum(each.taken is True for each in sent),
        "taken_fen": sum(each.amount_fen for each in sent if each.taken),
        "refused": sum(each.taken is False for each in sent),
        "waiting": waiting,
        "renew_s": RENEW_S if waiting else 0,
        "address": f"{PATH}/result/live?{urlencode([*parts, ('v', str(waiting))])}",
    }


def _shown(language: Words, now: datetime, item: BulkItem) -> ShownItem:
    raised = [sentences.label(language, f"check:{check.code}") for check in item.checks if check.raised]
    clear = sum(not check.raised for check in item.checks)
    counted = language.ngettext("%(count)s check found nothing", "%(count)s checks found nothing", clear) % {"count": clear}
    line = formats.joined([*raised, counted], language.locale)
    return ShownItem(item, line, left_out_words(language, now, item.left_out))


def left_out_words(language: Words, now: datetime, left: LeftOut | None) -> str:
    """Why one is left out, in a sentence."""
    if left is None:
        return ""
    if left.code == "decided":
        return decided_words(language, now, Decided(left.state, left.at, left.by))
    moment = formats.prose_moment(left.at, now, language.locale) if left.at is not None else ""
    return sentences.reason(language, f"left-out:{left.code}", {"name": left.by, "moment": moment})


def _why_left(language: Words, now: datetime, code: str, item: BulkItem) -> str:
    """As it was when the form was sent: who looked at it then may have gone since."""
    if item.left_out is not None and item.left_out.code in (code, "decided"):
        return left_out_words(language, now, item.left_out)
    known = f"left-out:{code}" if f"left-out:{code}" in sentences.REASONS and code not in ("looked-at", "claimed") else "left-out:busy"
    return sentences.reason(language, known, {})


def _outcome_words(language: Words, now: datetime, each: BulkOutcome) -> str:
    """Taken, refused and why, or still to come."""
    if each.taken is None:
        return language.gettext("Sent; its answer is still to come.")
    if not each.taken and each.state:
        return decided_words(language, now, Decided(each.state, each.decided_at, each.decided_by))
    return sentences.note(language, "approve", each.taken, each.code)
