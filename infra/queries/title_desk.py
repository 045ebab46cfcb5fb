"""What customer service sees of titles: those that wait, any customer's by search, and one with the evidence beside it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from domain.errors import Problem
from domain.tax_ids import check_tax_id
from domain.title_states import TitleState, Verified, differences
from infra.queries.library import Title, title_from
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow, AuthenticationRow, EnterpriseRow, TitleRow, UserRow
from infra.titles import party_of, verified_of

MOST = 50


@dataclass(frozen=True, slots=True)
class WaitingTitle:
    """A line of the list. `announced` when it is the new tax id that waits."""

    title: Title
    enterprise: str
    submitted_at: datetime
    announced: bool


@dataclass(frozen=True, slots=True)
class TitleCase:
    """A title with what it is compared with. `found` are the differences, `applications` how many were made with it."""

    title: Title
    verified: Verified
    submitted_at: datetime
    announced: bool
    found: tuple[Problem, ...]
    authentication: str
    """Number of the newest approved real-name authentication, whose evidence stands on its page."""
    authenticated_at: datetime | None
    approved_before: tuple[Title, ...]
    """The enterprise's titles that a rule or a person found right, to compare with."""
    applications: int
    decided_by: str
    decided_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.title.state == TitleState.PENDING or self.announced


def _announced(row: TitleRow) -> bool:
    return row.state == TitleState.APPROVED and bool(row.next_tax_id) and not row.next_tax_id_approved


def waiting_titles(session: Session, today: date) -> tuple[WaitingTitle, ...]:
    """Titles and announced tax ids that wait for a person, the oldest first."""
    table: Any = TitleRow
    waits = or_(
        table.state == TitleState.PENDING, (table.state == TitleState.APPROVED) & (table.next_tax_id != "") & ~table.next_tax_id_approved
    )
    return _lines(session, waits, table.created_at, table.id, today=today)


def found_titles(session: Session, text: str, today: date) -> tuple[WaitingTitle, ...]:
    """Any customer's titles that have the text in name, tax id or the customer's name, the newest first."""
    table, enterprise = _tables()
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    fits = or_(*(column.ilike(like, escape="\\") for column in (table.name, table.tax_id, enterprise.name)))
    return _lines(session, fits, table.created_at.desc(), table.id.desc(), today=today)


def _tables() -> tuple[Any, Any]:
    return TitleRow, EnterpriseRow


def _lines(session: Session, condition: Any, *order: Any, today: date) -> tuple[WaitingTitle, ...]:
    table, enterprise = _tables()
    statement = (
        select(TitleRow, enterprise.name)
        .join(EnterpriseRow, enterprise.id == table.enterprise_id)
        .where(condition, table.removed_at.is_(None))
        .order_by(*order)
        .limit(MOST)
    )
    return tuple(
        WaitingTitle(title_from(row, today), name, utc(row.created_at), _announced(row)) for row, name in session.execute(statement)
    )


def title_case(session: Session, title_id: int, today: date) -> TitleCase | None:
    """One title with its evidence; None when it is not there or was removed."""
    row = session.get(TitleRow, title_id)
    if row is None or row.removed_at is not None:
        return None
    enterprise = session.get_one(EnterpriseRow, row.enterprise_id)
    verified = verified_of(session, enterprise)
    party = party_of(row)
    found = list(differences(party, verified))
    warning = check_tax_id(row.next_tax_id).warning if _announced(row) else None
    if _announced(row) and row.next_tax_id != enterprise.tax_id:
        found = [Problem("tax_id", "title-tax-id-differs"), *([warning] if warning else [])]
    authentication = session.execute(
        select(col(AuthenticationRow.number), col(AuthenticationRow.decided_at))
        .where(col(AuthenticationRow.enterprise_id) == row.enterprise_id, col(AuthenticationRow.state) == "approved")
        .order_by(col(AuthenticationRow.decided_at).desc())
        .limit(1)
    ).first()
    others = session.execute(
        select(TitleRow)
        .where(col(TitleRow.enterprise_id) == row.enterprise_id, col(TitleRow.state) == TitleState.APPROVED, col(TitleRow.id) != title_id)
        .order_by(col(TitleRow.id))
        .limit(5)
    ).scalars()
    decider = session.get(UserRow, row.decided_by) if row.decided_by else None
    used = select(func.count()).select_from(ApplicationRow).where(col(ApplicationRow.title_id) == title_id)
    return TitleCase(
        title=title_from(row, today),
        verified=verified,
        submitted_at=utc(row.created_at),
        announced=_announced(row),
        found=tuple(found),
        authentication=authentication.number if authentication else "",
        authenticated_at=utc_or_none(authentication.decided_at) if authentication else None,
        approved_before=tuple(title_from(each, today) for each in others),
        applications=session.execute(used).scalar_one(),
        decided_by=decider.name if decider else "",
        decided_at=utc_or_none(row.decided_at),
    )
