"""Making statements and opening what is on them, for many customers at once: by SQL over sets, never record by record.

A month opens by its statement: no record is written, and the ledger gets a sum for each account, entity and rate. Whoever makes or
opens holds the customers' rows first (`hold_customers`), and so does whoever brings or binds records, before it asks which months
are open: between the statements of one transaction nothing is added to what they work on.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, and_, case, cast, exists, func, insert, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.ledger import Bucket
from domain.statements import CustomersMonth, last_of
from infra.audit import note_deed
from infra.books.arrears import hold_for_all
from infra.books.binding import chunks
from infra.books.customers import hold_customers
from infra.books.ledger import begin_transactions, move_sums
from infra.database import Database, set_aside
from infra.queries.open_months import Statement, is_out, of_record
from infra.tables import BalanceRow, EnterpriseRow, StatementLineRow, StatementRow
from infra.tables import ConsumptionRecordRow as Record

RECORDS_AT_ONCE = 100_000
"""Records in one transaction, if they are not a single customer's: a few seconds of work."""
_LOOK_BACK = 6
"""Months before the newest that are looked through for customers without a statement. An import makes older ones itself."""

_FEN = ("consumed_fen", "excluded_fen", "seller_fen", "assisted_fen", "invoiceable_fen")
"""What stands on a statement, in the order of `_fen`."""

_COLLECTED = Table(
    "collected",
    MetaData(),
    Column("enterprise_id", Integer),
    Column("entity", String(20)),
    Column("account_id", Integer),
    Column("service", String(200)),
    Column("rate_bp", Integer),
    Column("records", Integer),
    *(Column(name, BigInteger) for name in (*_FEN, "opens_fen")),
    prefixes=["TEMPORARY"],
)
"""A month's records by what a line of a statement is for; `opens_fen` is what can be invoiced once it is out, without negatives."""


def months_to_open(session: Session, last_period: str, limit: int, only: CustomersMonth | None = None) -> list[list[CustomersMonth]]:
    """Up to `limit` customers' months, the oldest first, of which a statement is to be made, by transaction.

    Those of one transaction are of one month and have at most `RECORDS_AT_ONCE` records together, if they are not one customer's.
    """
    balance: Any = BalanceRow
    since = _months_before(last_period, _LOOK_BACK)
    here = [] if only is None else [balance.enterprise_id == only.enterprise_id, balance.period == only.period]
    without = (
        select(balance.period, balance.enterprise_id)
        .where(balance.period <= last_period, balance.period >= since, balance.bucket == Bucket.CONSUMED, _has_none(balance), *here)
        .distinct()
        .order_by(balance.period, balance.enterprise_id)
        .limit(limit)
    )
    months = [CustomersMonth(row.enterprise_id, row.period) for row in session.execute(without)]
    records = _records_of(session, months)
    found: list[list[CustomersMonth]] = []
    together = 0
    for month in months:
        together += records.get(month, 0)
        if not found or together > RECORDS_AT_ONCE or found[-1][-1].period != month.period:
            found.append([])
            together = records.get(month, 0)
        found[-1].append(month)
    return found


def _has_none(place: Any) -> Any:
    """SQL: no statement is made of the month and entity of a record or a running total."""
    return ~exists().where(of_record(place))


def _records_of(session: Session, months: Sequence[CustomersMonth]) -> dict[CustomersMonth, int]:
    """How many records each has."""
    record: Any = Record
    found: dict[CustomersMonth, int] = {}
    for period in sorted({month.period for month in months}):
        customers = [month.enterprise_id for month in months if month.period == period]
        counted = select(record.enterprise_id, func.count()).where(record.period == period, record.enterprise_id.in_(customers))
        rows = session.execute(counted.group_by(record.enterprise_id))
        found |= {CustomersMonth(enterprise_id, period): int(count) for enterprise_id, count in rows}
    return found


def _months_before(period: str, count: int) -> str:
    months = int(period[:4]) * 12 + int(period[5:]) - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def open_months(session: Session, period: str, enterprise_ids: Sequence[int], now: datetime) -> int:
    """Make these customers' statements of one month, and open what is on those that are out. How many customers got any.

    A repeat makes and opens nothing twice: a statement is unique, and opens under a cause of its own.
    """
    hold_customers(session, enterprise_ids)
    return len(make_statements(session, period, enterprise_ids, now))


