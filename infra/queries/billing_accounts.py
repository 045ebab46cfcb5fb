"""Customers with the numbers under which billing files name them, for operators."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session

from domain.billing import PLACEHOLDER, is_linked
from infra.tables import AccountRow, ConsumptionRecordRow, EnterpriseRow, UserRow

PAGE = 50
COUNTED_TO = 1000
"""Records of an account: a million of them are not counted for a page."""


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A line of the list. `number` is empty while the customer is not linked; `main_person` is its oldest master."""

    id: int
    name: str
    tax_id: str
    kind: str
    verified: bool
    number: str
    accounts: int
    main_person: str


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """`unlinked` counts all that wait, whatever the filter; `older` is the id of the last line when there are more."""

    customers: tuple[CustomerLine, ...]
    unlinked: int
    older: int | None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """`number` is empty for a placeholder."""

    id: int
    name: str
    number: str
    is_main: bool
    records: int
    """Counted no further than `COUNTED_TO`."""


@dataclass(frozen=True, slots=True)
class CustomerBilling:
    """`stored` is the number as it stands in the row, placeholders too: the form says what it has seen."""

    line: CustomerLine
    stored: str
    accounts: tuple[AccountLine, ...]
    records: int
    postpaid: bool = False

    @property
    def main_number(self) -> str:
        return next((each.number for each in self.accounts if each.is_main), "")


def customers_page(session: Session, text: str, which: str, after: int | None = None) -> CustomersPage:
    """The newest customers first. `text` is part of name, tax id or billing account, or an account's number; `which`: all, linked,
    not-linked. `after` is the id of the last line of the page before."""
    row: Any = EnterpriseRow
    account: Any = AccountRow
    waiting = row.billing_account_id.startswith(PLACEHOLDER, autoescape=True)
    statement = _lines()
    if which in ("linked", "not-linked"):
        statement = statement.where(waiting if which == "not-linked" else ~waiting)
    if text:
        holders = select(account.enterprise_id).where(account.sub_account_id == text)
        fits = [func.lower(column).contains(text.lower(), autoescape=True) for column in (row.name, row.tax_id)]
        number = func.lower(row.billing_account_id).contains(text.lower(), autoescape=True) & ~waiting
        statement = statement.where(or_(*fits, number, row.id.in_(holders)))
    if after is not None:
        statement = statement.where(row.id < after)
    found = session.execute(statement.order_by(row.id.desc()).limit(PAGE + 1)).all()
    lines = tuple(_line(each) for each in found[:PAGE])
    unlinked = session.execute(select(func.count()).select_from(EnterpriseRow).where(waiting)).scalar_one()
    return CustomersPage(lines, int(unlinked), lines[-1].id if len(found) > PAGE else None)


def customer_billing(session: Session, enterprise_id: int) -> CustomerBilling | None:
    """One customer with its accounts; None when there is no such customer."""
    row: Any = EnterpriseRow
    account: Any = AccountRow
    record: Any = ConsumptionRecordRow
    found = session.execute(_lines().where(row.id == enterprise_id)).first()
    if found is None:
        return None
    some = (
        select(record.id)
        .where(record.account_id == account.id)
        .order_by(record.standing)
        .limit(COUNTED_TO)
        .correlate(AccountRow)
        .subquery()
    )
    counts = select(account.id, select(func.count()).select_from(some).scalar_subquery()).where(account.enterprise_id == enterprise_id)
    records = {account_id: int(count) for account_id, count in session.execute(counts)}
    accounts = session.execute(
        select(AccountRow).where(account.enterprise_id == enterprise_id).order_by(account.is_master.desc(), account.id)
    ).scalars()
    lines = tuple(
        AccountLine(each.id or 0, each.name, _shown(each.sub_account_id), each.is_master, records.get(each.id or 0, 0)) for each in accounts
    )
    postpaid = session.execute(select(row.postpaid).where(row.id == enterprise_id)).scalar_one()
    return CustomerBilling(_line(found), found.billing_account_id, lines, sum(records.values()), bool(postpaid))


def billing_is_linked(session: Session, enterprise_id: int | None) -> bool:
    """Whether imported rows can reach this enterprise; of nobody's enterprise nothing is missing."""
    row: Any = EnterpriseRow
    number = session.execute(select(row.billing_account_id).where(row.id == enterprise_id)).scalar_one_or_none()
    return number is None or is_linked(number)


def _lines() -> Any:
    row: Any = EnterpriseRow
    account: Any = AccountRow
    user: Any = UserRow
    accounts = select(func.count()).where(account.enterprise_id == row.id).scalar_subquery()
    person = (
        select(user.name)
        .where(user.enterprise_id == row.id, user.role == "customer-master", ~user.disabled)
        .order_by(user.id)
        .limit(1)
        .scalar_subquery()
    )
    return select(
        row.id,
        row.name,
        row.tax_id,
        row.kind,
        row.verified,
        row.billing_account_id,
        accounts.label("accounts"),
        person.label("main_person"),
    )


def _line(found: Any) -> CustomerLine:
    return CustomerLine(
        found.id,
        found.name,
        found.tax_id,
        found.kind,
        bool(found.verified),
        _shown(found.billing_account_id),
        found.accounts,
        found.main_person or "",
    )


def _shown(number: str) -> str:
    return number if is_linked(number) else ""
