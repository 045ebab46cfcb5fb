"""The supervisors' page of the review policy: the figures that count, what others would have done, and every version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem, Refusal
from domain.review_policy import AMOUNTS, LIMITS, SCORES, SWITCHES, CheckCode, ReviewPolicy, points_field, policy_of_form, typed_policy
from infra.queries.review_policy import PolicyVersion, Preview, policy_versions, preview
from infra.review_policy import set_policy
from web import formats, sentences
from web.cursors import whole_number
from web.dependencies import CurrentSupervisor, Held, Now, Reads, Services, Write
from web.errors import form_fields
from web.risk import level_names
from web.words import Words

router = APIRouter(prefix="/desk/review-policy")

POINTS = tuple(points_field(code) for code in CheckCode)
LEVELS = (*(name for pair in zip(SCORES, AMOUNTS, strict=True) for name in pair), "bulk_up_to_score")
"""Of each level, the score and the amount side by side; then what may be approved several at once."""
OTHERS = tuple(name for name in LIMITS if name not in LEVELS)
LONGEST = 40
"""Characters of a figure that are kept as they were typed."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed. `seen` is the version that the page showed as the one that counts."""

    figures: Mapping[str, str]
    reason: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    versions: tuple[PolicyVersion, ...]
    preview: Preview | None


@router.get("")
async def show_policy(request: Request, _supervisor: CurrentSupervisor, held: Held) -> Response:
    """The figures that count, to be changed."""
    return await _page(request, held)


@router.post("")
async def change_policy(
    request: Request,
    supervisor: CurrentSupervisor,
    held: Held,
    writes: Write,
    now: Now,
    seen: Annotated[str, Form(max_length=12)] = "",
    reason: Annotated[str, Form(max_length=5000)] = "",
    action: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Show what these figures would have done with past applications, or (`action` save) make them the next version."""
    sent = dict(await form_fields(request))
    entries = Entries(
        {name: sent.get(name, "")[:LONGEST] for name in (*POINTS, *LEVELS, *OTHERS, *SWITCHES)}, reason, whole_number(seen) or 0
    )
    try:
        policy = policy_of_form(entries.figures)
        if action != "save":
            return await _page(request, held, entries, policy=policy)
        version = await writes(set_policy, policy, reason, entries.seen, supervisor.id, now)
    except Refusal as refusal:
        return await _page(request, held, entries, refusal.problems)
    return RedirectResponse(f"/desk/review-policy?done={version}", 303)


async def _page(
    request: Request,
    held: Services,
    entries: Entries | None = None,
    problems: Sequence[Problem] = (),
    policy: ReviewPolicy | None = None,
) -> Response:
    def read(session: Session) -> _Found:
        return _Found(policy_versions(session), None if policy is None else preview(session, policy))

    found = await Reads(held)(read)
    counting = found.versions[0]
    language = held.pages.words(request)
    overtaken = any(problem.code == "policy-changed" for problem in problems)
    done = whole_number(request.query_params.get("done", ""))
    # What was refused because of another's version is sent again over what the page shows now.
    shown = replace(entries, seen=counting.version) if entries else Entries(typed_policy(counting.policy), seen=counting.version)
    return held.pages.page(
        request,
        "review/policy.html",
        status_code=(409 if overtaken else 422) if problems else 200,
        active="review-policy",
        counting=counting,
        versions=found.versions,
        preview=found.preview,
        levels=level_names(language),
        entries=shown,
        problems=[_named(language, problem, held.pages.clock()) for problem in problems],
        fields={"points": POINTS, "levels": LEVELS, "others": OTHERS, "switches": SWITCHES},
        done=done if done == counting.version else 0,
    )


def _named(language: Words, problem: Problem, now: datetime) -> Problem:
    """Fields and moments of a problem as people read them."""
    shown = dict(problem.params)
    if "than" in shown:
        shown["than"] = sentences.field_name(language, shown["than"])
    if "at" in shown:
        shown["at"] = formats.prose_moment(datetime.fromisoformat(shown["at"]), now, language.locale)
    return Problem(problem.field, problem.code, shown)
