"""The promise of one application as a part that renews itself, and the supervisor's page of promises, days and planned peaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.amounts import yuan
from domain.calendar import china_date, start_of
from domain.cells import safe_cell
from domain.errors import Problem, Refusal
from domain.peak import FIGURES, Peak, PeakPlan, plan_of_form, typed_plan
from domain.promises import ReviewDay
from infra.peak import set_peak_plan
from infra.queries.calendar import Calendar, calendar
from infra.queries.peak import PlanVersion, peaks_between, plan_versions
from infra.queries.promise_desk import (
    EXPORT_MOST,
    KINDS,
    SHOWS,
    Outlook,
    PromiseCounts,
    PromiseFilter,
    PromisePage,
    outlook,
    promise_counts,
    promises_page,
)
from infra.queries.review_days import review_days
from web import formats, sentences
from web.csv_files import csv_file
from web.cursors import moment_place, whole_number
from web.dependencies import CurrentSupervisor, Held, Now, Read, Reads, Services, Write
from web.errors import form_fields
from web.periods import Period, period_of_address, periods_offered
from web.plots import plots_of, share
from web.review_entry import days_left
from web.words import Words

router = APIRouter(prefix="/desk/promises")

LONGEST = 40
"""Characters of a figure that are kept as they were typed."""
LONGEST_OWN = 4000
DAY_FIGURES = (
    *("day", "arrived", "by-people", "by-policy", "waiting", "oldest", "middle"),
    *("first-kept", "first-broken", "rest-kept", "rest-broken"),
)
AHEAD = timedelta(days=120)
"""So far the planned peaks are listed."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed of the plan. `seen` is the version that the page showed as the one that counts."""

    figures: Mapping[str, str]
    own: str = ""
    reason: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    seen: Outlook
    counts: PromiseCounts
    page: PromisePage
    days: tuple[ReviewDay, ...]
    calendar: Calendar
    versions: tuple[PlanVersion, ...]
    on: Peak | None
    in_period: tuple[Peak, ...]
    to_come: tuple[Peak, ...]
    would_come: tuple[Peak, ...]


def _filter(show: str, kind: str, level: str, after: str) -> PromiseFilter:
    shown = show if show in SHOWS else "risk"
    return PromiseFilter(shown, kind if kind in KINDS else "", whole_number(level, 3) or 0, moment_place(after))


