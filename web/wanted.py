"""What a customer has ticked, as it stands in an address or a form: records, whole statements or filters, and an exact amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Query

from domain.amounts import parse_amount
from domain.choosing import RecordQuery, read_query
from domain.errors import Problem, Refusal
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

    @property
    def is_empty(self) -> bool:
        return not self.records and not self.queries

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values that say the same again, for a form's hidden fields or an address."""
        said = [("record", str(identity)) for identity in self.records]
        said += [("all", query.text) for query in self.queries]
        return [*said, ("amount", self.amount)] if self.amount else said


def read_wanted(
    records: Sequence[int], queries: Sequence[str], amount: str, under_filters: RecordQuery | None = None, *, by_amount: bool = False
) -> Wanted:
    """What the fields of a request say. `under_filters`: all under the filters beside them is wanted, too."""
    problems: list[Problem] = []
    read = [read_query(text) for text in dict.fromkeys(queries)]
    if None in read or len(read) > MOST_QUERIES:
        problems.append(Problem("records", "choice-unknown"))
    known = [query for query in read if query is not None][:MOST_QUERIES]
    if under_filters is not None and under_filters not in known:
        known.append(under_filters)
    limit = 0
    if amount.strip() or by_amount:
        try:
            limit = parse_amount(amount)
        except Refusal as refusal:
            problems += refusal.problems
    if not limit and not problems and by_amount:
        problems.append(Problem("amount", "amount-zero"))
    return Wanted(tuple(dict.fromkeys(records)), tuple(known), amount.strip(), limit, tuple(problems))


def _in_address(
    record: Annotated[list[RecordId] | None, Query(max_length=2000)] = None,
    everything: Annotated[list[str] | None, Query(alias="all", max_length=2000)] = None,
    amount: Annotated[str, Query(max_length=40)] = "",
    every: Annotated[str, Query(max_length=6)] = "",
    period: Annotated[str, Query(max_length=7)] = "",
    account: Annotated[str, Query(max_length=12)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
    order: Annotated[str, Query(max_length=18)] = "",
    rate: Annotated[str, Query(max_length=6)] = "",
) -> Wanted:
    filters = RecordQuery(period, whole_number(account), entity, order.strip(), rate_of(rate)) if every else None
    return read_wanted(record or (), everything or (), amount, filters, by_amount=every == "amount")


def _in_form(
    record: Annotated[list[RecordId] | None, Form(max_length=2000)] = None,
    everything: Annotated[list[str] | None, Form(alias="all", max_length=2000)] = None,
    amount: Annotated[str, Form(max_length=40)] = "",
) -> Wanted:
    return read_wanted(record or (), everything or (), amount)


def rate_of(text: str) -> int | None:
    """A tax rate in basis points as an address names it; None for anything else."""
    return whole_number(text, HIGHEST_RATE_BP)


WantedInAddress = Annotated[Wanted, Depends(_in_address)]
WantedInForm = Annotated[Wanted, Depends(_in_form)]
