"""Monthly statements: a customer's consumption by month and issuing entity, from running totals (features 7 and 8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import china_date, opens_on
from domain.choosing import RecordQuery, left_by_arrears
from domain.ledger import WAITING, Bucket
from domain.statements import charged_by, confirm_by
from infra.books.arrears import arrears_of
from infra.queries.balances import just_expired, waiting_sums
from infra.queries.crossing import crossing_negatives
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import AccountRow, BalanceRow, EnterpriseRow, EntityRow, StatementLineRow, StatementRow, UserRow

MONTHS = 24
MOST_CHARGED = 200
"""Post-paid statements on the operators' page."""


@dataclass(frozen=True, slots=True)
class Made:
    """What stands in a statement's row, which is the whole customer's. Sums in fen, as they were when it was made."""

    id: int
    enterprise_id: int
    customer: str
    period: str
    entity: str
    entity_name: str
    state: str
    postpaid: bool
    charged_on: date | None
    records: int
    consumed_fen: int
    excluded_fen: int
    seller_fen: int
    assisted_fen: int
    invoiceable_fen: int
    made_at: datetime
    confirmed_at: datetime | None
    confirmed_by: str
    """A name; empty when it counts as confirmed because nobody said anything."""
    ticket_number: str

    @property
    def is_out(self) -> bool:
        return not self.postpaid or self.charged_on is not None

    @property
    def confirm_by(self) -> date:
        return confirm_by(self.period, china_date(self.made_at))

    @property
    def charged_by(self) -> date:
        return charged_by(self.period)

    @property
    def shown_state(self) -> str:
        """The state that a list shows: that it is not charged comes first, because it is what keeps it from being invoiced."""
        return self.state if self.is_out else "uncharged"


@dataclass(frozen=True, slots=True)
class Line:
    """One account's use of one service at one rate, in fen."""

    account: str
    service: str
    rate_bp: int
    records: int
    consumed_fen: int
    excluded_fen: int
    elsewhere_fen: int
    invoiceable_fen: int


