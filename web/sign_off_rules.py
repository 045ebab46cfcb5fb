"""Who of an enterprise approves its applications before they reach us, set by its master. The OA's secret is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.amounts import parse_amount, yuan
from domain.errors import Problem, Refusal
from domain.sign_off import DAYS, Level, SignOffMode, SignOffRule
from infra.people import Person
from infra.sign_off_rules import RuleSeen, new_secret, people_to_name, rule_seen, set_rule
from web.dependencies import CurrentPeopleKeeper, Held, Now, Reads, Services

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: as it was typed, so that a refused form keeps it."""

    mode: str
    from_1: str
    from_2: str
    people_1: frozenset[str]
    people_2: frozenset[str]
    days: str
    oa_url: str
    oa_from: str
    version: int


def _typed(seen: RuleSeen) -> Typed:
    levels = [*seen.rule.levels, Level(0, ()), Level(0, ())]
    second = yuan(levels[1].from_fen) if len(seen.rule.levels) > 1 else ""
    return Typed(
        mode=seen.rule.mode,
        from_1=yuan(levels[0].from_fen),
        from_2=second,
        people_1=frozenset(map(str, levels[0].people)),
        people_2=frozenset(map(str, levels[1].people)),
        days=str(seen.rule.days),
        oa_url=seen.rule.oa_url,
        oa_from=yuan(seen.rule.oa_from_fen),
        version=seen.version,
    )


def _rule(typed: Typed) -> SignOffRule:
    """The rule as it was typed. Raises Refusal with every problem of its fields."""
    problems: list[Problem] = []

    def fen(field: str, text: str) -> int:
        try:
            return parse_amount(text, field, grouped=True)
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    mode = SignOffMode(typed.mode) if typed.mode in tuple(SignOffMode) else None
    if mode is None:
        problems.append(Problem("mode", "choose-one"))
    levels: list[Level] = []
    oa_from = 0
    if mode is SignOffMode.PEOPLE:
        levels.append(Level(fen("from_1", typed.from_1), _ids(typed.people_1)))
        if typed.people_2 or typed.from_2.strip():
            levels.append(Level(fen("from_2", typed.from_2), _ids(typed.people_2)))
    if mode is SignOffMode.OA:
        oa_from = fen("oa_from", typed.oa_from)
    days = int(typed.days) if typed.days in map(str, DAYS) else 0
    if problems or mode is None:
        raise Refusal(*problems)
    return SignOffRule(mode, tuple(levels), days, typed.oa_url, oa_from)


def _ids(texts: frozenset[str]) -> tuple[int, ...]:
    """Ids as the form sends them; anything else becomes nobody's."""
    return tuple(sorted(int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0 for text in texts))


@router.get("/people/approval")
async def show_rule(request: Request, person: CurrentPeopleKeeper, held: Held, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    return await _page(request, held, person, done=done)


@router.post("/people/approval")
async def change_rule(
    request: Request,
    person: CurrentPeopleKeeper,
    held: Held,
    now: Now,
    mode: Annotated[str, Form(max_length=10)] = "",
    from_1: Annotated[str, Form(max_length=40)] = "",
    from_2: Annotated[str, Form(max_length=40)] = "",
    people_1: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
    people_2: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
    days: Annotated[str, Form(max_length=5)] = "",
    oa_url: Annotated[str, Form(max_length=2000)] = "",
    oa_from: Annotated[str, Form(max_length=40)] = "",
    version: Annotated[int, Form(ge=0)] = 0,
) -> Response:
    """Keep the rule. A secret that is made with it is shown on this answer alone: no address leads to it."""
    typed = Typed(mode, from_1, from_2, frozenset(people_1), frozenset(people_2), days, oa_url.strip(), oa_from, version)
    local = held.settings.deployment == "local"
    try:
        rule = _rule(typed)
        secret = await held.in_thread(
            set_rule, held.database, held.factor_keys, _enterprise(person), person.id, rule, version, now, development=local
        )
    except Refusal as refusal:
        return await _page(request, held, person, typed=typed, problems=refusal.problems)
    if secret:
        return await _page(request, held, person, done="kept", secret=secret)
    return RedirectResponse("/people/approval?done=kept", 303)


@router.post("/people/approval/secret")
async def another_secret(request: Request, person: CurrentPeopleKeeper, held: Held, now: Now) -> Response:
    """Make a new secret for the OA and show it, on this answer alone."""
    try:
        secret = await held.in_thread(new_secret, held.database, held.factor_keys, _enterprise(person), person.id, now)
    except Refusal as refusal:
        return await _page(request, held, person, problems=refusal.problems)
    return await _page(request, held, person, secret=secret)


def _enterprise(person: Person) -> int:
    assert person.enterprise_id is not None  # noqa: S101 (a master has one)
    return person.enterprise_id


async def _page(
    request: Request,
    held: Services,
    person: Person,
    *,
    typed: Typed | None = None,
    problems: Sequence[Problem] = (),
    done: str = "",
    secret: str = "",
) -> Response:
    reads = Reads(held)
    seen = await reads(rule_seen, _enterprise(person))
    language = held.pages.words(request)
    return held.pages.page(
        request,
        "people/approval.html",
        422 if problems else 200,
        active="people",
        seen=seen,
        typed=typed or _typed(seen),
        people=await reads(people_to_name, _enterprise(person)),
        day_options=[(str(day), language.gettext("1 day") if day == 1 else language.say("{count} days", {"count": day})) for day in DAYS],
        problems=list(problems),
        done=done == "kept",
        secret=secret,
        callback=f"{held.settings.public_url}/callbacks/oa/",
    )
