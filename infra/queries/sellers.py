"""What marketplace sellers invoice of the same months: it stands beside an application and is no part of it (feature 11)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from domain.ledger import Bucket
from infra.queries.scope import Scope
from infra.tables import BalanceRow


def seller_sum(session: Session, scope: Scope, periods: Iterable[str]) -> int:
    """Fen that sellers invoice of the scope's consumption in these months, from the running totals."""
    wanted = set(periods)
    if not wanted:
        return 0
    balance: Any = BalanceRow
    statement = select(func.coalesce(func.sum(balance.amount_fen), 0)).where(balance.bucket == Bucket.SELLER, balance.period.in_(wanted))
    return int(session.execute(scope.narrow(statement, balance)).scalar_one())