@dataclass(frozen=True, slots=True)
class StatementDetail:
    """A statement for somebody to read: of a member only what is on its own account."""

    made: Made
    lines: tuple[Line, ...]
    later_fen: int
    """Consumption that came after it was made, gross."""
    now: "Statement | None" = None
    """The month as it is today; None for one of the older months."""

    def total(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Statement:
    """One month of one issuing entity; fen by bucket as they are today. It is there from `opens_on` on, and is invoiced whole."""

    period: str
    entity: str
    entity_name: str
    buckets: Mapping[str, int]
    opens_on: date
    made: "Made | None" = None
    """The statement itself, once it is made."""
    elsewhere_fen: int = 0
    """Negatives in AVAILABLE of this month that come with another month's originals: not above 0."""
    coming_fen: int = 0
    """Negatives in AVAILABLE of other months (or other accounts) that come with this month's originals: not above 0."""
    arrears_fen: int = 0
    """What the customer owes now."""
    made_fen: int = 0
    """What was consumed when it was made, for who reads it."""

    def of(self, bucket: str) -> int:
        return self.buckets.get(bucket, 0)

    @property
    def consumed_fen(self) -> int:
        return -self.of(Bucket.CONSUMED)

    @property
    def taken_fen(self) -> int:
        return self.of(Bucket.RESERVED) + self.of(Bucket.INVOICED)

    @property
    def ticked_fen(self) -> int:
        """What ticking it ticks, with the negatives that come along."""
        return self.of(Bucket.AVAILABLE) - self.elsewhere_fen + self.coming_fen + self.of(Bucket.ARREARS) if self.is_out else 0

    @property
    def free_fen(self) -> int:
        """What ticking it alone brings to invoices: all that arrears leave of it."""
        return max(0, left_by_arrears(self.ticked_fen, self.of(Bucket.ARREARS), self.arrears_fen))

    @property
    def covers_fen(self) -> int:
        """What arrears take of it when it is ticked alone; what they hold of it while nothing is ticked is another sum."""
        return self.ticked_fen - self.free_fen

    @property
    def not_invoiceable_fen(self) -> int:
        """consumed = not invoiceable + taken + free."""
        return self.consumed_fen - self.taken_fen - self.free_fen

    @property
    def refunds_fen(self) -> int:
        """What refunds that are billed in another month take of it, less those of its own that are taken off another month."""
        return self.elsewhere_fen - self.coming_fen

    @property
    def later_fen(self) -> int:
        """Consumption that came after it was made, gross."""
        return 0 if self.made is None else self.consumed_fen - self.made_fen

    @property
    def query(self) -> str:
        """How it is ticked."""
        return RecordQuery(self.period, None, self.entity).text

    @property
    def is_out(self) -> bool:
        return self.made is not None and self.made.is_out


def statements(session: Session, scope: Scope, today: date) -> tuple[Statement, ...]:
    """The newest 24 months with consumption, newest first, the entities of a month by code."""
    row: Any = BalanceRow
    columns = select(row.period, row.entity, row.bucket, func.sum(row.amount_fen))
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for period, entity, bucket, amount in session.execute(scope.narrow(columns, row).group_by(row.period, row.entity, row.bucket)):
        found[period, entity][bucket] = int(amount)
    for bucket, (period, entity), amount in just_expired(session, scope, today, ("period", "entity")):
        found[period, entity][bucket] -= amount
        found[period, entity][Bucket.EXPIRED] += amount
    for (period, entity), amount in waiting_sums(session, scope, ("period", "entity")).items():
        found[period, entity][Bucket.NOT_OPEN] -= amount
        found[period, entity][WAITING] += amount
    months = sorted({period for period, _ in found}, reverse=True)[:MONTHS]
    names = {each.code: each.name for each in session.execute(select(col(EntityRow.code), col(EntityRow.name)))}
    # Of all months: a refund of this account may correct an order of another one's, in a month in which this one has nothing.
    rows = _made().where(col(StatementRow.enterprise_id) == scope.enterprise_id)
    made = {(each.period, each.entity): each for each in map(_seen, session.execute(rows))}
    elsewhere, coming = crossing_negatives(session, scope, today, months, {place for place, each in made.items() if each.is_out})
    of_mine = _lines_of(session, scope, [each.id for each in made.values()])
    owed = sum(arrears_of(session, scope.enterprise_id).values()) if scope.enterprise_id else 0
    return tuple(
        Statement(
            period,
            entity,
            names.get(entity, entity),
            dict(found[period, entity]),
            opens_on(period),
            each := made.get((period, entity)),
            elsewhere[period, entity],
            coming[period, entity],
            owed,
            0 if each is None else of_mine.get(each.id, 0) if scope.account_id else each.consumed_fen,
        )
        for period in months
        for entity in sorted(entity for of, entity in found if of == period)
    )


def _lines_of(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, int]:
    """What statements say that an account consumed."""
    line: Any = StatementLineRow
    if scope.account_id is None:
        return {}
    statement = select(line.statement_id, func.sum(line.consumed_fen)).where(
        line.statement_id.in_(ids), line.account_id == scope.account_id
    )
    return {row[0]: int(row[1]) for row in session.execute(statement.group_by(line.statement_id))}


def statement_detail(session: Session, scope: Scope, statement_id: int, today: date) -> StatementDetail | None:
    """One statement with its lines; None when it is not there for this scope. A member sees one that has something of its account."""
    line: Any = StatementLineRow
    balance: Any = BalanceRow
    statement = _made().where(col(StatementRow.id) == statement_id)
    found = session.execute(
        statement if scope.everybody else statement.where(col(StatementRow.enterprise_id) == scope.enterprise_id)
    ).first()
    if found is None:
        return None
    made = _seen(found)
    columns = select(
        col(AccountRow.name).label("account"),
        line.service,
        line.rate_bp,
        line.records,
        line.consumed_fen,
        line.excluded_fen,
        line.elsewhere_fen,
        line.invoiceable_fen,
    ).join(AccountRow, col(AccountRow.id) == line.account_id)
    columns = columns.where(line.statement_id == statement_id)
    here = (balance.enterprise_id == made.enterprise_id, balance.period == made.period, balance.entity == made.entity)
    consumed = select(func.sum(balance.amount_fen)).where(*here, balance.bucket == Bucket.CONSUMED)
    if scope.account_id is not None:
        columns = columns.where(line.account_id == scope.account_id)
        consumed = consumed.where(balance.account_id == scope.account_id)
    ordered = columns.order_by(col(AccountRow.id), line.service, line.rate_bp)
    lines = tuple(Line(*row) for row in session.execute(ordered))
    found_fen = session.execute(consumed).scalar()
    if not lines and found_fen is None:
        return None
    consumed_fen = -int(found_fen or 0)
    now = next((each for each in statements(session, scope, today) if (each.period, each.entity) == (made.period, made.entity)), None)
    return StatementDetail(made, lines, consumed_fen - sum(each.consumed_fen for each in lines), now)


def uncharged_statements(session: Session) -> Sequence[Made]:
    """Post-paid statements that are not charged yet, the oldest first, at most 200."""
    row: Any = StatementRow
    statement = _made().where(row.postpaid, row.charged_on.is_(None)).order_by(row.period, row.id).limit(MOST_CHARGED)
    return [_seen(each) for each in session.execute(statement)]


def _made() -> Any:
    row: Any = StatementRow
    return (
        select(
            StatementRow, col(EnterpriseRow.name).label("customer"), col(EntityRow.name).label("entity_name"), col(UserRow.name).label("by")
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .join(EntityRow, col(EntityRow.code) == row.entity)
        .outerjoin(UserRow, col(UserRow.id) == row.confirmed_by)
    )


def _seen(found: Any) -> Made:
    row: StatementRow = found[0]
    return Made(
        row.id or 0,
        row.enterprise_id,
        found.customer,
        row.period,
        row.entity,
        found.entity_name,
        row.state,
        row.postpaid,
        row.charged_on,
        row.records,
        row.consumed_fen,
        row.excluded_fen,
        row.seller_fen,
        row.assisted_fen,
        row.invoiceable_fen,
        utc(row.made_at),
        utc_or_none(row.confirmed_at),
        found.by or "",
        row.ticket_number,
    )
