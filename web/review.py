"""The review desk: the queue, one application with its evidence, and the decision."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem
from domain.free_text import free_text_problems
from domain.messages import Policy, ReviewDecision, Verdict
from domain.review_phrases import Phrase, PhraseFor, unfit_phrase
from infra.people import Person
from infra.promises import same_day
from infra.queries.beside import Beside, beside_of
from infra.queries.calendar import Calendar, calendar
from infra.queries.evidence import evidence_mark
from infra.queries.queue_standing import Standing, standing_of
from infra.queries.review import Case, case_of
from infra.queries.review_levels import Turn, with_names
from infra.queries.review_phrases import chosen_phrase, offered_phrases
from infra.queries.review_queue import SHOWS, QueuePage, next_to_decide, queue, queue_counts
from web import formats
from web.dependencies import CurrentReviewer, Held, Now, Read, Services, Show, Temporal
from web.desk import answer_on, send_and_see, with_answer, workflow_address
from web.differences import marked
from web.errors import NotFound, NotPossibleNow
from web.lives import ShownNote
from web.material_part import TypedMaterial, material_part
from web.promise_part import promise_part
from web.resubmission import shown_difference
from web.review_beside import beside_context, changed_nothing
from web.review_entry import Entry, bars, days_left, entry_of, grouped, place_of, written
from web.review_turn import Handing, read_turn, why_not
from web.risk import level_names, risk_of
from workflows.names import application_workflow_id

router = APIRouter(prefix="/review")

REASON_LENGTH = 500
NO_PHRASE = "none"
"""What the form says where no ready phrase was chosen."""


@router.get("")
async def desk(
    request: Request,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    show: Show,
    now: Now,
    filter_: Annotated[str, Query(alias="show", max_length=20)] = "all",
    after: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The queue: what next?"""
    chosen = filter_ if filter_ in SHOWS else "all"

    def read(session: Session) -> dict[str, Any]:
        page = queue(session, chosen, now, place_of(after), me=reviewer)
        message = answer_on("/review", held, request, session)
        return {
            "page": page,
            "counts": queue_counts(session, now, reviewer),
            "message": message,
            "days_left": days_left(calendar(session), now),
        }

    found = await reads(read)
    page: QueuePage = found["page"]
    older = f"/review?{urlencode({'show': chosen, 'after': written(page.next)})}" if page.next else ""
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
    phrase = "" if phrase == NO_PHRASE else phrase
    typed = Typed(reason.strip(), phrase, key)
    seen, ready = await reads(_what_is_decided, number, phrase, now)
    if seen is None:
        raise NotFound
    if problems := _problems(verdict, typed, ready):
        return await _page(request, held, reads, reviewer, number, now, filter_, status=422, problems=problems, typed=typed)
    if seen.is_open and evidence_mark(seen.files) != evidence:  # the life knows nothing of files
        changed = [Problem("files", "evidence-changed")]
        return await _page(request, held, reads, reviewer, number, now, filter_, status=409, problems=changed, typed=typed)
    life = application_workflow_id(number)
    message = ReviewDecision(key=str(key), by=reviewer.id, verdict=verdict, version=version, reason=typed.reason, phrase=phrase)
    try:
        note = await send_and_see(request, held, temporal, life, "decide", message, back=f"/review/{number}")
    except NotPossibleNow:
        return await _page(request, held, reads, reviewer, number, now, filter_, status=409, too_late=True)
    chosen = filter_ if filter_ in SHOWS else "all"
    if note is not None and not note.taken:
        return RedirectResponse(with_answer(f"/review/{number}?{urlencode({'show': chosen})}", life, str(key)), 303)
    next_one = await reads(next_to_decide, chosen, now, number, reviewer)
    target = f"/review/{next_one}" if next_one else "/review"
    return RedirectResponse(with_answer(f"{target}?{urlencode({'show': chosen})}", life, str(key)), 303)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a decision's form had in it: the reason, the code of a ready phrase, and the key that makes a repeat harmless."""

    reason: str = ""
    phrase: str = ""
    key: uuid.UUID | None = None


