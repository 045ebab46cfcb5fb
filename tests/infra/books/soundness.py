"""What must hold of the books after whatever happened: the invariants, every record in its buckets, and what pages say.

All of it is computed here from rows, by the rules as `design.md` tells them, without the queries that are checked.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from domain.eligibility import last_day
from domain.ledger import WAITING, Bucket
from infra.database import Database
from infra.invariants import violations
from infra.queries.balance_tree import LEVELS, BalancePath, balance_tree, sums
from infra.queries.balances import balance
from infra.queries.scope import Scope
from infra.queries.statements import statements
from infra.tables import (
    ApplicationItemRow,
    ApplicationRow,
    ArrearsRow,
    BalanceRow,
    InvoiceLineRow,
    InvoiceRow,
    LedgerEntryRow,
    StatementRow,
)
from infra.tables import ConsumptionRecordRow as Record

COLUMNS = ("period", "entity", "rate_bp", "account_id")
PARTS = (
    Bucket.EXCLUDED,
    Bucket.NOT_OPEN,
    Bucket.EXPIRED,
    Bucket.ARREARS,
    Bucket.SELLER,
    Bucket.ASSISTED,
    Bucket.AVAILABLE,
    Bucket.RESERVED,
    Bucket.INVOICED,
)
Cells = Counter[tuple[Any, ...]]
"""Fen by bucket and values of columns."""


def left(record: Record) -> int:
    return record.invoiceable_fen - record.reserved_fen - record.invoiced_fen


@dataclass(frozen=True, slots=True)
class Groups:
    """The records of a database; negatives by their original."""

    records: dict[int, Record]
    bound: dict[int, list[Record]]
    out: frozenset[tuple[int, str, str]]
    """Enterprise, month and entity of the statements that are out."""

    @classmethod
    def read(cls, session: Session) -> "Groups":
        records = {row.id: row for row in session.exec(select(Record)) if row.id is not None}
        bound: dict[int, list[Record]] = defaultdict(list)
        for row in records.values():
            if row.original_id is not None:
                bound[row.original_id].append(row)
        statements = session.exec(select(StatementRow))
        out = frozenset((each.enterprise_id, each.period, each.entity) for each in statements if each.charged_on or not each.postpaid)
        return cls(records, bound, out)

    def is_open(self, record: Record) -> bool:
        """Whether its month's statement is out; a negative's is its original's, and one without waits."""
        of = record if record.original_id is None else self.records[record.original_id]
        return (of.enterprise_id, of.period, of.entity) in self.out and (of.invoiceable_fen >= 0 or bool(of.seller or of.assisted))

    def net(self, record: Record) -> int:
        return left(record) + sum(left(negative) for negative in self.bound[record.id or 0])

    def is_free(self, record: Record) -> bool:
        """Whether something of it can be taken, but for its time limit."""
        ours = not record.seller and not record.assisted and record.original_id is None
        return ours and self.is_open(record) and not record.expired and left(record) > 0


def check(database: Database, today: date) -> None:
    """Assert all that must hold on a day in China."""
    with database.read() as session:
        broken = violations(session, today=today)
        assert not broken, broken
        groups = Groups.read(session)
        entries = list(session.exec(select(LedgerEntryRow)))
        _every_record_is_where_its_row_says(groups, entries)
        _nothing_hangs_below_zero(groups)
        _invoices_add_up(session, groups)
        _balances_are_those_of_the_ledger(session, groups, entries, today)


