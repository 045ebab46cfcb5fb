"""`make authz`: every route, asked by everybody, for things of their own, of a colleague's and of a stranger's.

What is expected stands in `authz_table.py`, by hand. A leak is somebody who gets in where the table says no, something that a
refused request changed, or an answer that tells a foreign thing from one that does not exist. Somebody who does not get in
where the table says yes is reported, too. A route without a line, or a line without a route, fails the run.
"""

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import httpx
from fastapi.routing import APIRoute

from domain import access
from domain.access import Right, Role
from infra.queries.scope import Scope
from tests.campaigns.authz_table import LETTERS, TABLE, Line
from tests.campaigns.figures import Figure, report
from tests.campaigns.people_and_things import LOGINS, NOBODY, World, csrf_of, make_world

RELATIONS = ("own", "same", "foreign", "unknown")
SAID_WHY = {"acting", "member", "bare"}
"""Who may be told why not (403): that the customer itself has to do it, or whom to ask for the permission."""
_OF_MEMBER = {"own": "B", "same": "A", "foreign": "F"}
_OF_OTHERS = {"own": "A", "same": "B", "foreign": "F"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One answer that is not what the table says."""

    line: Line
    login: str
    relation: str
    what: str
    is_leak: bool

    def __str__(self) -> str:
        thing = f" {self.relation} {self.line.kind}" if self.line.kind else ""
        return f"{'LEAK' if self.is_leak else 'shut'}  {self.line.method} {self.line.path}: {self.login}{thing}: {self.what}"


@dataclass(frozen=True, slots=True)
class Outcome:
    pairs: int
    wrong: tuple[Wrong, ...]

    @property
    def leaks(self) -> int:
        return sum(one.is_leak for one in self.wrong)


def routes(app: object) -> set[tuple[str, str]]:
    """Method and path of every route of the app, those of included routers too."""
    found: set[tuple[str, str]] = set()
    waiting = list(getattr(app, "routes", []))
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found |= {(method, route.path) for method in route.methods or ()}
        else:
            waiting += getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None) or []
    return found


def not_in_step(app: object, table: Sequence[Line] = TABLE) -> list[str]:
    """Routes without a line, lines without a route, lines that stand twice."""
    there, lines = routes(app), [(line.method, line.path) for line in table]
    missing = [f"no line for the route {method} {path}" for method, path in sorted(there - set(lines))]
    left_over = [f"no route for the line {method} {path}" for method, path in sorted(set(lines) - there)]
    return (
        missing + left_over + [f"two lines for {method} {path}" for method, path in sorted(set(lines)) if lines.count((method, path)) > 1]
    )


def thing_of(world: World, line: Line, login: str, relation: str) -> str | None:
    """The id to ask for; None when there is no such thing, for instance no colleague's."""
    known = world.things[line.kind]
    if relation == "unknown":
        return known["unknown"]
    if line.by_person:
        colleague = {"master": "member", "member": "master", "bare": "member", "operator": "reviewer"}.get(login, "operator")
        return known[{"own": login if login != NOBODY else "master", "same": colleague, "foreign": "foreign"}[relation]]
    places = _OF_MEMBER if login in {"member", "bare"} else _OF_OTHERS
    return known.get(places[relation])


def address(line: Line, thing: str) -> str:
    path = line.path
    for name, value in line.fixed.items():
        path = path.replace("{" + name + "}", _file_of(thing, value) if value in _FILES else value)
    return re.sub(r"\{\w+\}", thing, path)


_FILES = {"$file": 0, "$evidence": 20}
"""What is added to the last figure of a ticket's or application's number to get its attachment."""


def _file_of(thing: str, kind: str) -> str:
    """The attachment of a ticket or application of the world."""
    return str(int(thing[-1]) + _FILES[kind])


def got_in(line: Line, answer: httpx.Response) -> bool:
    """Whether the answer is anything but a refusal: a wrong form (422) or a wrong state (409) was looked at."""
    sent_to_sign_in = answer.status_code == 303 and answer.headers["location"].split("?")[0] == "/sign-in"
    is_leaving = line.path == "/sign-out" and "set-cookie" in answer.headers
    if sent_to_sign_in and not is_leaving and "-" not in line.who:
        return False
    return answer.status_code not in {401, 403, 404}


async def check(world: World, table: Sequence[Line] = TABLE) -> Outcome:
    """Ask everything of the table; what came differently."""
    pairs, wrong = 0, []
    for line in table:
        for letter, login in LETTERS.items():
            if line.by_person and login == "acting":
                continue
            told_apart: dict[str, str] = {}
            for relation in RELATIONS if line.kind else ("",):
                thing = thing_of(world, line, login, relation) if line.kind else ""
                if thing is None:
                    continue
                pairs += 1
                allowed = letter in (getattr(line, relation) if relation and relation != "unknown" else "" if line.kind else line.who)
                found, text = await _ask(world, line, login, thing, allowed)
                wrong += [Wrong(line, login, relation, what, is_leak) for what, is_leak in found]
                if line.kind and not allowed:
                    told_apart[relation] = text
            for relation in told_apart.keys() - {"unknown"}:
                if told_apart[relation] != told_apart["unknown"]:
                    wrong.append(Wrong(line, login, relation, "is told apart from one that does not exist", is_leak=True))
    return Outcome(pairs, tuple(wrong))


async def _ask(world: World, line: Line, login: str, thing: str, allowed: bool) -> tuple[list[tuple[str, bool]], str]:
    """What is wrong with the answer (and whether that is a leak), and its text without what differs by the address."""
    before = world.written()
    answer = await world.ask(login, line.method, address(line, thing), dict(line.form))
    after = world.written()
    if after != before:
        world.reset()
    # Acting for a customer notes each form before it is handled, so that one which is refused leaves its note.
    changed = after[1] != before[1] if login == "acting" else after != before
    asked = address(line, thing)
    text = f"{answer.status_code} {answer.headers.get('location', '')} {answer.text}".replace(csrf_of(login), "")
    text = text.replace(quote(asked, safe=""), "").replace(asked, "")
    status = answer.status_code
    if line.anyway:
        return ([] if status == line.anyway else [(f"answered {status} instead of {line.anyway}", True)]), text
    if status >= 500 and status != 503:
        return [(f"answered {status}", False)], text
    if allowed and not got_in(line, answer):
        return [(f"does not get in ({status})", False)], text
    if not allowed and got_in(line, answer):
        return [(f"gets in ({status})", True)], text
    found = []
    if not allowed and changed:
        found.append(("was refused, and yet changed something", True))
    if not allowed and login != NOBODY and status != 404 and not (login in SAID_WHY and status == 403):
        found.append((f"was refused with {status} instead of 404", True))
    return found, text


@contextmanager
def member_may_review() -> Iterator[None]:
    """A rule broken on purpose: every member may review, and sees all customers."""
    more = access.RIGHTS[Role.CUSTOMER_MEMBER] | {Right.REVIEW, Right.SEE_ALL_CUSTOMERS}
    with patch.dict(access.RIGHTS, {Role.CUSTOMER_MEMBER: more}):
        yield


@contextmanager
def nothing_is_narrowed() -> Iterator[None]:
    """A rule broken on purpose: queries forget whose rows they may read."""
    with patch.object(Scope, "narrow", lambda _self, statement, _table: statement):
        yield


BROKEN = {"a member may review": member_may_review, "queries are not narrowed": nothing_is_narrowed}


async def controls(world: World, table: Sequence[Line] = TABLE) -> list[str]:
    """Rules broken on purpose that were not found."""
    few = [line for line in table if line.path in {"/review", "/applications/{number}", "/invoices/{invoice_id}", "/review/{number}"}]
    missed = []
    for name, broken in BROKEN.items():
        with broken():
            if (await check(world, few)).leaks == 0:
                missed.append(name)
        world.reset()
    if not not_in_step(world.app, table[1:]):
        missed.append("a route that the table does not know")
    return missed


async def campaign() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kaipiao-authz-") as folder:
        world = make_world(Path(folder))
        try:
            apart = not_in_step(world.app)
            lines = [line for line in TABLE if (line.method, line.path) in routes(world.app)]
            outcome = await check(world, lines)
            missed = await controls(world)
        finally:
            await world.close()
    for one in outcome.wrong:
        print(one)
    for text in apart:
        print(text)
    for name in missed:
        print(f"control: the check does not see that {name}")
    print(f"{len(lines)} routes, {len(LOGINS) + 1} people, {outcome.pairs} pairs asked in {time.monotonic() - began:.0f} s")
    print(f"controls: {len(BROKEN) + 1 - len(missed)} of {len(BROKEN) + 1} rules broken on purpose were found")
    code = report([Figure("authz-leaks", outcome.leaks, 0, "at-most")])
    return 1 if outcome.wrong or apart or missed else code


if __name__ == "__main__":
    sys.exit(asyncio.run(campaign()))
