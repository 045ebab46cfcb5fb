"""The balance as a tree that is clicked down: bucket, month, entity and rate, account, records (feature 42)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from domain.amounts import yuan
from domain.calendar import china_date
from domain.cells import safe_cell
from domain.ledger import WAITING, Bucket
from infra.queries.balance_tree import LEVELS, BalancePath, BalanceTree, Sums, balance_tree, sums
from infra.queries.holding import Holding
from infra.queries.refunds import Refund
from web import formats, sentences
from web.csv_files import csv_file
from web.cursors import whole_number
from web.dependencies import CurrentOwner, Now, Read, Show
from web.home import FORMULA
from web.wanted import rate_of

router = APIRouter(prefix="/balance")

FIRST, LAST = (Bucket.CONSUMED, "Consumed", "all", ""), (Bucket.AVAILABLE, "Available to invoice", "can", "available")
BUCKETS: tuple[tuple[str, str, str, str], ...] = (FIRST, *FORMULA, LAST)
"""Bucket, words, the picker's filter that lists its records, and the colour: in the order of the formula."""
SHOW = {str(bucket): show for bucket, _, show, _ in BUCKETS}
FORMULA_NOTE = "available = consumed - excluded - not-open - waiting - seller - expired - assisted - arrears - reserved - invoiced"
_PERIOD, _ENTITY = re.compile(r"\d{4}-\d{2}", re.ASCII), re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
MONTHS_DRAWN = 12
BAR, STEP, HEIGHT = 34, 48, 100
"""Width of a month's bar, from one to the next, and the height of the highest, in the plot's own units."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the tree. `below` are the rows that are open under it, `doors` where its records stand: a label's name and an address."""

    sign: str
    word: str
    kind: str
    """How the word is to be shown: `bucket` and `text` as they are, `month` a period."""
    amount_fen: int
    path: str
    square: str = ""
    chosen: bool = False
    below: tuple["Row", ...] = ()
    doors: tuple[tuple[str, str], ...] = ()
    corrects: bool = False
    """A month below zero: its refunds correct another month's consumption, and are taken off when that is invoiced."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of the plot, in its own units."""

    square: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the plot: fen invoiced, reserved, of the rest, available, and what was consumed."""

    period: str
    x: int
    parts: Mapping[str, int]
    consumed_fen: int
    waiting_fen: int = 0
    """Refunds that wait for their original, not above 0: in no part, so that they make none smaller."""


@dataclass(frozen=True, slots=True)
class Plot:
    months: tuple[Month, ...]
    pieces: tuple[Piece, ...]
    width: int
    highest_fen: int

    @property
    def waiting_fen(self) -> int:
        return sum(month.waiting_fen for month in self.months)


async def _path(
    bucket: Annotated[str, Query(max_length=20)] = "",
    period: Annotated[str, Query(max_length=7)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
    rate: Annotated[str, Query(max_length=6)] = "",
    account: Annotated[str, Query(max_length=20)] = "",
) -> BalancePath:
    """What is malformed is left out: the level above is shown."""
    period = period if _PERIOD.fullmatch(period) else ""
    entity = entity if _ENTITY.fullmatch(entity) else ""
    return BalancePath(bucket if bucket in SHOW else "", period, entity, rate_of(rate), whole_number(account))


Chosen = Annotated[BalancePath, Depends(_path)]


@router.get("")
async def show_balance(request: Request, person: CurrentOwner, reads: Read, show: Show, now: Now, path: Chosen) -> Response:
    """The tree, as far open as the address says; as JSON for who asks for that alone."""
    found = await reads(balance_tree, person.scope, china_date(now), path, SHOW.get(path.bucket, "all"))
    accepts = request.headers.get("accept", "")
    if "application/json" in accepts and "text/html" not in accepts:
        return _json(found, now)
    language = show.words(request)
    return show.page(
        request,
        "balance/tree.html",
        active="home",
        tree=found,
        rows=rows(found),
        refunds=[(each, original_address(each)) for each in found.refunds.newest] if found.refunds else [],
        plot=plot(found.months),
        groups=[(square, sentences.label(language, f"plot:{square}")) for square in SQUARES],
        filters={name: path.fields.get(name, "") for name in ("bucket", "period", "entity", "rate", "account")},
        filtered=bool(path.fields),
        export="/balance/export.csv?" + urlencode(_without_bucket(path)),
        as_json="/balance.json?" + urlencode(path.fields),
    )


@router.get(".json")
async def show_json(person: CurrentOwner, reads: Read, now: Now, path: Chosen) -> Response:
    """The deepest open level with integer fen, and where each row leads."""
    return _json(await reads(balance_tree, person.scope, china_date(now), path, SHOW.get(path.bucket, "all")), now)


@router.get("/export.csv")
async def export(request: Request, person: CurrentOwner, reads: Read, show: Show, now: Now, path: Chosen) -> Response:
    """A line for each month, entity, rate and account under the filters: the whole formula in columns."""
    under = replace(path, bucket="")
    today = china_date(now)
    found = await reads(balance_tree, person.scope, today, BalancePath())
    cells = await reads(sums, person.scope, today, under, ("period", *LEVELS[2], *LEVELS[3]))
    language = show.words(request)
    heads = [language.gettext(head) for head in ("Month", "Issuing entity", "Rate", "Account")]
    heads += [language.gettext(word) for _, word, _, _ in BUCKETS]
    return csv_file("balance", heads, _lines(cells, found))


def _lines(cells: Sums, tree: BalanceTree) -> Iterator[list[str]]:
    lines: dict[tuple[Any, ...], dict[str, int]] = {}
    for key, amount in cells.items():
        lines.setdefault(key[1:], {})[key[0]] = amount
    for place in sorted(lines):
        period, entity, rate_bp, account_id = place
        named = [tree.entities.get(entity, entity), formats.rate(rate_bp), tree.accounts.get(account_id, str(account_id))]
        amounts = lines[place]
        yield [period, *(safe_cell(name) for name in named), *(yuan(_shown(bucket, amounts.get(bucket, 0))) for bucket, *_ in BUCKETS)]


def _shown(bucket: str, amount_fen: int) -> int:
    """What was consumed stands in the ledger as the source, with a minus."""
    return -amount_fen if bucket == Bucket.CONSUMED else amount_fen


def _json(tree: BalanceTree, now: datetime) -> JSONResponse:
    deepest = len(tree.levels) - 1
    columns = ("bucket",) if deepest == 0 else LEVELS[deepest]
    base = tree.path.upto(deepest)
    said = []
    for key, amount in tree.levels[deepest].items():
        row = dict(zip(("bucket", *LEVELS[deepest]), key, strict=True))
        below = _down(base, deepest, row)
        next_address = f"/balance.json?{urlencode(below.fields)}" if deepest < len(LEVELS) - 1 else None
        fields = {name: row[name] for name in columns}
        doors = dict(_doors(below, tree)) if deepest == len(LEVELS) - 1 else {}
        said.append({**fields, "fen": _shown(row["bucket"], amount), **({"below": next_address} if next_address else doors)})
    return JSONResponse(
        {
            "currency": "CNY",
            "unit": "fen",
            "formula": FORMULA_NOTE,
            "as_of": now.isoformat(),
            "filters": tree.path.fields,
            "by": list(columns),
            "rows": said,
            **({} if tree.refunds is None else {"refunds": [_said(each) for each in tree.refunds.newest]}),
        }
    )


def _said(refund: Refund) -> dict[str, Any]:
    """A refund as JSON."""
    original = original_address(refund)
    named = {"record": refund.id, "day": refund.day.isoformat(), "order": refund.order_number, "fen": refund.amount_fen}
    return {**named, "original_month": refund.original_period, **({"original": original} if original else {})}


def original_address(refund: Refund) -> str:
    """Where the picker lists what a refund corrects, with the refund below it; empty while that is not known, or not the reader's."""
    if refund.order_number and refund.order_is_here:
        return "/consumption?" + urlencode({"show": "all", "order": refund.order_number})
    if refund.original_period:
        return "/consumption?" + urlencode({"show": "all", "period": refund.original_period, "account": refund.original_account})
    return ""


