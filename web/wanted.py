"""What a customer has ticked, as it stands in an address or a form: records, whole statements or filters, and an exact amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Query

from domain.amounts import parse_amount
from domain.choosing import RecordQuery, read_query
from domain.errors import Problem, Refusal
from domain.split_choice import AS_FEW, MOST_OWN, SplitBy, SplitChoice, read_own
from web.cursors import RecordId, whole_number

MOST_QUERIES = 100
"""Statements in one application."""
HIGHEST_RATE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was ticked. `limit_fen` is the amount to be made up exactly, 0 for all of it; `amount` is how it was typed."""

    records: tuple[int, ...] = ()
    queries: tuple[RecordQuery, ...] = ()
    amount: str = ""
    limit_fen: int = 0
    problems: tuple[Problem, ...] = ()
    """What of it cannot be read."""
    split: SplitChoice = AS_FEW
    """How the invoices are to be split beyond entity and rate."""
    by_amount: bool = False
    """Whether an amount has to be there: nothing is applied for without one."""

    @property
    def lacks_amount(self) -> bool:
        """An amount has to be there, and none that can be read is."""
        return self.by_amount and not self.limit_fen

    @property
    def is_empty(self) -> bool:
        return not self.records and not self.queries

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values that say the same again, for a form's hidden fields or an address."""
        said = [("record", str(identity)) for identity in self.records]
        said += [("all", query.text) for query in self.queries]
        said += [("way", "amount")] if self.by_amount else []
        return [*said, ("amount", self.amount)] if self.amount or self.by_amount else said

    @property
    def split_fields(self) -> list[tuple[str, str]]:
        """The same of the split, for an address; a form has fields of its own for it."""
        return [] if self.split.is_plain else [("split", str(self.split.by)), *(("own", each.text) for each in self.split.own)]


def read_wanted(
    records: Sequence[int],
    queries: Sequence[str],
    amount: str,
    under_filters: RecordQuery | None = None,
    *,
    by_amount: bool = False,
    split: SplitBy = SplitBy.FEWEST,
    own: Sequence[str] = (),
    split_shown: str = "",
) -> Wanted:
    """What the fields of a request say. `under_filters`: all under the filters beside them is wanted, too.

    `split_shown` is the way under which the moved lines `own` were offered: lines of another way are let go.
    """
    problems: list[Problem] = []
    moved = [read_own(text) for text in dict.fromkeys(own)] if split_shown in ("", split) else []
    if None in moved:
        problems.append(Problem("split", "choice-unknown"))
    choice = SplitChoice(split, tuple(each for each in moved if each is not None))
    read = [read_query(text) for text in dict.fromkeys(queries)]
    if None in read or len(read) > MOST_QUERIES:
        problems.append(Problem("records", "choice-unknown"))
    known = [query for query in read if query is not None][:MOST_QUERIES]
    if under_filters is not None and under_filters not in known:
        known.append(under_filters)
    limit = 0
    if amount.strip() or by_amount:
        try:
            limit = parse_amount(amount, grouped=True)
        except Refusal as refusal:
            problems += refusal.problems
    if not limit and not problems and by_amount:
        problems.append(Problem("amount", "amount-zero"))
    return Wanted(tuple(dict.fromkeys(records)), tuple(known), amount.strip(), limit, tuple(problems), choice, by_amount)


def _in_address(
    record: Annotated[list[RecordId] | None, Query(max_length=2000)] = None,
    everything: Annotated[list[str] | None, Query(alias="all", max_length=2000)] = None,
    amount: Annotated[str, Query(max_length=40)] = "",
    way: Annotated[str, Query(max_length=6)] = "",
    every: Annotated[str, Query(max_length=6)] = "",
    period: Annotated[str, Query(max_length=7)] = "",
    account: Annotated[str, Query(max_length=12)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
    order: Annotated[str, Query(max_length=18)] = "",
    rate: Annotated[str, Query(max_length=6)] = "",
    split: Annotated[SplitBy, Query()] = SplitBy.FEWEST,
    own: Annotated[list[str] | None, Query(max_length=MOST_OWN)] = None,
    split_shown: Annotated[str, Query(max_length=12)] = "",
) -> Wanted:
    filters = RecordQuery(period, whole_number(account), entity, order.strip(), rate_of(rate)) if every else None
    by_amount = "amount" in (every, way)
    return read_wanted(
        record or (), everything or (), amount, filters, by_amount=by_amount, split=split, own=own or (), split_shown=split_shown
    )


def _in_form(
    record: Annotated[list[RecordId] | None, Form(max_length=2000)] = None,
    everything: Annotated[list[str] | None, Form(alias="all", max_length=2000)] = None,
    amount: Annotated[str, Form(max_length=40)] = "",
    way: Annotated[str, Form(max_length=6)] = "",
    split: Annotated[SplitBy, Form()] = SplitBy.FEWEST,
    own: Annotated[list[str] | None, Form(max_length=MOST_OWN)] = None,
    split_shown: Annotated[str, Form(max_length=12)] = "",
) -> Wanted:
    by_amount = way == "amount"
    return read_wanted(record or (), everything or (), amount, by_amount=by_amount, split=split, own=own or (), split_shown=split_shown)


def rate_of(text: str) -> int | None:
    """A tax rate in basis points as an address names it; None for anything else."""
    return whole_number(text, HIGHEST_RATE_BP)


WantedInAddress = Annotated[Wanted, Depends(_in_address)]
WantedInForm = Annotated[Wanted, Depends(_in_form)]
