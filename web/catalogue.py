"""The catalogue: what a service is called on an invoice, its code, rate and unit, and who issues it. For customers and staff."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from domain.cells import safe_cell
from infra.people import Person
from infra.queries.catalogue import (
    EVERYTHING_ELSE,
    Entry,
    Wanted,
    catalogue_version,
    consumed,
    entities,
    fitting,
    page_of,
    rules,
    together,
)
from infra.queries.scope import Scope
from web import formats
from web.csv_files import csv_file
from web.cursors import whole_number
from web.dependencies import CurrentReader, Read, Reads, Show
from web.words import Words

router = APIRouter(prefix="/catalogue")

_REMEMBERED = 64
_HIGHEST_RATE_BP = 10_000


@dataclass
class Consumed:
    """What was consumed, by scope and version of its records: reading it goes through all of them, so it is kept."""

    held: OrderedDict[Hashable, tuple[Entry, ...]] = field(default_factory=OrderedDict)

    def read(self, session: Session, scope: Scope, version: int) -> tuple[Entry, ...]:
        key = (scope, catalogue_version(session) if scope.everybody else version)
        found = self.held.get(key)
        if found is None:
            found = consumed(session, scope)
            self.held[key] = found
            while len(self.held) > _REMEMBERED:
                self.held.popitem(last=False)
        return found


async def kept(request: Request) -> Consumed:
    state = request.app.state
    if not hasattr(state, "catalogue"):
        state.catalogue = Consumed()
    found: Consumed = state.catalogue
    return found


@dataclass(frozen=True, slots=True)
class _All:
    entries: list[Entry]
    entities: dict[str, str]


async def _all(reads: Reads, known: Consumed, person: Person) -> _All:
    def read(session: Session) -> _All:
        seen = known.read(session, person.scope, person.consumption_version)
        return _All(together(seen, rules(session)), entities(session))

    return await reads(read)


@dataclass(frozen=True, slots=True)
class Filters:
    """As they stand in the address."""

    text: str
    category: str
    entity: str
    rate: str

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.text, self.category, self.entity, whole_number(self.rate, _HIGHEST_RATE_BP) if self.rate else None)

    @property
    def given(self) -> dict[str, str]:
        named = {"text": self.text, "category": self.category, "entity": self.entity, "rate": self.rate}
        return {name: value for name, value in named.items() if value}


async def _filters(
    text: Annotated[str, Query(max_length=100)] = "",
    category: Annotated[str, Query(max_length=40)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
    rate: Annotated[str, Query(max_length=10)] = "",
) -> Filters:
    return Filters(" ".join(text.split()), category, entity, rate)


Chosen = Annotated[Filters, Depends(_filters)]
Known = Annotated[Consumed, Depends(kept)]


def _place(text: str) -> tuple[str, str, int] | None:
    """The place `3040203000000000000.600.name` of the last entry before; None for anything malformed: the first page."""
    code, _, rest = text.partition(".")
    rate, _, name = rest.partition(".")
    rate_bp = whole_number(rate, _HIGHEST_RATE_BP)
    return None if rate_bp is None or not name else (name, code, rate_bp)


@router.get("")
async def catalogue(
    request: Request,
    person: CurrentReader,
    reads: Read,
    show: Show,
    known: Known,
    filters: Chosen,
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Services and tax classes, by category and by words."""
    everything = await _all(reads, known, person)
    found = fitting(everything.entries, filters.wanted)
    page = page_of(found, _place(after))
    older = ""
    if page.older:
        name, code, rate_bp = page.older
        older = "/catalogue?" + urlencode({**filters.given, "after": f"{code}.{rate_bp}.{name}"})
    return show.page(
        request,
        "catalogue/catalogue.html",
        active="catalogue",
        page=page,
        filters=filters,
        categories=sorted({each.category for each in everything.entries}),
        rates=sorted({each.rate_bp for each in everything.entries}, reverse=True),
        entities=everything.entities,
        newer="/catalogue?" + urlencode(filters.given) if after else "",
        older=older,
        export="/catalogue/export.csv?" + urlencode(filters.given),
        everything_else=EVERYTHING_ELSE,
    )


@router.get("/export.csv")
async def export(request: Request, person: CurrentReader, reads: Read, show: Show, known: Known, filters: Chosen) -> Response:
    """All that fits the filters, for a spreadsheet."""
    everything = await _all(reads, known, person)
    language = show.words(request)
    heads = ("Service", "Short name", "Classification code", "Rate", "Unit", "Issuing entity")
    rows = _rows(fitting(everything.entries, filters.wanted), everything.entities, language)
    return csv_file("catalogue", [language.gettext(head) for head in heads], rows)


def _rows(found: list[Entry], names: dict[str, str], language: Words) -> Iterator[list[str]]:
    for each in found:
        name = language.gettext("Everything else") if each.name == EVERYTHING_ELSE else each.name
        issuers = "; ".join(names.get(code, code) for code in each.entities)
        cells = [name, each.category, each.code, formats.rate(each.rate_bp), each.unit, issuers]
        yield [safe_cell(cell) for cell in cells]