def _every_record_is_where_its_row_says(groups: Groups, entries: list[LedgerEntryRow]) -> None:
    held: dict[int, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        if entry.record_id is not None:
            held[entry.record_id][entry.bucket] += entry.amount_fen
    for identity, row in groups.records.items():
        expected: Counter[str] = Counter()
        expected[Bucket.CONSUMED] -= row.gross_fen
        expected[Bucket.EXCLUDED] += row.excluded_fen
        expected[Bucket.RESERVED] += row.reserved_fen
        expected[Bucket.INVOICED] += row.invoiced_fen
        expected[Bucket.ARREARS] += row.held_fen
        opened = groups.is_open(row)
        expected[_home(row, opened)] += left(row) - row.held_fen
        if opened:  # it opened with its month, in a sum that names no record
            held[identity][Bucket.AVAILABLE] += held[identity].pop(Bucket.NOT_OPEN, 0)
        assert _full(held[identity]) == _full(expected), f"record {identity}: {held[identity]}, expected {expected}"
        assert sum(expected.values()) == 0, f"record {identity}: {expected}"


def _home(row: Record, opened: bool) -> Bucket:
    if row.seller:
        return Bucket.SELLER
    if row.assisted:
        return Bucket.ASSISTED
    if not opened:
        return Bucket.NOT_OPEN
    return Bucket.EXPIRED if row.expired else Bucket.AVAILABLE


def _nothing_hangs_below_zero(groups: Groups) -> None:
    """A bound negative is where its original is, on the same invoice as to entity and rate, and never exceeds it (feature 9)."""
    for row in groups.records.values():
        if row.original_id is not None:
            original = groups.records[row.original_id]
            assert original.original_id is None
            for name in ("enterprise_id", "entity", "rate_bp", "expired"):
                assert getattr(row, name) == getattr(original, name), f"{name} of {row.id}"
        elif row.invoiceable_fen > 0 and not row.seller and not row.assisted:
            assert 0 <= row.held_fen <= groups.net(row), f"record {row.id}"


def _rows(session: Session, table: type[SQLModel], key: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in session.exec(select(table)):
        found[getattr(row, key)].append(row)
    return found


def _invoices_add_up(session: Session, groups: Groups) -> None:
    """I8, I9 and I12: lines, tax and parts of each invoice, and the invoices of each application, to the fen."""
    lines = _rows(session, InvoiceLineRow, "invoice_id")
    items = _rows(session, ApplicationItemRow, "application_number")
    invoices = _rows(session, InvoiceRow, "application_number")
    for application in session.exec(select(ApplicationRow)):
        own = items[application.number]
        if application.state == "refused":
            assert own == []
            continue
        assert sum(item.amount_fen for item in own) == application.amount_fen
        if invoices[application.number]:
            assert sum(invoice.total_fen for invoice in invoices[application.number]) == application.amount_fen
        for invoice in invoices[application.number]:
            on_it = [item for item in own if item.invoice_id == invoice.id]
            assert invoice.net_fen == sum(line.net_fen for line in lines[invoice.id])
            assert invoice.tax_fen == sum(line.tax_fen for line in lines[invoice.id])
            assert invoice.total_fen == invoice.net_fen + invoice.tax_fen == sum(item.amount_fen for item in on_it)
            assert {(groups.records[item.record_id].entity, groups.records[item.record_id].rate_bp) for item in on_it} == {
                (invoice.entity, invoice.rate_bp)
            }
            _with_their_originals(groups, {item.record_id for item in on_it})
        _with_their_originals(groups, {item.record_id for item in own})


def _with_their_originals(groups: Groups, taken: set[int]) -> None:
    for identity in taken:
        original = groups.records[identity].original_id
        assert original is None or original in taken, f"negative {identity} without its original {original}"


def _balances_are_those_of_the_ledger(session: Session, groups: Groups, entries: list[LedgerEntryRow], today: date) -> None:
    kept: Cells = Counter()
    for entry in entries:
        kept[entry.bucket, *_place(entry)] += entry.amount_fen
    stored: Cells = Counter()
    for row in session.exec(select(BalanceRow)):
        stored[row.bucket, *_place(row)] += row.amount_fen
    assert _full(stored) == _full(kept)
    for place in {key[1:] for key in kept}:
        assert -kept[Bucket.CONSUMED, *place] == sum(kept[bucket, *place] for bucket in PARTS), place
    owed = list(session.exec(select(ArrearsRow).order_by(col(ArrearsRow.as_of), col(ArrearsRow.id))))
    shown = _as_of(groups, kept, owed, today)
    for enterprise_id in {row.enterprise_id for row in groups.records.values()}:
        last = max(row.account_id for row in groups.records.values() if row.enterprise_id == enterprise_id)
        for account_id in (None, last):
            cells = {key: fen for key, fen in shown.items() if key[1] == enterprise_id and account_id in (None, key[-1])}
            _pages_say(session, Scope(enterprise_id, account_id), Counter(cells), today)
            _statements_say(session, groups, Scope(enterprise_id, account_id), owed, today)


def _place(row: Any) -> tuple[Any, ...]:
    return (row.enterprise_id, *(getattr(row, name) for name in COLUMNS))


def _as_of(groups: Groups, kept: Cells, owed: list[ArrearsRow], today: date) -> Cells:
    """What passed its time limit counts as expired, whether the night's run was there or not; what it covered, something else does.

    What waits for its original is not open in the books, and is shown by a name of its own.
    """
    shown = Counter(kept)
    for row in groups.records.values():
        if row.original_id is None and row.invoiceable_fen < 0 and not row.seller and not row.assisted:
            shown[Bucket.NOT_OPEN, *_place(row)] -= row.invoiceable_fen
            shown[WAITING, *_place(row)] += row.invoiceable_fen
    anew: set[int] = set()
    for row in groups.records.values():
        if groups.is_free(row) and last_day(row.day, row.extended_to) < today:
            for gone in (row, *groups.bound[row.id or 0]):
                shown[Bucket.AVAILABLE, *_place(gone)] -= left(gone) - gone.held_fen
                shown[Bucket.ARREARS, *_place(gone)] -= gone.held_fen
                shown[Bucket.EXPIRED, *_place(gone)] += left(gone)
            anew |= {row.enterprise_id} if row.held_fen else set()
    for enterprise_id in anew:
        free = [row for row in groups.records.values() if row.enterprise_id == enterprise_id and groups.is_free(row)]
        free = [row for row in free if last_day(row.day, row.extended_to) >= today]
        wanted = _covered(groups, free, {each.account_id: each.amount_fen for each in owed if each.enterprise_id == enterprise_id})
        for row in free:
            shown[Bucket.AVAILABLE, *_place(row)] -= wanted[row.id or 0] - row.held_fen
            shown[Bucket.ARREARS, *_place(row)] += wanted[row.id or 0] - row.held_fen
    return shown


def _covered(groups: Groups, free: list[Record], owed: dict[int, int]) -> Counter[int]:
    """What arrears hold of each record: an account's own first, then anybody's, the oldest first."""
    wanted: Counter[int] = Counter()
    missing = 0
    ordered = sorted(free, key=lambda row: (row.day, row.id or 0))
    for whose, amount in (*sorted(owed.items()), (None, 0)):
        left_over = amount if whose else missing
        for row in ordered:
            part = min(left_over, groups.net(row) - wanted[row.id or 0]) if whose in (None, row.account_id) else 0
            wanted[row.id or 0] += part
            left_over -= part
        missing += left_over if whose else 0
    return wanted


def _pages_say(session: Session, scope: Scope, cells: Cells, today: date) -> None:
    """The formula of the home page and every level of the tree, also along one way down to an account."""
    top = _by(cells, lambda key: (key[0],))
    said = _full(Counter(balance(session, scope, today).buckets))
    expected = {key[0]: fen for key, fen in top.items()}
    assert said == expected, f"{scope} on {today}: {said}, not {expected}"
    columns: tuple[str, ...] = ()
    for level in LEVELS:
        columns += level
        wanted = _by(cells, lambda key, names=columns: (key[0], *(key[2 + COLUMNS.index(name)] for name in names)))  # type: ignore[misc]
        found = sums(session, scope, today, BalancePath(), columns)
        assert found == wanted, f"{scope} on {today}, level {level}: {found}, not {wanted}"
    leaf = next((key for key, fen in sorted(cells.items()) if fen), None)
    if leaf is None or scope.account_id is not None:
        return
    bucket, _, period, entity, rate_bp, _ = leaf
    tree = balance_tree(session, scope, today, BalancePath(bucket, period, entity, rate_bp))
    ways: tuple[tuple[Any, ...], ...] = ((), (bucket,), (bucket, period), (bucket, period, entity, rate_bp))
    for depth, (chosen, names) in enumerate(zip(ways, LEVELS, strict=True)):
        beneath = Counter({key: fen for key, fen in cells.items() if (key[0], *key[2:])[: len(chosen)] == chosen})
        wanted = _by(beneath, lambda key, names=names: (key[0], *(key[2 + COLUMNS.index(name)] for name in names)))  # type: ignore[misc]
        assert dict(tree.levels[depth]) == wanted, f"level {depth}"


def _statements_say(session: Session, groups: Groups, scope: Scope, owed: list[ArrearsRow], today: date) -> None:
    """A statement's row in the choice says what ticking it alone brings, and adds up."""
    arrears = sum({each.account_id: each.amount_fen for each in owed if each.enterprise_id == scope.enterprise_id}.values())
    for each in statements(session, scope, today):
        mine = [
            row
            for row in groups.records.values()
            if (row.enterprise_id, row.period, row.entity) == (scope.enterprise_id, each.period, each.entity)
        ]
        mine = [row for row in mine if groups.is_free(row) and last_day(row.day, row.extended_to) >= today]
        mine = [row for row in mine if scope.account_id in (None, row.account_id)]
        ticked = sum(groups.net(row) for row in mine)
        brings = max(0, min(ticked - sum(row.held_fen for row in mine), ticked - arrears))
        assert each.free_fen == brings, f"{scope} {each.period} {each.entity} on {today}: {each.free_fen}, not {brings}"
        assert each.consumed_fen - each.not_invoiceable_fen - each.taken_fen == each.free_fen


def _by(cells: Cells, key: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    summed: Cells = Counter()
    for cell, fen in cells.items():
        summed[key(cell)] += fen
    return _full(summed)


def _full(counted: Counter[Any]) -> dict[Any, int]:
    """Without what is zero."""
    return {key: fen for key, fen in counted.items() if fen}
