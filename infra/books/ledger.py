"""Posting to the ledger: balanced, once per cause, running totals in the same transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, join, literal, select, true, union_all
from sqlmodel import Session, col

from domain.ledger import Bucket, Place, Posting, Unbalanced
from infra.database import add_selected_to_balances, add_to_balances, insert_once
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


def move_all(session: Session, moved: Any, *, source: Bucket, target: Bucket, at: datetime) -> None:
    """`post` for a set: move an amount of many records from one bucket to another, each under its cause.

    `moved` selects `cause`, the columns of `PLACE`, and `amount_fen`; it must give the same rows until the transaction ends, so whoever
    could change them is kept away. Raises IntegrityError when a cause has been posted before: nothing is written then.
    """
    rows = moved.subquery("moved")
    columns = rows.c
    session.connection().execute(
        insert(LedgerTransactionRow).from_select(
            ["cause", "posted_at"],
            select(
                columns.cause, literal(at, type_=LedgerTransactionRow.metadata.tables[LedgerTransactionRow.__tablename__].c.posted_at.type)
            ).distinct(),
        )
    )
    sides = union_all(
        *(select(literal(str(bucket)).label("bucket"), literal(sign).label("sign")) for bucket, sign in ((source, -1), (target, 1)))
    ).subquery("sides")
    fen = columns.amount_fen * sides.c.sign
    both = select(rows, sides).select_from(join(rows, sides, true()))
    entry = ("cause", "enterprise_id", "entity", "rate_bp", "bucket", "amount_fen", "record_id")
    values = (columns.cause, columns.enterprise_id, columns.entity, columns.rate_bp, sides.c.bucket, fen, columns.id)
    session.connection().execute(insert(LedgerEntryRow).from_select(entry, both.with_only_columns(*values).where(columns.amount_fen != 0)))
    keys = [columns.enterprise_id, columns.account_id, columns.period, columns.entity, columns.rate_bp, sides.c.bucket]
    totals = both.with_only_columns(*keys, func.sum(fen)).where(columns.amount_fen != 0).group_by(*keys).order_by(*keys)
    add_selected_to_balances(session, BalanceRow, totals, BALANCE_KEYS, "amount_fen")