def make_statements(session: Session, period: str, enterprise_ids: Sequence[int], now: datetime) -> set[int]:
    """Make the statements that are missing, with their lines, and open those that are out; the customers that got any.

    The customers' rows are held.
    """
    record: Any = Record
    made: Any = StatementRow
    balance: Any = BalanceRow
    without = list(enterprise_ids)
    records = _collected()
    if session.execute(select(made.id).where(made.period == period, made.enterprise_id.in_(without)).limit(1)).first():
        missing = select(balance.enterprise_id).where(balance.period == period, balance.enterprise_id.in_(without), _has_none(balance))
        without = list(session.execute(missing.distinct()).scalars())
        records = records.where(_has_none(record))
    if not without:
        return set()
    records = records.where(record.period == period, record.enterprise_id.in_(without))
    with set_aside(session, _COLLECTED, records):
        _insert_statements(session, period, now)
        _insert_lines(session, period)
        _open_collected(session, period, now)
        return set(session.execute(select(_COLLECTED.c.enterprise_id).distinct()).scalars())


def _collected() -> Any:
    record: Any = Record
    fen = record.invoiceable_fen
    ours = and_(record.seller == "", record.assisted == "")
    sums = (
        record.gross_fen,
        record.excluded_fen,
        case((record.seller != "", fen), else_=0),
        case((and_(record.seller == "", record.assisted != ""), fen), else_=0),
        case((ours, fen), else_=0),
        case((and_(ours, record.original_id.is_(None), fen > 0), fen), else_=0),
    )
    keys = (record.enterprise_id, record.entity, record.account_id, record.service, record.rate_bp)
    return select(*keys, func.count(), *(func.sum(each) for each in sums)).group_by(*keys)


def _insert_statements(session: Session, period: str, now: datetime) -> None:
    of = _COLLECTED.c
    mode = col(EnterpriseRow.postpaid)
    sums = (func.sum(of.records), *(func.sum(of[name]) for name in _FEN))
    made: Any = StatementRow
    made_at = literal(now, type_=made.made_at.type)
    rows = select(of.enterprise_id, of.entity, literal(period), literal("open"), mode, *sums, made_at, literal(""))
    columns = ["enterprise_id", "entity", "period", "state", "postpaid", "records", *_FEN, "made_at", "ticket_number"]
    rows = rows.join(EnterpriseRow, col(EnterpriseRow.id) == of.enterprise_id).group_by(of.enterprise_id, of.entity, mode)
    session.connection().execute(insert(StatementRow).from_select(columns, rows))


def _insert_lines(session: Session, period: str) -> None:
    made: Any = StatementRow
    of = _COLLECTED.c
    sums = (of.consumed_fen, of.excluded_fen, of.seller_fen + of.assisted_fen, of.invoiceable_fen)
    rows = select(made.id, of.account_id, of.service, of.rate_bp, of.records, *sums).join(_COLLECTED, _is_collected(period))
    columns = ["statement_id", "account_id", "service", "rate_bp", "records", "consumed_fen", "excluded_fen", "elsewhere_fen"]
    session.connection().execute(insert(StatementLineRow).from_select([*columns, "invoiceable_fen"], rows))


def _is_collected(period: str) -> Any:
    """SQL: a statement, and what is collected of it."""
    made: Any = StatementRow
    return and_(made.enterprise_id == _COLLECTED.c.enterprise_id, made.entity == _COLLECTED.c.entity, made.period == period)


