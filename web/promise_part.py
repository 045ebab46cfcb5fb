"""The promise of one application as a part of its pages that renews itself: until when, why, and who waits before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from domain.access import Right
from domain.messages import Policy
from infra.people import Person
from infra.promises import same_day
from infra.queries.applications import ApplicationDetail, application_detail, application_is_seen
from infra.queries.calendar import Calendar
from infra.queries.promises import PromiseSeen
from infra.queries.queue_standing import Standing, standing_of
from infra.queries.sign_offs import scope_on
from web import promise_words
from web.dependencies import CurrentReader, Held, Now, Read, Services, Show
from web.errors import NotFound
from web.words import Words

router = APIRouter(prefix="/applications")

RENEW_S = 60


@dataclass(frozen=True, slots=True)
class PromisePart:
    """What the part shows: sentences, and whether it still looks again. `cost`: what an expedite costs or has cost others."""

    why: tuple[str, ...]
    ahead: str
    cost: str
    renew_s: int


def standing_now(session: Session, found: ApplicationDetail, now: datetime) -> Standing | None:
    """Its place in the queue; None when it does not wait for a decision."""
    if found.promise is None or not found.promise.is_open:
        return None
    return standing_of(session, found.summary.number, same_day(found.days, now, Policy()).due_at, now)


def promise_part(
    language: Words, now: datetime, promise: PromiseSeen | None, days: Calendar, standing: Standing | None
) -> PromisePart | None:
    """The part of an application with a promise; None without one."""
    if promise is None:
        return None
    why = tuple(promise_words.why(language, now, promise, days))
    if standing is None or not promise.is_open:
        return PromisePart(why, "", promise_words.cost_then(language, promise), 0)
    cost = promise_words.cost_then(language, promise) if promise.expedited_at is not None else promise_words.cost_now(language, standing)
    return PromisePart(why, promise_words.ahead(language, standing), cost, RENEW_S)


@router.get("/{number}/promise")
async def show_part(request: Request, number: str, person: CurrentReader, held: Held, reads: Read, show: Show, now: Now) -> Response:
    """The part alone, as it is now."""

    def read(session: Session) -> tuple[ApplicationDetail | None, Standing | None, bool]:
        detail = application_detail(session, scope_on(session, person, number), number)
        standing = standing_now(session, detail, now) if detail is not None else None
        return detail, standing, application_is_seen(session, person.scope, number)

    detail, standing, own = await reads(read)
    if detail is None or detail.promise is None:
        raise NotFound
    return show.page(request, "applications/_promise.html", **part_of(held, request, person, detail, standing, now, own=own))


def part_of(
    held: Services, request: Request, person: Person, found: ApplicationDetail, standing: Standing | None, now: datetime, *, own: bool
) -> dict[str, Any]:
    """What the template of the part needs."""
    summary = found.summary
    may_act = own and person.may(Right.APPLY)
    return {
        "each": summary,
        "promise": found.promise,
        "promised": promise_part(held.pages.words(request), now, found.promise, found.days, standing),
        "sooner": same_day(found.days, now, Policy()).due_at,
        "may_act": may_act,
        "may_expedite": may_act and found.promise is not None and found.promise.is_open and not summary.expedited,
    }
