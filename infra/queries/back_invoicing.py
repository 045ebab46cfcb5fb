"""Reading back-invoicing: the months that are past their limit, a customer's requests, the desk's queue."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.back_invoicing import State
from domain.eligibility import last_day_by_approval
from domain.ledger import Bucket
from infra.queries.balance_tree import BalancePath, sums
from infra.queries.consumption import Record, chosen_records
from infra.queries.crossing import crossing_expired
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import AccountRow, BackInvoicingRecordRow, BackInvoicingRow, EnterpriseRow, UserRow

PAGE = 50
RECORDS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ExpiredMonth:
    """What of a month is past its six months, in fen. `last_day` is the last on which any of it can be granted."""

    period: str
    amount_fen: int
    last_day: date
    grantable: bool


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A request as shown. `account` is empty for the whole enterprise's records."""

    number: str
    enterprise_id: int
    customer: str
    account: str
    asked_by: str
    asked_at: datetime
    period: str
    reason: str
    amount_fen: int
    state: str
    version: int
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    extended_to: date | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestPage:
    requests: tuple[RequestSeen, ...]
    older: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request and the records it names, at most 200; a month names none."""

    seen: RequestSeen
    records: tuple[Record, ...]


def expired_months(session: Session, scope: Scope, today: date) -> tuple[ExpiredMonth, ...]:
    """Months of which something is past its limit, newest first, from running totals.

    A refund counts in the month of what it corrects, whenever it is billed: it comes along when that is invoiced.
    """
    found = sums(session, scope, today, BalancePath(bucket=Bucket.EXPIRED), ("period",))
    elsewhere, coming = crossing_expired(session, scope, today) if found else (Counter(), Counter())
    amounts = Counter({period: amount for (_, period), amount in found.items()})
    for (period, _), amount in coming.items():
        amounts[period] += amount
    for (period, _), amount in elsewhere.items():
        amounts[period] -= amount
    months = []
    for period, amount in amounts.items():
        if amount <= 0:
            continue
        last = last_day_by_approval(_end_of(period))
        months.append(ExpiredMonth(period, amount, last, today <= last))
    return tuple(sorted(months, key=lambda month: month.period, reverse=True))


def _end_of(period: str) -> date:
    year, month = int(period[:4]), int(period[5:])
    return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


def requests_page(session: Session, scope: Scope, state: str = "", after: tuple[datetime, str] | None = None) -> RequestPage:
    """Fifty requests, newest first; those of the desk that wait, oldest first."""
    row: Any = BackInvoicingRow
    statement = scope.narrow(_columns(), row)
    waiting = scope.everybody and state == State.ASKED
    if state:
        statement = statement.where(row.state == state)
    if after is not None:
        moment, number = after
        beyond = row.asked_at > moment if waiting else row.asked_at < moment
        same = (row.asked_at == moment) & (row.number > number if waiting else row.number < number)
        statement = statement.where(beyond | same)
    order = (row.asked_at, row.number) if waiting else (row.asked_at.desc(), row.number.desc())
    rows = [_seen(found) for found in session.execute(statement.order_by(*order).limit(PAGE + 1))]
    shown = tuple(rows[:PAGE])
    return RequestPage(shown, (shown[-1].asked_at, shown[-1].number) if len(rows) > PAGE else None)


def request_detail(session: Session, scope: Scope, number: str, today: date) -> RequestDetail | None:
    """One request; None when it is not there, or not the scope's."""
    row: Any = BackInvoicingRow
    found = session.execute(scope.narrow(_columns(), row).where(row.number == number)).first()
    if found is None:
        return None
    named = select(col(BackInvoicingRecordRow.record_id)).where(col(BackInvoicingRecordRow.number) == number)
    ids = list(session.execute(named.order_by(col(BackInvoicingRecordRow.record_id)).limit(RECORDS_SHOWN)).scalars())
    return RequestDetail(_seen(found), chosen_records(session, Scope(found.enterprise_id), ids, today))


def waiting_requests(session: Session) -> int:
    """How many wait for a supervisor."""
    statement = select(func.count()).select_from(BackInvoicingRow).where(col(BackInvoicingRow.state) == State.ASKED)
    return int(session.execute(statement).scalar_one())


def _columns() -> Any:
    row: Any = BackInvoicingRow
    asker, decider = UserRow.__table__.alias("asker"), UserRow.__table__.alias("decider")  # type: ignore[attr-defined]
    return (
        select(
            *(column for column in BackInvoicingRow.__table__.columns),  # type: ignore[attr-defined]
            col(EnterpriseRow.name).label("customer"),
            col(AccountRow.name).label("account"),
            asker.c.name.label("asker_name"),
            decider.c.name.label("decider_name"),
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .join(asker, asker.c.id == row.asked_by)
        .outerjoin(decider, decider.c.id == row.decided_by)
        .outerjoin(AccountRow, col(AccountRow.id) == row.account_id)
    )


def _seen(row: Any) -> RequestSeen:
    return RequestSeen(
        number=row.number,
        enterprise_id=row.enterprise_id,
        customer=row.customer,
        account=row.account or "",
        asked_by=row.asker_name,
        asked_at=utc(row.asked_at),
        period=row.period,
        reason=row.reason,
        amount_fen=row.amount_fen,
        state=row.state,
        version=row.version,
        decided_at=utc_or_none(row.decided_at),
        decided_by=row.decider_name or "",
        decision_reason=row.decision_reason,
        extended_to=row.extended_to,
        done_at=utc_or_none(row.done_at),
    )
