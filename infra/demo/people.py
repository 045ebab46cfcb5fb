"""Put the demo's people, companies and catalogue into a database."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.access import STAFF
from domain.calendar import start_of
from infra.database import Database, insert_once
from infra.demo.companies import CLASSES, ENTERPRISES, ENTITIES, NEWCOMERS, PEOPLE, DemoEnterprise, DemoPerson
from infra.demo.rates import demo_rates
from infra.factor_keys import FactorKeys
from infra.tables import (
    AccountRow,
    EnterpriseRow,
    EntityRow,
    ExchangeRateRow,
    ReceiverRow,
    ServiceClassRow,
    TitleRow,
    UserRow,
)

DEMO_PASSWORD = "kaipiao-demo"  # noqa: S105 (it is printed at every start, for data that nobody owns)


@dataclass(frozen=True, slots=True)
class LogIn:
    """A demo user, as printed at the start of `make run`."""

    login: str
    password: str
    name: str
    does: str
    staff: bool = False

    def __str__(self) -> str:
        code = f"; second factor: make code LOGIN={self.login}" if self.staff else ""
        return f"{self.login:<6}{self.password:<16}{self.name}, {self.does}{code}"


def log_ins(password: str = DEMO_PASSWORD) -> list[LogIn]:
    """Every demo user, customers first."""
    return [LogIn(person.login, password, person.name, person.does, person.role in STAFF) for person in PEOPLE]


def demo_factor(login: str) -> str:
    """The key of a demo user's second factor: known to everybody, like the password, and never made outside of the demo."""
    return base64.b32encode(hashlib.sha256(f"second factor of {login} in the demo".encode()).digest()[:20]).decode()


def seed(
    database: Database,
    today: date,
    hash_password: Callable[[str], str],
    password: str = DEMO_PASSWORD,
    *,
    keys: FactorKeys | None = None,
) -> None:
    """Make what is missing; what is there stays as it is, also when somebody has changed it since.

    `today` (China) ends the exchange rates: a later seed adds the days since. Passwords are hashed only for new users.
    Without `keys` the staff have no second factor yet and set one up at their first sign-in.
    """
    with database.read() as session:
        there = set(session.exec(select(UserRow.login)))
    # Hashed before the transaction: argon2 is slow by design, and SQLite has one writer at a time.
    hashes = {person.login: hash_password(password) for person in PEOPLE if person.login not in there}
    with database.write() as session:
        _seed_catalogue(session, today)
        for enterprise in (*ENTERPRISES, *NEWCOMERS):
            _seed_enterprise(session, enterprise, start_of(today))
        for person in PEOPLE:
            if person.login in hashes:
                _seed_person(session, person, hashes[person.login], keys)


def _seed_catalogue(session: Session, today: date) -> None:
    for entity in ENTITIES:
        values = {
            "code": entity.code,
            "name": entity.name,
            "issuer_name": entity.name,
            "tax_id": entity.tax_id,
            "province": entity.province,
            "address": entity.address,
            "phone": entity.phone,
            "bank": entity.bank,
            "bank_account": entity.bank_account,
            "drawer": entity.drawer,
            "offers_paper": True,
            "returns_recipient": entity.returns_recipient,
            "returns_address": entity.returns_address,
            "returns_postcode": entity.returns_postcode,
            "returns_phone": entity.returns_phone,
        }
        insert_once(session, EntityRow, values)
    for row in CLASSES:
        values = {
            "match": row.match,
            "classification_code": row.classification_code,
            "category": row.category,
            "rate_bp": row.rate_bp,
            "unit": row.unit,
        }
        insert_once(session, ServiceClassRow, values)
    for rate in demo_rates(today):
        insert_once(session, ExchangeRateRow, rate.model_dump())


def _seed_enterprise(session: Session, enterprise: DemoEnterprise, at: datetime) -> None:
    values: dict[str, Any] = {
        "billing_account_id": enterprise.billing_account_id,
        "name": enterprise.name,
        "tax_id": enterprise.tax_id if enterprise.verified else "",
        "verified": enterprise.verified,
        "consolidated_since": at if enterprise.consolidated else None,
    }
    is_new = insert_once(session, EnterpriseRow, values)
    enterprise_id = _enterprise_id(session, enterprise)
    for index, account in enumerate(enterprise.accounts):
        values = {
            "enterprise_id": enterprise_id,
            "sub_account_id": account.sub_account_id,
            "name": account.name,
            "is_master": index == 0,
        }
        insert_once(session, AccountRow, values)
    if not is_new or not enterprise.verified:  # titles and receivers are the customer's own: one that was deleted does not come back
        return
    for index, title in enumerate(enterprise.titles):
        session.add(
            TitleRow(
                enterprise_id=enterprise_id,
                name=title.name,
                tax_id=title.tax_id,
                address=title.address,
                phone=title.phone,
                bank=title.bank,
                bank_account=title.bank_account,
                is_default=index == 0,
                created_at=at,
            )
        )
    session.add(ReceiverRow(enterprise_id=enterprise_id, kind="email", email=enterprise.email, is_default=True, created_at=at))
    session.add(
        ReceiverRow(
            enterprise_id=enterprise_id,
            kind="postal",
            recipient=enterprise.recipient,
            phone=enterprise.phone,
            address=enterprise.address,
            postcode=enterprise.postcode,
            is_default=True,
            created_at=at,
        )
    )


def _seed_person(session: Session, person: DemoPerson, password_hash: str, keys: FactorKeys | None) -> None:
    values: dict[str, Any] = {
        "login": person.login,
        "password_hash": password_hash,
        "name": person.name,
        "role": str(person.role),
        "phone": person.phone,
        "email": person.email,
        "level": person.level,
    }
    if person.enterprise is not None:
        sub_account_id = person.enterprise.accounts[person.account].sub_account_id
        values["enterprise_id"] = _enterprise_id(session, person.enterprise)
        values["account_id"] = session.exec(select(AccountRow.id).where(col(AccountRow.sub_account_id) == sub_account_id)).one()
    if insert_once(session, UserRow, values) and keys is not None and person.role in STAFF:
        user = session.exec(select(UserRow).where(UserRow.login == person.login)).one()
        assert user.id is not None  # noqa: S101 (it was read)
        user.totp_secret = keys.seal(demo_factor(person.login), user.id)


def _enterprise_id(session: Session, enterprise: DemoEnterprise) -> int:
    found = session.exec(select(EnterpriseRow.id).where(col(EnterpriseRow.billing_account_id) == enterprise.billing_account_id)).one()
    if found is None:
        raise LookupError(enterprise.billing_account_id)
    return found
