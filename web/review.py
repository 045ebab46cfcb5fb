"""The review desk: the queue, one application with its evidence, and the decision."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from domain.calendar import china_date
from domain.errors import Problem
from domain.messages import Policy, ReviewDecision, Verdict
from infra.people import Person
from infra.queries.calendar import Calendar, calendar
from infra.queries.evidence import evidence_mark
from infra.queries.review import Case, case_of
from infra.queries.review_queue import SHOWS, Place, QueuePage, QueueRow, queue, queue_counts
from web import formats
from web.cursors import queue_place
from web.dependencies import CurrentReviewer, Held, Now, Read, Services, Show, Temporal
from web.desk import answer_on, reason_text, send_and_see, with_answer, workflow_address
from web.differences import marked
from web.errors import NotFound, NotPossibleNow
from web.lives import ShownNote
from web.material_part import TypedMaterial, material_part
from web.risk import risk_of
from web.sentences.staff import REJECTIONS
from workflows.names import application_workflow_id

router = APIRouter(prefix="/review")

REASON_LENGTH = 500
RANKS = 3
"""Expedited, special, ordinary."""


Groups = list[tuple[tuple[str, datetime], list[QueueRow]]]
"""Rows under what they are listed by: expedited, special or ordinary, and the due moment."""


def grouped(rows: tuple[QueueRow, ...]) -> Groups:
    """The queue's rows in groups, in the queue's order."""
    return [(group, list(members)) for group, members in groupby(rows, key=lambda row: row.group)]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a page stands in the queue: the rows beside it, the one before and the one after."""

    rows: tuple[QueueRow, ...]
    before: str
    after: str

    @property
    def groups(self) -> Groups:
        return grouped(self.rows)


