"""Linking customers to the numbers under which billing files name them; each deed is noted with operator and reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from domain.audit import AuditAction
from domain.billing import is_linked, number_problem
from domain.errors import Problem, Refusal
from domain.titles import text_problems
from infra.acting import reason_problem
from infra.audit import note_deed
from infra.database import Database
from infra.tables import AccountRow, ConsumptionRecordRow, EnterpriseRow

NAME_LONGEST = 200


class UnknownCustomer(Exception):
    """There is no such enterprise."""


@dataclass(frozen=True, slots=True)
class Linking:
    """The form: the billing account, and the number of the main account (empty: as it is). `seen`: the billing account the page showed."""

    number: str
    main_account: str
    seen: str
    reason: str


@dataclass(frozen=True, slots=True)
class NewAccount:
    """One more account of a customer, as billing files name it."""

    account: str
    account_name: str
    reason: str


def link_billing(database: Database, enterprise_id: int, asked: Linking, by: int, now: datetime) -> None:
    """Give a customer its billing account, so that imported rows reach it. The same once more changes nothing.

    Raises UnknownCustomer, and Refusal with every problem: those of `number_problem` and `reason_problem`, billing-number-taken and
    account-number-taken (name), billing-changed (number; somebody was first), billing-has-records and account-has-records
    (number, count): consumption stays with the number under which it came.
    """
    try:
        with database.write() as session:
            _link(session, enterprise_id, asked, by, now)
    except IntegrityError as error:  # on PostgreSQL two may give one number away at once
        raise Refusal(Problem("number", "billing-changed", {"number": asked.number})) from error


def _link(session: Session, enterprise_id: int, asked: Linking, by: int, now: datetime) -> None:
    enterprise = _customer(session, enterprise_id)
    main = _main_account(session, enterprise_id)
    old, old_main = enterprise.billing_account_id, main.sub_account_id if main else ""
    new_main = asked.main_account or old_main
    if (asked.number, new_main) == (old, old_main) and is_linked(old):
        return
    problems = [problem for problem in (number_problem("number", asked.number), reason_problem(asked.reason)) if problem]
    if asked.main_account and (wrong := number_problem("main_account", asked.main_account)):
        problems.append(wrong)
    if asked.seen != old:
        problems.append(Problem("number", "billing-changed", {"number": old}))
    if taken := _customer_of_number(session, asked.number, enterprise_id):
        problems.append(Problem("number", "billing-number-taken", {"name": taken}))
    if new_main != old_main and (taken := _customer_of_account(session, new_main, main)):
        problems.append(Problem("main_account", "account-number-taken", {"name": taken}))
    if asked.number != old and (count := _records(session, ConsumptionRecordRow.enterprise_id, enterprise_id)):
        problems.append(Problem("number", "billing-has-records", {"number": old, "count": str(count)}))
    if main is not None and new_main != old_main and is_linked(old_main):
        count = _records(session, ConsumptionRecordRow.account_id, main.id)
        if count:
            problems.append(Problem("main_account", "account-has-records", {"number": old_main, "count": str(count)}))
    if problems:
        raise Refusal(*problems)
    enterprise.billing_account_id = asked.number
    if main is not None:
        main.sub_account_id = new_main
    elif new_main:
        session.add(AccountRow(enterprise_id=enterprise_id, sub_account_id=new_main, name=enterprise.name, is_master=True))
    session.flush()
    facts = {"from": old, "to": asked.number} | ({"account_from": old_main, "account_to": new_main} if new_main != old_main else {})
    _note(session, AuditAction.LINK_BILLING, enterprise_id, by, now, asked.reason, facts)


def add_account(database: Database, enterprise_id: int, asked: NewAccount, by: int, now: datetime) -> None:
    """Add an account that billing files name below a customer's billing account. The same once more changes nothing.

    Raises UnknownCustomer, and Refusal: those of `number_problem`, `text_problems` and `reason_problem`, account-number-taken (name),
    billing-not-linked while the customer itself is not.
    """
    try:
        with database.write() as session:
            _add(session, enterprise_id, asked, by, now)
    except IntegrityError as error:
        raise Refusal(Problem("account", "billing-changed", {"number": asked.account})) from error


def _add(session: Session, enterprise_id: int, asked: NewAccount, by: int, now: datetime) -> None:
    enterprise = _customer(session, enterprise_id)
    name = asked.account_name.strip()
    table: Any = AccountRow
    known = session.execute(select(AccountRow).where(table.sub_account_id == asked.account)).scalar_one_or_none()
    if known is not None and (known.enterprise_id, known.name) == (enterprise_id, name):
        return
    problems = [problem for problem in (number_problem("account", asked.account), reason_problem(asked.reason)) if problem]
    problems += text_problems("account_name", name, NAME_LONGEST, least=1)
    if not is_linked(enterprise.billing_account_id):
        problems.append(Problem("account", "billing-not-linked"))
    if known is not None:
        owner = session.get_one(EnterpriseRow, known.enterprise_id)
        problems.append(Problem("account", "account-number-taken", {"name": owner.name}))
    if problems:
        raise Refusal(*problems)
    session.add(AccountRow(enterprise_id=enterprise_id, sub_account_id=asked.account, name=name))
    session.flush()
    _note(session, AuditAction.ACCOUNT_ADDED, enterprise_id, by, now, asked.reason, {"account": asked.account})


def set_billing_mode(database: Database, enterprise_id: int, postpaid: bool, reason: str, by: int, now: datetime) -> None:
    """Say whether a customer pays after the month. It holds for statements made from now on. The same once more changes nothing.

    Raises UnknownCustomer, and Refusal: those of `reason_problem`.
    """
    with database.write() as session:
        enterprise = _customer(session, enterprise_id)
        if enterprise.postpaid == postpaid:
            return
        if problem := reason_problem(reason):
            raise Refusal(problem)
        enterprise.postpaid = postpaid
        session.add(enterprise)
        modes = {"from": "prepaid" if postpaid else "postpaid", "to": "postpaid" if postpaid else "prepaid"}
        _note(session, AuditAction.BILLING_MODE, enterprise_id, by, now, reason, modes)


def note_statements_made(database: Database, enterprise_id: int, period: str, by: int, now: datetime) -> None:
    """Note who had a customer's statements of a month made by hand."""
    with database.write() as session:
        _note(session, AuditAction.STATEMENTS_MADE, enterprise_id, by, now, "", {"period": period})


