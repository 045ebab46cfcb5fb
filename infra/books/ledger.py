"""Posting to the ledger: balanced, once per cause, running totals in the same transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session

from domain.ledger import Posting, Unbalanced
from infra.database import add_to_balances, insert_once
from infra.tables import BalanceRow, LedgerEntryRow, LedgerTransactionRow

_CHUNK = 500
"""Rows in one statement: SQLite takes at most 32,766 values in one."""


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
            "enterprise_id": posting.enterprise_id,
            "entity": posting.entity,
            "rate_bp": posting.rate_bp,
            "record_id": posting.record_id,
            "bucket": str(posting.bucket),
            "amount_fen": posting.amount_fen,
        }
        for posting in postings
    ]
    if entries:
        session.connection().execute(insert(LedgerEntryRow), entries)
    totals: dict[tuple[int, str, int, str], int] = defaultdict(int)
    for posting in postings:
        totals[posting.enterprise_id, posting.entity, posting.rate_bp, str(posting.bucket)] += posting.amount_fen
    keys = ["enterprise_id", "entity", "rate_bp", "bucket"]
    rows = [dict(zip([*keys, "amount_fen"], [*key, total], strict=True)) for key, total in sorted(totals.items())]
    for start in range(0, len(rows), _CHUNK):
        add_to_balances(session, BalanceRow, rows[start : start + _CHUNK], keys, "amount_fen")
    return True
