"""Posting to the ledger: balanced, once per cause, running totals in the same transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Row, String, Table, func, insert, join, literal, select, true, union_all
from sqlmodel import Session, col

from domain.ledger import Bucket, Place, Posting, Unbalanced
from infra.database import add_selected_to_balances, add_to_balances, insert_once, set_aside
from infra.tables import BalanceRow, ConsumptionRecordRow, LedgerEntryRow, LedgerTransactionRow

PLACE = tuple(
    col(column)
    for column in (
        ConsumptionRecordRow.id,
        ConsumptionRecordRow.enterprise_id,
        ConsumptionRecordRow.account_id,
        ConsumptionRecordRow.entity,
        ConsumptionRecordRow.rate_bp,
        ConsumptionRecordRow.period,
    )
)
"""What of a record `place_of` needs."""

BALANCE_KEYS = ["enterprise_id", "account_id", "period", "entity", "rate_bp", "bucket"]
"""What running totals are kept by."""

_CHUNK = 500
"""Rows in one statement: SQLite takes at most 32,766 values in one."""


def place_of(record: ConsumptionRecordRow | Row[Any]) -> Place:
    """Where the postings of a stored record go. A row needs the columns of `PLACE`."""
    return Place(record.enterprise_id, record.account_id, record.entity, record.rate_bp, record.period, record.id or 0)


def post(session: Session, cause: str, postings: Sequence[Posting], at: datetime) -> bool:
    """Post one balanced transaction; False, and nothing written, when this cause has been posted before.

    `cause` says what made it (`reserve:KP-...`) and is the key. Raises Unbalanced for a set that does not sum to 0.
    """
    if sum(posting.amount_fen for posting in postings) != 0:
        raise Unbalanced(cause)
    if not insert_once(session, LedgerTransactionRow, {"cause": cause, "posted_at": at}):
        return False
    entries = [
        {
            "cause": cause,
            "enterprise_id": posting.place.enterprise_id,
            "account_id": posting.place.account_id,
            "period": posting.place.period,
            "entity": posting.place.entity,
            "rate_bp": posting.place.rate_bp,
            "record_id": posting.place.record_id,
            "bucket": str(posting.bucket),
            "amount_fen": posting.amount_fen,
        }
        for posting in postings
    ]
    if entries:
        session.connection().execute(insert(LedgerEntryRow), entries)
    totals: dict[tuple[int, int, str, str, int, str], int] = defaultdict(int)
    for posting in postings:
        place = posting.place
        key = (place.enterprise_id, place.account_id, place.period, place.entity, place.rate_bp, str(posting.bucket))
        totals[key] += posting.amount_fen
    keys = BALANCE_KEYS
    rows = [dict(zip([*keys, "amount_fen"], [*key, total], strict=True)) for key, total in sorted(totals.items())]
    for start in range(0, len(rows), _CHUNK):
        add_to_balances(session, BalanceRow, rows[start : start + _CHUNK], keys, "amount_fen")
    return True


_MOVED = Table(
    "moved",
    MetaData(),
    Column("cause", String(120)),
    Column("enterprise_id", Integer),
    Column("account_id", Integer),
    Column("period", String(7)),
    Column("entity", String(20)),
    Column("rate_bp", Integer),
    Column("amount_fen", BigInteger),
    prefixes=["TEMPORARY"],
)


def move_sums(session: Session, sums: Sequence[Any], *, source: Bucket, target: Bucket) -> None:
    """Move sums from one bucket to another: one entry a side for each cause and place, which names no record.

    Each of `sums` selects `cause`, `enterprise_id`, `account_id`, `period`, `entity`, `rate_bp` and `amount_fen`, in this order. The
    causes' transactions are there already (`begin_transactions`).
    """
    moved = _MOVED.c
    sides = union_all(
        *(select(literal(str(bucket)).label("bucket"), literal(sign).label("sign")) for bucket, sign in ((source, -1), (target, 1)))
    ).subquery("sides")
    keys = (moved.enterprise_id, moved.account_id, moved.period, moved.entity, moved.rate_bp, sides.c.bucket)
    fen = func.sum(moved.amount_fen * sides.c.sign)
    both = select(*keys, fen).select_from(join(_MOVED, sides, true())).group_by(*keys).having(fen != 0)
    with set_aside(session, _MOVED, *sums):
        entries = both.add_columns(moved.cause).group_by(moved.cause)
        session.connection().execute(insert(LedgerEntryRow).from_select([*BALANCE_KEYS, "amount_fen", "cause"], entries))
        add_selected_to_balances(session, BalanceRow, both.order_by(*keys), BALANCE_KEYS, "amount_fen")


def begin_transactions(session: Session, causes: Any, at: datetime) -> None:
    """A transaction for each cause that a SELECT gives. Raises IntegrityError when one has been posted before: nothing is written then."""
    cause = causes.subquery("causes").c
    posted_at = LedgerTransactionRow.metadata.tables[LedgerTransactionRow.__tablename__].c.posted_at
    rows = select(*cause, literal(at, type_=posted_at.type))
    session.connection().execute(insert(LedgerTransactionRow).from_select(["cause", "posted_at"], rows))
