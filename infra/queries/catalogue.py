"""The catalogue of feature 12: services and tax classes with rate, code, unit, and who issues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, literal_column, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session

from infra.queries.scope import Scope
from infra.tables import AccountRow, ConsumptionRecordRow, EntityRow, ImportBatchRow, ServiceClassRow
from infra.tables.consumption import PRODUCT

EVERYTHING_ELSE = "*"
PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A service, or a class of the table (`match` of it, `*` for everything else), as it is printed on an invoice.

    `entities` are the codes of those who have issued or will issue it by the consumption this reader may see; for a class
    of the table that nobody consumed by that name, none.
    """

    name: str
    code: str
    category: str
    rate_bp: int
    unit: str
    entities: tuple[str, ...]
    is_rule: bool
    """A row of the operators' table, rather than a service that was consumed."""

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it stands in the list: unique, and the order of the pages."""
        return (self.name, self.code, self.rate_bp)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters. `text` is looked for in name and short name, and as the beginning of a code."""

    text: str = ""
    category: str = ""
    entity: str = ""
    rate_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    entries: Sequence[Entry]
    found: int
    older: tuple[str, str, int] | None


def catalogue_version(session: Session) -> tuple[int, int]:
    """Changes when files are imported; for readers of all customers, whose enterprise has a version of its own."""
    batches = session.execute(select(func.count(), func.coalesce(func.sum(ImportBatchRow.records), 0))).one()
    return int(batches[0]), int(batches[1])


def entities(session: Session) -> dict[str, str]:
    """Code and name of each issuing entity."""
    row: Any = EntityRow
    return {each.code: each.name for each in session.execute(select(row.code, row.name).order_by(row.code))}


def rules(session: Session) -> tuple[Entry, ...]:
    """The operators' table, as it is now."""
    row: Any = ServiceClassRow
    found = session.execute(select(row.match, row.classification_code, row.category, row.rate_bp, row.unit))
    return tuple(Entry(name, code, category, rate_bp, unit, (), is_rule=True) for name, code, category, rate_bp, unit in found)


def consumed(session: Session, scope: Scope) -> tuple[Entry, ...]:
    """Each service that was consumed in this scope, once for each class and rate, with its issuing entities.

    As many look-ups as there are services by account, which for all customers together are many: keep the answer until something
    is imported.
    """
    merged: dict[tuple[str, str, int], Entry] = {}
    for name, code, rate_bp, category, unit, entity in session.execute(_products(scope)):
        known = merged.get((name, code, rate_bp))
        issuers = {entity, *(known.entities if known else ())}
        merged[name, code, rate_bp] = Entry(name, code, category, rate_bp, unit, tuple(sorted(issuers)), is_rule=False)
    return tuple(merged.values())


def _products(scope: Scope) -> Any:
    """SQL that steps through each account's services, from one to the next in its index's order: the records between are not read."""
    account: Any = AccountRow
    here, after, shown = (_alias() for _ in range(3))

    def product(record: Any) -> list[Any]:
        return [getattr(record, name) for name in PRODUCT]

    def first(record: Any, *conditions: Any) -> Any:
        # Written out, so that the databases know the index's own condition.
        ours = record.seller == literal_column("''")
        return select(record.id).where(ours, *conditions).order_by(*product(record)).limit(1)

    accounts = select(first(shown, shown.account_id == account.id).correlate(AccountRow).scalar_subquery().label("id"))
    if not scope.everybody:
        accounts = accounts.where(account.enterprise_id == scope.enterprise_id)
    if scope.account_id is not None:
        accounts = accounts.where(account.id == scope.account_id)
    steps = accounts.select_from(AccountRow).cte("steps", recursive=True)
    beyond = tuple_(*product(after)) > tuple_(*product(here))
    following = first(after, after.account_id == here.account_id, beyond).correlate(here).scalar_subquery()
    steps = steps.union_all(select(following).select_from(steps).join(here, here.id == steps.c.id))
    record: Any = ConsumptionRecordRow
    return select(*product(record)).join(steps, steps.c.id == record.id).distinct()


def _alias() -> Any:
    return aliased(ConsumptionRecordRow)


def together(seen: Sequence[Entry], table: Sequence[Entry]) -> list[Entry]:
    """Both as one list in order; a class of the table that was consumed by its name is one entry, with its entities."""
    by_place = {each.place: each for each in seen}
    for each in table:
        known = by_place.get(each.place)
        by_place[each.place] = replace(known, is_rule=True) if known else each
    return [by_place[place] for place in sorted(by_place)]


def fitting(entries: Sequence[Entry], wanted: Wanted) -> list[Entry]:
    text = wanted.text.casefold()
    return [
        each
        for each in entries
        if (not text or text in each.name.casefold() or text in each.category.casefold() or each.code.startswith(text))
        and wanted.category in ("", each.category)
        and (not wanted.entity or wanted.entity in each.entities)
        and wanted.rate_bp in (None, each.rate_bp)
    ]


def page_of(found: Sequence[Entry], after: tuple[str, str, int] | None, most: int = PAGE) -> Page:
    """The entries after a place, which need not be there any more."""
    rest = [each for each in found if after is None or each.place > after]
    return Page(rest[:most], len(found), rest[most - 1].place if len(rest) > most else None)