def _what_is_decided(session: Session, number: str, phrase: str, now: datetime) -> tuple[Case | None, Phrase | None]:
    return case_of(session, number, now, Policy()), chosen_phrase(session, phrase)


def _problems(verdict: Verdict, typed: Typed, ready: Phrase | None) -> list[Problem]:
    """What is wrong with a decision's form."""
    needed = "reason-needed" if verdict is Verdict.REJECT and not typed.phrase else ""
    problems = free_text_problems("reason", typed.reason, REASON_LENGTH, blank=needed)
    return [*problems, *unfit_phrase(ready, typed.phrase, PhraseFor(verdict.value), "phrase")]


@dataclass(frozen=True, slots=True)
class _Found:
    case: Case | None
    turn: Turn | None
    entry: Entry
    beside: Beside | None
    phrases: tuple[Phrase, ...]
    notes: tuple[Phrase, ...]
    """Ready ones for asking material."""
    answer: ShownNote | None
    days: Calendar
    standing: Standing | None


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
    typed: Typed | None = None,
    too_late: bool = False,
    hand: Handing | None = None,
    hand_problems: list[Problem] | None = None,
    typed_material: TypedMaterial | None = None,
) -> HTMLResponse:
    """The application's page; raises NotFound for a number that is nobody's. `too_late`: a decision came after the end."""
    chosen = filter_ if filter_ in SHOWS else "all"

    def read(session: Session) -> _Found:
        days = calendar(session)
        found = case_of(session, number, now, Policy())
        return _Found(
            case=None if found is None else replace(found, events=with_names(session, found.events, found.names)),
            turn=read_turn(session, number, reviewer, now),
            entry=entry_of(session, number, chosen, now, reviewer),
            beside=beside_of(session, number, chosen, reviewer, now),
            phrases=(*offered_phrases(session, PhraseFor.REJECT), *offered_phrases(session, PhraseFor.APPROVE)),
            notes=offered_phrases(session, PhraseFor.ASK),
            answer=answer_on("/review", held, request, session),
            days=days,
            standing=standing_of(session, number, same_day(days, now, Policy()).due_at, now),
        )

    read_at_once = await reads(read)
    found, turn, beside, answer = read_at_once.case, read_at_once.turn, read_at_once.beside, read_at_once.answer
    if found is None or turn is None or beside is None:
        raise NotFound
    language = held.pages.words(request)
    of_this = request.query_params.get("of") == application_workflow_id(number)
    if too_late or (of_this and answer is not None and not answer.taken and not answer.waiting):
        answer = changed_nothing(language, now, beside.decided) or answer
    entries = typed or Typed()
    return held.pages.page(
        request,
        "review/case.html",
        status_code=status,
        active="review",
        case=found,
        entry=read_at_once.entry,
        names=marked(found.real_name, found.title_name),
        tax_ids=marked(formats.masked_personal_id(found.real_tax_id), formats.masked_personal_id(found.title_tax_id)),
        difference=shown_difference(language, found.against),
        risk=risk_of(language, found),
        bars=bars(found),
        evidence_mark=evidence_mark(found.files),
        days_left=days_left(read_at_once.days, now),
        promise=found.promise,
        promised=promise_part(language, now, found.promise, read_at_once.days, read_at_once.standing),
        may_act=False,
        may_expedite=False,
        phrases=[(each.code, each.verdict, each.text(language.locale)) for each in read_at_once.phrases],
        notes=[(each.code, each.text(language.locale)) for each in read_at_once.notes],
        turn=turn,
        why_not=why_not(language, turn, reviewer, now),
        people=[(each.id, f"{each.name} · {level_names(language)[each.level]}") for each in turn.colleagues],
        hand=hand or Handing(),
        hand_problems=hand_problems or [],
        claim_key=uuid.uuid4(),
        ask_key=uuid.uuid4(),
        workflow=workflow_address(held.settings, application_workflow_id(number)),
        key=entries.key or uuid.uuid4(),
        problems=problems or [],
        typed=entries,
        message=answer,
        own=found.applicant_id == reviewer.id,
        **beside_context(language, now, beside, chosen),
        **material_part(read_at_once.days, now, typed_material),
    )


show_case = _page
"""For what else is sent from the page: see `web.review_claims`."""
