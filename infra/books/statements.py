"""Making statements and opening what is on them, for many customers at once: by SQL over sets, never record by record.

Whoever makes or opens holds the customers' rows first (`hold_customers`), and so does whoever brings records: between the
statements of one transaction nothing is added to what they work on.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, and_, case, cast, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.ledger import Bucket
from domain.statements import CustomersMonth
from infra.audit import note_deed
from infra.books.arrears import hold_for_arrears
from infra.books.binding import chunks
from infra.books.ledger import move_all
from infra.database import Database, insert_ignoring
from infra.tables import ArrearsRow, BalanceRow, EnterpriseRow, LedgerTransactionRow, StatementLineRow, StatementRow
from infra.tables import ConsumptionRecordRow as Record

RECORDS_AT_ONCE = 50_000
"""Records in one transaction, if they are not a single customer's: a few seconds of work."""
_LOOK_BACK = 6
"""Months before the newest that are looked through for customers without a statement. An import makes older ones itself."""


def hold_customers(session: Session, enterprise_ids: Iterable[int]) -> None:
    """Hold these customers' rows, in order, until the transaction ends: one brings or opens their records at a time."""
    for chunk in chunks(sorted(set(enterprise_ids))):
        row = col(EnterpriseRow.id)
        session.execute(select(row).where(row.in_(chunk)).order_by(row).with_for_update(key_share=True)).all()


def is_out(statement: Any = StatementRow) -> Any:
    """SQL: what is on it can be invoiced."""
    return ~statement.postpaid | statement.charged_on.is_not(None)


def of_record(record: Any, statement: Any = StatementRow) -> Any:
    """SQL: the statement that a record is on."""
    return and_(statement.enterprise_id == record.enterprise_id, statement.period == record.period, statement.entity == record.entity)


def months_to_open(session: Session, last_period: str, limit: int, only: CustomersMonth | None = None) -> list[CustomersMonth]:
    """Up to `limit` customers' months, the oldest first, whose statement is to be made, or is out and has records that are not open.

    At most as many as have `RECORDS_AT_ONCE` records, but one at least.
    """
    record: Any = Record
    made: Any = StatementRow
    wanted = _only(record, only)
    uncharged = exists().where(of_record(record), ~is_out())
    waiting = (
        select(record.period, record.enterprise_id, func.count().label("records"))
        # The first two conditions are those of the index of what is to be opened.
        .where(~record.opened, record.seller == "", record.period <= last_period, record.standing == "not-open", ~uncharged, *wanted)
        .group_by(record.period, record.enterprise_id)
        .order_by(record.period, record.enterprise_id)
        .limit(limit)
    )
    balance: Any = BalanceRow
    since = _months_before(last_period, _LOOK_BACK)
    has_one = exists().where(made.enterprise_id == balance.enterprise_id, made.period == balance.period, made.entity == balance.entity)
    without = (
        select(balance.period, balance.enterprise_id)
        .where(balance.period <= last_period, balance.period >= since, ~has_one, *_only(balance, only))
        .distinct()
        .order_by(balance.period, balance.enterprise_id)
        .limit(limit)
    )
    records = {(row.period, row.enterprise_id): int(row.records) for row in session.execute(waiting)}
    months = sorted(records.keys() | {(row.period, row.enterprise_id) for row in session.execute(without)})[:limit]
    chosen: list[CustomersMonth] = []
    together = 0
    for period, enterprise_id in months:
        together += records.get((period, enterprise_id), 0)
        if chosen and together > RECORDS_AT_ONCE:
            break
        chosen.append(CustomersMonth(enterprise_id, period))
    return chosen


def _only(table: Any, only: CustomersMonth | None) -> list[Any]:
    return [] if only is None else [table.enterprise_id == only.enterprise_id, table.period == only.period]


def _months_before(period: str, count: int) -> str:
    months = int(period[:4]) * 12 + int(period[5:]) - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def open_months(session: Session, period: str, enterprise_ids: Sequence[int], now: datetime) -> int:
    """Make these customers' statements of one month, and open what is on those that are out. How many customers it concerned.

    A repeat makes and opens nothing twice: a statement is unique, and a record that is open is not found again.
    """
    hold_customers(session, enterprise_ids)
    made = make_statements(session, period, enterprise_ids, now)
    return len(made | _open(session, period, enterprise_ids, now))