def _open_collected(session: Session, period: str, now: datetime) -> None:
    """Open what is collected of statements that are out: it becomes available, and so do the negatives bound to it, wherever they are."""
    made: Any = StatementRow
    of = _COLLECTED.c
    found = session.execute(select(made.id, made.enterprise_id).join(_COLLECTED, _is_collected(period)).where(is_out()).distinct())
    out = {row.id: row.enterprise_id for row in found}
    if not out:
        return
    cause = literal("open:") + cast(made.id, String)
    opened = made.id.in_(out)
    customers = sorted(set(out.values()))
    originals = (
        select(cause, of.enterprise_id, of.account_id, literal(period), of.entity, of.rate_bp, of.opens_fen)
        .join_from(StatementRow, _COLLECTED, _is_collected(period))
        .where(opened)
    )
    negatives = _negatives_of(period, customers)
    on = and_(made.enterprise_id == negatives.c.enterprise_id, made.period == period, made.entity == negatives.c.on_entity)
    places = [negatives.c[name] for name in ("enterprise_id", "account_id", "period", "entity", "rate_bp")]
    bound = select(cause, *places, negatives.c.fen).join_from(negatives, StatementRow, on).where(opened)
    begin_transactions(session, select(cause.label("cause")).where(opened), now)
    move_sums(session, (originals, bound), source=Bucket.NOT_OPEN, target=Bucket.AVAILABLE)
    # What was opened covers arrears that were not covered before.
    hold_for_all(session, customers, f"open:{period}:{now.isoformat()}", now)


def _negatives_of(period: str, enterprise_ids: Sequence[int]) -> Any:
    """SQL: sums of the negatives that are bound to what these customers consumed in a month, by place and their originals' entity.

    They are found before they are joined with anything: a database that has no statistics of new statements yet would look at every
    record of the month for a negative.
    """
    negative: Any = aliased(Record)
    original: Any = aliased(Record)
    keys = (negative.enterprise_id, negative.account_id, negative.period, negative.entity, negative.rate_bp)
    on_entity = original.entity.label("on_entity")
    return (
        select(*keys, on_entity, func.sum(negative.invoiceable_fen).label("fen"))
        .join_from(negative, original, original.id == negative.original_id)
        .where(negative.enterprise_id.in_(enterprise_ids), negative.standing == "bound", original.period == period)
        .group_by(*keys, original.entity)
        .cte("negatives")
        .prefix_with("MATERIALIZED")
    )


def not_out(session: Session, places: Iterable[Statement]) -> set[Statement]:
    """Of these customers' (enterprise, month, entity) those whose statement is not out, or would not be once it is made."""
    row: Any = StatementRow
    customer: Any = EnterpriseRow
    wanted = set(places)
    out: dict[Statement, bool] = {}
    postpaid: set[int] = set()
    for chunk in chunks(sorted({enterprise_id for enterprise_id, _, _ in wanted})):
        postpaid.update(session.execute(select(customer.id).where(customer.id.in_(chunk), customer.postpaid)).scalars())
        periods = {period for _, period, _ in wanted}
        found = select(row.enterprise_id, row.period, row.entity, is_out().label("out"))
        for each in session.execute(found.where(row.enterprise_id.in_(chunk), row.period.in_(periods))):
            out[each.enterprise_id, each.period, each.entity] = bool(each.out)
    return {place for place in wanted if not out.get(place, place[0] not in postpaid)}


def charge(database: Database, statement_ids: Sequence[int], charged_on: date, by: int, now: datetime) -> int:
    """Note that post-paid statements were charged, and open what is on them. How many; those that were charged before stay as they are.

    Raises Refusal when a month had not ended that day; then none is noted.
    """
    row: Any = StatementRow
    with database.write() as session:
        wanted = row.id.in_(statement_ids)
        hold_customers(session, session.execute(select(row.enterprise_id).where(wanted)).scalars())
        due = session.execute(select(StatementRow).where(wanted, ~is_out()).order_by(row.id).with_for_update()).scalars().all()
        early = max((each.period for each in due if charged_on < last_of(each.period)), default="")
        if early:
            raise Refusal(Problem("charged_on", "charged-before-month-end", {"period": early}))
        for statement in due:
            statement.charged_on, statement.charged_by = charged_on, by
            session.add(statement)
            facts = {"month": statement.period, "entity": statement.entity, "on": charged_on.isoformat()}
            subject = f"statement:{statement.id}"
            note_deed(session, by, AuditAction.STATEMENT_CHARGED, subject, now, tenant=statement.enterprise_id, facts=facts)
        session.flush()
        record: Any = Record
        for period in sorted({statement.period for statement in due}):
            of_it = [each.id for each in due if each.period == period]
            with set_aside(session, _COLLECTED, _collected().join(StatementRow, of_record(record)).where(row.id.in_(of_it))):
                _open_collected(session, period, now)
    return len(due)