def rows(tree: BalanceTree) -> tuple[Row, ...]:
    """The tree's rows: the formula, and below the chosen one what is open."""
    amounts = {key[0]: amount for key, amount in tree.levels[0].items()}
    path, base = tree.path, tree.path.upto(0)
    shown = []
    for bucket, word, _, square in BUCKETS:
        chosen = path.bucket == bucket
        amount = _shown(bucket, amounts.get(bucket, 0))
        if not amount and not chosen and bucket not in (FIRST[0], LAST[0]):
            continue
        sign = "" if bucket == FIRST[0] else "=" if bucket == LAST[0] else "−"
        address = _address(base if chosen else replace(base, bucket=str(bucket)))
        below = _below(tree, 1, str(bucket)) if chosen else ()
        shown.append(Row(sign, word, "bucket", amount, address, square, chosen, below))
    return tuple(shown)


def _below(tree: BalanceTree, level: int, bucket: str) -> tuple[Row, ...]:
    """The rows of a level, newest month first, and those below the one that is chosen."""
    path, base = tree.path, tree.path.upto(level)
    found = []
    for key, amount in sorted(tree.levels[level].items(), key=lambda entry: entry[0], reverse=level == 1):
        row = dict(zip(("bucket", *LEVELS[level]), key, strict=True))
        down = _down(base, level, row)
        chosen = level < path.depth and down == path.upto(level + 1)
        word, kind = _named(tree, level, row)
        below = _below(tree, level + 1, bucket) if chosen else ()
        doors = _doors(down, tree) if level == len(LEVELS) - 1 else ()
        address = doors[0][1] if doors else _address(base if chosen else down)
        corrects = level == 1 and amount < 0 and bucket in (Bucket.AVAILABLE, Bucket.EXPIRED, Bucket.RESERVED, Bucket.INVOICED)
        found.append(Row("", word, kind, _shown(bucket, amount), address, "", chosen, below, doors, corrects))
    return tuple(found)