def _note(session: Session, action: AuditAction, enterprise_id: int, by: int, now: datetime, reason: str, facts: dict[str, str]) -> None:
    note_deed(session, by, action, f"enterprise:{enterprise_id}", now, tenant=enterprise_id, reason=reason.strip(), facts=facts)


def _customer(session: Session, enterprise_id: int) -> EnterpriseRow:
    """Locked, so that of two who link at once the second sees what the first did. Raises UnknownCustomer."""
    enterprise = session.get(EnterpriseRow, enterprise_id, with_for_update=True)
    if enterprise is None:
        raise UnknownCustomer(str(enterprise_id))
    return enterprise


def _main_account(session: Session, enterprise_id: int) -> AccountRow | None:
    table: Any = AccountRow
    found = select(AccountRow).where(table.enterprise_id == enterprise_id, table.is_master).order_by(table.id).limit(1)
    return session.execute(found).scalars().first()


def _customer_of_number(session: Session, number: str, but: int) -> str:
    """The name of another customer with this billing account."""
    table: Any = EnterpriseRow
    found = session.execute(select(table.name).where(table.billing_account_id == number, table.id != but)).scalar_one_or_none()
    return str(found or "")


def _customer_of_account(session: Session, number: str, but: AccountRow | None) -> str:
    """The name of the customer that has this account already, the main account itself left out."""
    account: Any = AccountRow
    enterprise: Any = EnterpriseRow
    statement = select(enterprise.name).join(AccountRow, account.enterprise_id == enterprise.id).where(account.sub_account_id == number)
    if but is not None:
        statement = statement.where(account.id != but.id)
    return str(session.execute(statement).scalar_one_or_none() or "")


def _records(session: Session, column: Any, value: int | None) -> int:
    return int(session.execute(select(func.count()).select_from(ConsumptionRecordRow).where(column == value)).scalar_one())