def make_statements(session: Session, period: str, enterprise_ids: Sequence[int], now: datetime) -> set[int]:
    """Make the statements that are missing, with their lines; the customers that got any. Their rows are held."""
    record: Any = Record
    made: Any = StatementRow
    line: Any = StatementLineRow
    here = and_(record.period == period, record.enterprise_id.in_(enterprise_ids))
    missing = ~exists().where(of_record(record))
    without = set(session.execute(select(record.enterprise_id).where(here, missing).distinct()).scalars())
    if not without:
        return without
    here = and_(record.period == period, record.enterprise_id.in_(sorted(without)))
    insert_ignoring(
        session,
        StatementRow,
        ("enterprise_id", "entity", "period", "state", "postpaid", "records", *_SUMS, "made_at", "ticket_number"),
        select(
            record.enterprise_id,
            record.entity,
            record.period,
            literal("open"),
            col(EnterpriseRow.postpaid),
            func.count(),
            *_sums(record),
            literal(now, type_=made.made_at.type),
            literal(""),
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == record.enterprise_id)
        .where(here, missing)
        .group_by(record.enterprise_id, record.entity, record.period, col(EnterpriseRow.postpaid)),
    )
    consumed, excluded, seller, assisted, invoiceable = _sums(record)
    session.execute(
        insert(StatementLineRow).from_select(
            ["statement_id", "account_id", "service", "rate_bp", "records", *_LINE_SUMS],
            select(
                made.id, record.account_id, record.service, record.rate_bp, func.count(), consumed, excluded, seller + assisted, invoiceable
            )
            .join(StatementRow, of_record(record))
            .where(here, ~exists().where(line.statement_id == made.id))
            .group_by(made.id, record.account_id, record.service, record.rate_bp),
        ),
        execution_options={"synchronize_session": False},
    )
    return without


_SUMS = ("consumed_fen", "excluded_fen", "seller_fen", "assisted_fen", "invoiceable_fen")
_LINE_SUMS = ("consumed_fen", "excluded_fen", "elsewhere_fen", "invoiceable_fen")


def _sums(record: Any) -> tuple[Any, Any, Any, Any, Any]:
    """What stands on a statement, in the order of `_SUMS`."""
    fen = record.invoiceable_fen
    return (
        func.sum(record.gross_fen),
        func.sum(record.excluded_fen),
        func.sum(case((record.seller != "", fen), else_=0)),
        func.sum(case((and_(record.seller == "", record.assisted != ""), fen), else_=0)),
        func.sum(case((and_(record.seller == "", record.assisted == ""), fen), else_=0)),
    )


def not_out(session: Session, places: Iterable[tuple[int, str, str]]) -> set[tuple[int, str, str]]:
    """Of these customers' (enterprise, month, entity) those whose statement is not out, or would not be once it is made."""
    row: Any = StatementRow
    customer: Any = EnterpriseRow
    wanted = set(places)
    out: dict[tuple[int, str, str], bool] = {}
    postpaid: set[int] = set()
    for chunk in chunks(sorted({enterprise_id for enterprise_id, _, _ in wanted})):
        postpaid.update(session.execute(select(customer.id).where(customer.id.in_(chunk), customer.postpaid)).scalars())
        periods = {period for _, period, _ in wanted}
        found = select(row.enterprise_id, row.period, row.entity, is_out().label("out"))
        for each in session.execute(found.where(row.enterprise_id.in_(chunk), row.period.in_(periods))):
            out[each.enterprise_id, each.period, each.entity] = bool(each.out)
    return {place for place in wanted if not out.get(place, place[0] not in postpaid)}