def _named(tree: BalanceTree, level: int, row: Mapping[str, Any]) -> tuple[str, str]:
    if level == 1:
        return row["period"], "month"
    if level == 2:
        return f"{tree.entities.get(row['entity'], row['entity'])} · {formats.rate(row['rate_bp'])}", "text"
    return tree.accounts.get(row["account_id"], str(row["account_id"])), "text"


def _down(base: BalancePath, level: int, row: Mapping[str, Any]) -> BalancePath:
    """The path to the rows below a row of this level."""
    return replace(base, **{name: row[name] for name in (("bucket",) if level == 0 else LEVELS[level])})


def _doors(path: BalancePath, tree: BalanceTree) -> tuple[tuple[str, str], ...]:
    """Where the records of a whole path stand; of what applications or invoices hold, those too.

    The picker lists refunds under their originals: those of another month's are listed on this page.
    """
    fields = {"show": SHOW[path.bucket], **{name: value for name, value in path.fields.items() if name != "bucket"}}
    doors = [] if path.account_id in tree.empty else [("records", "/consumption?" + urlencode(fields))]
    if tree.refunds is not None and path.account_id in tree.refunds.sums:
        doors.append(("refunds", _address(path) + "#refunds"))
    assert path.rate_bp is not None  # noqa: S101 (a whole path)
    assert path.account_id is not None  # noqa: S101
    holding = urlencode({"holds": Holding(path.period, path.entity, path.rate_bp, path.account_id).text})
    if path.bucket == Bucket.RESERVED:
        doors.append(("applications", f"/applications?{holding}"))
    elif path.bucket == Bucket.INVOICED:
        doors.append(("invoices", f"/invoices?{holding}"))
    return tuple(doors)


def _address(path: BalancePath) -> str:
    return "/balance" + (f"?{urlencode(path.fields)}" if path.fields else "")


def _without_bucket(path: BalancePath) -> dict[str, str]:
    return {name: value for name, value in path.fields.items() if name != "bucket"}


SQUARES = ("invoiced", "reserved", "rest", "available")
"""The plot's colours from the ground up."""


def plot(months: Sums) -> Plot:
    """The newest twelve months as stacked bars. What is below zero has no height; the table beside it says it."""
    parts: dict[str, dict[str, int]] = {}
    squares = {str(bucket): square for bucket, _, _, square in BUCKETS}
    for (bucket, period), amount in months.items():
        of_month = parts.setdefault(period, dict.fromkeys((*SQUARES, "", WAITING), 0))
        of_month[WAITING if bucket == WAITING else squares[bucket]] += amount
    periods = sorted(parts)[-MONTHS_DRAWN:]
    highest = max((sum(max(parts[period][square], 0) for square in SQUARES) for period in periods), default=0)
    drawn, pieces = [], []
    for place, period in enumerate(periods):
        x, top = place * STEP, HEIGHT
        drawn.append(Month(period, x, {square: parts[period][square] for square in SQUARES}, -parts[period][""], parts[period][WAITING]))
        for square in SQUARES:
            height = max(parts[period][square], 0) * HEIGHT // highest if highest else 0
            if height:
                top -= height
                pieces.append(Piece(square, x, top, height))
    return Plot(tuple(drawn), tuple(pieces), MONTHS_DRAWN * STEP - (STEP - BAR), highest)
