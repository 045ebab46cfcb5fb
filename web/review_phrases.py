"""The supervisors' page of ready phrases: those that are offered, in both languages and in their order, and those that were retired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem, Refusal
from domain.review_phrases import LONGEST, PhraseFor
from infra.queries.review_phrases import PhraseSeen, kept_phrases
from infra.review_phrases import move_phrase, offer_phrase, retire_phrase, set_phrase
from web import formats, sentences
from web.dependencies import CurrentSupervisor, Held, Now, Reads, Services, Write
from web.words import Words

router = APIRouter(prefix="/desk/review-phrases")

PATH = "/desk/review-phrases"


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed. `code` is that of the phrase that gets other words; empty for a new one."""

    code: str = ""
    chinese: str = ""
    english: str = ""
    verdict: str = str(PhraseFor.REJECT)


@router.get("")
async def show_phrases(request: Request, _supervisor: CurrentSupervisor, held: Held) -> Response:
    """All of them."""
    return await _page(request, held)


@router.post("")
async def change_phrases(
    request: Request,
    supervisor: CurrentSupervisor,
    held: Held,
    writes: Write,
    now: Now,
    action: Annotated[str, Form(max_length=10)] = "",
    code: Annotated[str, Form(max_length=40)] = "",
    chinese: Annotated[str, Form(max_length=5000)] = "",
    english: Annotated[str, Form(max_length=5000)] = "",
    verdict: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Keep new or other words (`action` save), retire one, offer it again, or move it up or down."""
    entries = Entries(code, chinese, english, verdict)
    try:
        if action == "retire":
            await writes(retire_phrase, code, supervisor.id, now)
        elif action == "offer":
            await writes(offer_phrase, code, supervisor.id, now)
        elif action in ("up", "down"):
            await writes(move_phrase, code, supervisor.id, now, up=action == "up")
        else:
            code = await writes(set_phrase, code, chinese, english, verdict, supervisor.id, now)
    except Refusal as refusal:
        return await _page(request, held, entries, refusal.problems)
    return RedirectResponse(f"{PATH}?done={code}", 303)


async def _page(request: Request, held: Services, entries: Entries | None = None, problems: Sequence[Problem] = ()) -> Response:
    found: tuple[PhraseSeen, ...] = await Reads(held)(kept_phrases)
    overtaken = any(problem.code == "phrase-changed" for problem in problems)
    done = request.query_params.get("done", "")
    language = held.pages.words(request)
    return held.pages.page(
        request,
        "review/phrases.html",
        status_code=(409 if overtaken else 422) if problems else 200,
        active="review-phrases",
        offered={kind: [each for each in found if each.phrase.verdict == kind and not each.phrase.retired] for kind in PhraseFor},
        retired=[each for each in found if each.phrase.retired],
        entries=entries or Entries(),
        problems=[_named(language, problem, held.pages.clock()) for problem in problems],
        verdicts=[(str(kind), sentences.label(language, f"phrase-for:{kind}")) for kind in PhraseFor],
        longest=LONGEST,
        done=next((each.phrase for each in found if each.phrase.code == done), None),
    )


def _named(language: Words, problem: Problem, now: datetime) -> Problem:
    """Moments of a problem as people read them; a phrase stands on no invoice."""
    if problem.code == "text-long":
        return Problem(problem.field, "reason-long", problem.params)
    if "at" not in problem.params:
        return problem
    at = formats.prose_moment(datetime.fromisoformat(problem.params["at"]), now, language.locale)
    return Problem(problem.field, problem.code, {**problem.params, "at": at})
