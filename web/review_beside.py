"""The moving part of a case at the desk: who else looks at it, how it was decided meanwhile, and which case comes next."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from domain.lifecycle import ApplicationState
from infra.presence import look_at
from infra.queries.beside import Beside, Decided, beside_of
from infra.queries.resubmission import APPROVED
from infra.queries.review_queue import SHOWS
from web import formats, sentences
from web.dependencies import CurrentReviewer, Held, Now, Read, Show, Write
from web.errors import NotFound
from web.lives import ShownNote
from web.words import Words

router = APIRouter(prefix="/review")


@router.get("/{number}/live")
async def live(
    request: Request,
    number: str,
    reviewer: CurrentReviewer,
    held: Held,
    reads: Read,
    writes: Write,
    show: Show,
    now: Now,
    filter_: Annotated[str, Query(alias="show", max_length=20)] = "all",
    v: Annotated[str, Query(max_length=16)] = "",
    stamp: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Says that this person looks at the case, and what has changed since the page was shown: 204 while nothing has.

    `v` is the digest of what the page shows, `stamp` what the reviewer decides about.
    """
    chosen = filter_ if filter_ in SHOWS else "all"
    found = await reads(beside_of, number, chosen, reviewer, now)
    if found is None:
        raise NotFound
    if found.decided is None:
        await writes(look_at, number, reviewer.id, now)
    context = beside_context(held.pages.words(request), now, found, chosen, stamp)
    if context["digest"] == v:
        return Response(status_code=204)
    return show.page(request, "review/_beside_answer.html", **context)


def beside_context(language: Words, now: datetime, found: Beside, chosen: str, stamp: str = "") -> dict[str, Any]:
    """What the part needs. `stamp` is what the page was opened with: another one means that it shows what is no longer so."""
    shown_stamp = stamp or found.stamp
    changed = found.decided is None and shown_stamp != found.stamp
    parts = (found.decided, found.lookers, found.ahead, found.ahead_stamp, changed)
    return {
        "beside": found,
        "chosen": chosen,
        "stamp": shown_stamp,
        "changed": changed,
        "digest": hashlib.sha256(repr(parts).encode()).hexdigest()[:16],
        "decided_words": decided_words(language, now, found.decided) if found.decided is not None else "",
    }


def decided_words(language: Words, now: datetime, decided: Decided) -> str:
    """Who ended the review, how and when, in one sentence."""
    state = "approved" if decided.state in APPROVED else decided.state
    if state == "approved" and not decided.by:
        state = "policy"
    known = (ApplicationState.REJECTED, ApplicationState.CANCELLED, ApplicationState.LAPSED, "approved", "policy")
    moment = formats.prose_moment(decided.at, now, language.locale) if decided.at is not None else ""
    code = f"decided:{state}" if state in known and moment else "decided:over"
    return sentences.reason(language, code, {"name": decided.by, "moment": moment})


def changed_nothing(language: Words, now: datetime, decided: Decided | None) -> ShownNote | None:
    """The answer to a decision that came second: who was first, and when. None while nobody has decided."""
    if decided is None:
        return None
    said = decided_words(language, now, decided)
    gap = "" if language.locale == "zh" else " "
    return ShownNote(f"{said}{gap}{language.gettext('Your decision changed nothing.')}", taken=False, waiting=False)