def _open(session: Session, period: str, enterprise_ids: Sequence[int], now: datetime) -> set[int]:
    """Open what is not open of statements that are out; the customers that had any."""
    found = session.execute(select(col(Record.enterprise_id)).where(_waiting(Record, period, enterprise_ids)).distinct()).scalars()
    waiting = sorted(found)
    causes = {f"open:{period}:{enterprise_id}": enterprise_id for enterprise_id in waiting}
    cause = col(LedgerTransactionRow.cause)
    again = {causes[each] for chunk in chunks(causes) for each in session.execute(select(cause).where(cause.in_(chunk))).scalars()}
    first = [enterprise_id for enterprise_id in waiting if enterprise_id not in again]
    if first:
        _move(session, period, first, literal(f"open:{period}:") + cast(col(Record.enterprise_id), String), now)
    for enterprise_id in sorted(again):
        # A month opens again when lines of it came between: the lowest record makes the cause one of its own, for it opens once.
        lowest = session.execute(select(func.min(col(Record.id))).where(_waiting(Record, period, [enterprise_id]))).scalar_one()
        _move(session, period, [enterprise_id], literal(f"open:{period}:{enterprise_id}:{lowest}"), now)
    _hold_for_arrears(session, period, waiting, now)
    return set(waiting)


def _hold_for_arrears(session: Session, period: str, enterprise_ids: Sequence[int], now: datetime) -> None:
    """What was opened covers arrears that were not covered before."""
    owing = col(ArrearsRow.enterprise_id)
    for chunk in chunks(enterprise_ids):
        for enterprise_id in session.execute(select(owing).where(owing.in_(chunk)).distinct().order_by(owing)).scalars():
            hold_for_arrears(session, enterprise_id, f"open:{period}:{enterprise_id}:{now.isoformat()}", now)


def _waiting(record: Any, period: str, enterprise_ids: Sequence[int]) -> Any:
    """SQL: not open although its statement is out. A bound negative goes with its original, a held one waits."""
    return and_(
        record.period == period,
        record.enterprise_id.in_(enterprise_ids),
        record.standing == "not-open",
        ~record.opened,
        record.seller == "",
        exists().where(of_record(record), is_out()),
    )


def _move(session: Session, period: str, enterprise_ids: Sequence[int], cause: Any, now: datetime) -> None:
    """Open what waits, and the negatives bound to it. `cause` is SQL over the record."""
    record: Any = Record
    original: Any = aliased(Record)
    waits = _waiting(record, period, enterprise_ids)
    goes_along = and_(
        record.enterprise_id.in_(enterprise_ids),
        record.standing == "bound",
        ~record.opened,
        exists().where(original.id == record.original_id, _waiting(original, period, enterprise_ids)),
    )
    columns = (record.id, record.enterprise_id, record.account_id, record.entity, record.rate_bp, record.period)
    moved = select(cause.label("cause"), *columns, record.invoiceable_fen.label("amount_fen")).where(or_(waits, goes_along))
    move_all(session, moved, source=Bucket.NOT_OPEN, target=Bucket.AVAILABLE, at=now)
    for each in (goes_along, waits):  # in this order, for what goes along is found by what still waits
        session.execute(update(Record).where(each).values(opened=True), execution_options={"synchronize_session": False})


def charge(database: Database, statement_ids: Sequence[int], charged_on: date, by: int, now: datetime) -> int:
    """Note that post-paid statements were charged, and open what is on them. How many; those that were charged before stay as they are."""
    row: Any = StatementRow
    with database.write() as session:
        wanted = row.id.in_(statement_ids)
        hold_customers(session, session.execute(select(row.enterprise_id).where(wanted)).scalars())
        due = session.execute(select(StatementRow).where(wanted, ~is_out()).order_by(row.id).with_for_update()).scalars().all()
        for statement in due:
            statement.charged_on, statement.charged_by = charged_on, by
            session.add(statement)
            facts = {"month": statement.period, "entity": statement.entity, "on": charged_on.isoformat()}
            subject = f"statement:{statement.id}"
            note_deed(session, by, AuditAction.STATEMENT_CHARGED, subject, now, tenant=statement.enterprise_id, facts=facts)
        session.flush()
        for period in sorted({statement.period for statement in due}):
            _open(session, period, sorted({each.enterprise_id for each in due if each.period == period}), now)
    return len(due)