@router.get("")
async def show_promises(
    request: Request,
    _supervisor: CurrentSupervisor,
    held: Held,
    now: Now,
    show: Annotated[str, Query(max_length=10)] = "risk",
    kind: Annotated[str, Query(max_length=10)] = "",
    level: Annotated[str, Query(max_length=2)] = "",
    period: Annotated[str, Query(max_length=10)] = "",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """What will not hold, what did not, how the days were, and when the next peak is."""
    return await _page(request, held, now, _filter(show, kind, level, after), period_of_address(period, china_date(now)))


@router.post("/peaks")
async def plan_peaks(
    request: Request,
    supervisor: CurrentSupervisor,
    held: Held,
    writes: Write,
    now: Now,
    seen: Annotated[str, Form(max_length=12)] = "",
    own: Annotated[str, Form(max_length=20_000)] = "",
    reason: Annotated[str, Form(max_length=5000)] = "",
    action: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Show which peaks a plan makes, or (`action` save) make it the next version."""
    sent = dict(await form_fields(request))
    entries = Entries({name: sent.get(name, "")[:LONGEST] for name in FIGURES}, own[:LONGEST_OWN], reason, whole_number(seen) or 0)
    here = period_of_address("", china_date(now))
    try:
        plan = plan_of_form({**entries.figures, "own": entries.own})
        if action != "save":
            return await _page(request, held, now, PromiseFilter(), here, entries, plan=plan)
        version = await writes(set_peak_plan, plan, reason, entries.seen, supervisor.id, now)
    except Refusal as refusal:
        return await _page(request, held, now, PromiseFilter(), here, entries, refusal.problems)
    return RedirectResponse(f"/desk/promises?done={version}#f-peaks", 303)


async def _page(
    request: Request,
    held: Services,
    now: datetime,
    chosen: PromiseFilter,
    period: Period,
    entries: Entries | None = None,
    problems: Sequence[Problem] = (),
    plan: PeakPlan | None = None,
) -> Response:
    today = china_date(now)

    def read(session: Session) -> _Found:
        seen = outlook(session, now)
        since = start_of(period.first)
        versions = plan_versions(session)
        counting = versions[0].plan
        known = calendar(session)
        to_come = peaks_between(session, counting, today, today + AHEAD)
        return _Found(
            seen,
            promise_counts(session, seen, since, now),
            promises_page(session, chosen, seen, since, now),
            review_days(session, period.first, period.last, now),
            known,
            versions,
            next((each for each in to_come if each.first <= today), None),
            peaks_between(session, counting, period.first, period.last),
            to_come,
            peaks_between(session, plan, today, today + AHEAD) if plan is not None else (),
        )

    found = await Reads(held)(read)
    language = held.pages.words(request)
    counting = found.versions[0]
    overtaken = any(problem.code == "peak-changed" for problem in problems)
    typed = typed_plan(counting.plan)
    plain = Entries({name: typed[name] for name in FIGURES}, typed["own"], seen=counting.version)
    done = whole_number(request.query_params.get("done", ""))
    address = _address(chosen, period)
    return held.pages.page(
        request,
        "review/promises.html",
        status_code=(409 if overtaken else 422) if problems else 200,
        active="promises",
        found=found,
        chosen=chosen,
        period=period,
        periods=[(each.name, each.word(language)) for each in periods_offered(today, period)],
        pace=f"{float(found.seen.pace.per_hour):.1f}",
        days_left=days_left(found.calendar, now),
        plots=plots_of(language, found.days, found.in_period),
        totals=_totals(found.days),
        share=share,
        today=today,
        entries=replace(entries, seen=counting.version) if entries else plain,
        counting=counting,
        figures=FIGURES,
        previewed=plan is not None and not problems,
        problems=list(problems),
        done=done if done and done == counting.version else 0,
        newer=f"/desk/promises?{urlencode(address)}" if chosen.after else "",
        older=f"/desk/promises?{urlencode({**address, 'after': _place(found.page)})}" if found.page.next else "",
        export=f"/desk/promises/export.csv?{urlencode(address)}",
        days_export=f"/desk/promises/days.csv?{urlencode({'period': period.name})}",
    )


def _address(chosen: PromiseFilter, period: Period) -> dict[str, str]:
    named = {"show": chosen.show, "kind": chosen.kind, "level": str(chosen.level) if chosen.level else "", "period": period.name}
    return {name: value for name, value in named.items() if value}


def _place(page: PromisePage) -> str:
    return f"{page.next[0].isoformat()}_{page.next[1]}" if page.next else ""


def _totals(days: Sequence[ReviewDay]) -> ReviewDay:
    """The sums of a period; what is a state and no sum is that of its last day."""
    last = days[-1] if days else ReviewDay(date.min)
    names = ("arrived", "by_people", "by_policy", "first_kept", "first_broken", "rest_kept", "rest_broken")
    return replace(last, **{name: sum(getattr(each, name) for each in days) for name in names})


@router.get("/export.csv")
async def export(
    request: Request,
    _supervisor: CurrentSupervisor,
    held: Held,
    reads: Read,
    now: Now,
    show: Annotated[str, Query(max_length=10)] = "risk",
    kind: Annotated[str, Query(max_length=10)] = "",
    level: Annotated[str, Query(max_length=2)] = "",
    period: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The list under the same filters, at most 10,000 rows."""
    chosen = _filter(show, kind, level, "")
    since = start_of(period_of_address(period, china_date(now)).first)

    def read(session: Session) -> PromisePage:
        return promises_page(session, chosen, outlook(session, now), since, now, EXPORT_MOST)

    page: PromisePage = await reads(read)
    language = held.pages.words(request)
    heads = (
        "Application number",
        "Customer",
        "Type",
        "Queue",
        "Level",
        "Amount (CNY)",
        "Submitted",
        "Promised",
        "Place in the queue",
        "Who has it",
        "Decided",
    )
    return csv_file(f"promises-{chosen.show}", [language.gettext(head) for head in heads], _rows(page, language))


def _rows(page: PromisePage, language: Words) -> Iterator[list[str]]:
    for each in page.rows:
        yield [
            each.number,
            safe_cell(each.customer),
            sentences.label(language, f"{each.kind}:{each.medium}"),
            sentences.label(language, f"group:{KINDS[each.rank]}"),
            sentences.label(language, f"level:{each.level}"),
            yuan(each.amount_fen),
            formats.table_moment(each.submitted_at),
            formats.table_moment(each.due_at),
            str(each.position or ""),
            safe_cell(each.holder),
            formats.table_moment(each.decided_at) if each.decided_at else "",
        ]


@router.get("/days.csv")
async def export_days(
    request: Request, _supervisor: CurrentSupervisor, held: Held, reads: Read, now: Now, period: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """The figures behind the plots, a line a day."""
    chosen = period_of_address(period, china_date(now))
    days: tuple[ReviewDay, ...] = await reads(review_days, chosen.first, chosen.last, now)
    language = held.pages.words(request)
    heads = [sentences.label(language, f"days:{name}") for name in DAY_FIGURES]
    return csv_file(f"review-days-{chosen.name}", heads, (_figures(each) for each in days))


def _figures(each: ReviewDay) -> list[str]:
    numbers: tuple[Any, ...] = (
        *(each.arrived, each.by_people, each.by_policy, each.waiting, each.oldest_days, each.middle_days),
        *(each.first_kept, each.first_broken, each.rest_kept, each.rest_broken),
    )
    return [each.day.isoformat(), *(str(number) for number in numbers)]