@router.get("")
async def desk(
    request: Request,
    held: Held,
    _reviewer: CurrentReviewer,
    reads: Read,
    show: Show,
    now: Now,
    filter_: Annotated[str, Query(alias="show", max_length=20)] = "all",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The queue: what next?"""
    chosen = filter_ if filter_ in SHOWS else "all"

    def read(session: Session) -> dict[str, Any]:
        page = queue(session, chosen, now, _place(after))
        message = answer_on("/review", held, request, session)
        return {"page": page, "counts": queue_counts(session, now), "message": message, "days_left": days_left(calendar(session), now)}

    found = await reads(read)
    page: QueuePage = found["page"]
    older = f"/review?{urlencode({'show': chosen, 'after': _written(page.next)})}" if page.next else ""
    newer = f"/review?{urlencode({'show': chosen})}" if after else ""
    return show.page(
        request,
        "review/desk.html",
        active="review",
        chosen=chosen,
        older=older,
        newer=newer,
        groups=grouped(page.rows),
        **found,
    )


@router.get("/{number}")
async def case(
    request: Request,
    number: str,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    now: Now,
    filter_: Annotated[str, Query(alias="show", max_length=20)] = "all",
) -> Response:
    """One application: is it right?"""
    return await _page(request, held, reads, reviewer, number, now, filter_)


@router.post("/{number}/decision", status_code=303)
async def decide(
    request: Request,
    number: str,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    temporal: Temporal,
    now: Now,
    verdict: Annotated[Verdict, Form()],
    key: Annotated[uuid.UUID, Form()],
    version: Annotated[int, Form(ge=1)],
    evidence: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form()] = "",
    phrase: Annotated[str, Form(max_length=40)] = "",
    filter_: Annotated[str, Form(alias="show", max_length=20)] = "all",
) -> Response:
    """Send the decision; the next item of the queue opens and says what became of this one.

    A decision that was not taken opens the same application again, with the reason and who was first.
    """
    language = held.pages.words(request)
    text = reason_text(language, reason, phrase, REJECTIONS)
    problems = []
    if verdict is Verdict.REJECT and not text:
        problems.append(Problem("reason", "reason-needed"))
    if len(text) > REASON_LENGTH:
        problems.append(Problem("reason", "reason-long", {"max": str(REASON_LENGTH)}))
    if problems:
        return await _page(request, held, reads, reviewer, number, now, filter_, status=422, problems=problems, reason=text, key=key)
    seen = await reads(case_of, number, now, Policy())
    if seen is None:
        raise NotFound
    if seen.is_open and evidence_mark(seen.files) != evidence:  # the life knows nothing of files
        changed = [Problem("files", "evidence-changed")]
        return await _page(request, held, reads, reviewer, number, now, filter_, status=409, problems=changed, reason=text, key=key)
    life = application_workflow_id(number)
    message = ReviewDecision(key=str(key), by=reviewer.id, verdict=verdict, version=version, reason=text)
    try:
        note = await send_and_see(request, held, temporal, life, "decide", message, back=f"/review/{number}")
    except NotPossibleNow:
        over = ShownNote(
            language.gettext("This application was decided before. Your decision changed nothing."), taken=False, waiting=False
        )
        return await _page(request, held, reads, reviewer, number, now, filter_, status=409, message=over)
    chosen = filter_ if filter_ in SHOWS else "all"
    if note is not None and not note.taken:
        return RedirectResponse(with_answer(f"/review/{number}?{urlencode({'show': chosen})}", life, str(key)), 303)
    following = await reads(_following, number, chosen, now)
    target = f"/review/{following}" if following else "/review"
    return RedirectResponse(with_answer(f"{target}?{urlencode({'show': chosen})}", life, str(key)), 303)


async def _page(
    request: Request,
    held: Services,
    reads: Read,
    reviewer: Person,
    number: str,
    now: datetime,
    filter_: str,
    *,
    status: int = 200,
    problems: list[Problem] | None = None,
    reason: str = "",
    key: uuid.UUID | None = None,
    message: ShownNote | None = None,
    typed_material: TypedMaterial | None = None,
) -> HTMLResponse:
    """The application's page; raises NotFound for a number that is nobody's."""
    chosen = filter_ if filter_ in SHOWS else "all"

    def read(session: Session) -> tuple[Case | None, Entry, ShownNote | None, Calendar]:
        found = case_of(session, number, now, Policy())
        answer = answer_on("/review", held, request, session)
        return found, _entry(queue(session, chosen, now).rows, number), answer, calendar(session)

    found, entry, answer, days = await reads(read)
    if found is None:
        raise NotFound
    language = held.pages.words(request)
    return held.pages.page(
        request,
        "review/case.html",
        status_code=status,
        active="review",
        case=found,
        entry=entry,
        chosen=chosen,
        names=marked(found.real_name, found.title_name),
        tax_ids=marked(formats.masked_personal_id(found.real_tax_id), formats.masked_personal_id(found.title_tax_id)),
        risk=risk_of(language, found),
        bars=_bars(found),
        evidence_mark=evidence_mark(found.files),
        days_left=days_left(days, now),
        phrases=[(code, language.gettext(text)) for code, text in REJECTIONS.items()],
        own=found.applicant_id == reviewer.id,
        workflow=workflow_address(held.settings, application_workflow_id(number)),
        key=key or uuid.uuid4(),
        problems=problems or [],
        reason=reason,
        message=message or answer,
        **material_part(days, now, typed_material),
    )


def days_left(days: Calendar, now: datetime) -> Callable[[datetime], int]:
    """How many working days lie between today and a deadline: 0 for one of today, of the past, or far away."""
    today = china_date(now)
    working = days.after(today)

    def count(due: datetime) -> int:
        due_on = min(china_date(due), working.last)
        ahead = (today + timedelta(days=day) for day in range(1, (due_on - today).days + 1))
        return sum(working.is_working_day(day) for day in ahead)

    return count


def _following(session: Session, number: str, chosen: str, now: datetime) -> str:
    """The queue's next application after a decision: the one after it, else the first that is left."""
    rows = queue(session, chosen, now).rows
    entry = _entry(rows, number)
    left = [row.number for row in rows if row.number != number]
    return entry.after or (left[0] if left else "")


def _entry(rows: tuple[QueueRow, ...], number: str) -> Entry:
    numbers = [row.number for row in rows]
    if number not in numbers:
        return Entry(rows, "", numbers[0] if numbers else "")
    place = numbers.index(number)
    return Entry(rows, numbers[place - 1] if place else "", numbers[place + 1] if place + 1 < len(numbers) else "")


def _bars(found: Case) -> list[tuple[str, int, int]]:
    """The two amounts to compare: name, fen, and the width of the bar in percent."""
    largest = max(found.amount_fen, found.consumed_fen, 1)
    bars = (("amount", found.amount_fen), ("consumed", found.consumed_fen))
    return [(name, fen, max(0, round(100 * fen / largest))) for name, fen in bars]


def _written(place: Place | None) -> str:
    return f"{place[0]}~{place[1].astimezone(UTC).isoformat()}~{place[2]}" if place else ""


def _place(text: str) -> Place | None:
    """A place in the queue from the address; None for one that is malformed, which shows the first page."""
    return queue_place(text, RANKS)
