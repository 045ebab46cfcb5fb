"""An enterprise whose applications its own people, or its OA, sign off first."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from infra.books.sign_off_talk import secret_name
from infra.database import Database
from infra.factor_keys import FactorKeys
from infra.tables import SignOffRuleRow, UserRow
from tests.factories import Customer

KEYS = FactorKeys([bytes(range(32))])
SECRET = "whsec_" + "c2VjcmV0IHRoYXQgb25seSBvdXIgdGVzdHMga25vdw=="


@dataclass
class SigningCustomer:
    """A customer as a member applies for it, and its people who can sign off; the master is one of them."""

    as_member: Customer
    master: int
    first: int
    second: int


def make_member(database: Database, customer: Customer, login: str, *, email: str = "") -> int:
    with database.write() as session:
        user = UserRow(
            login=login,
            password_hash="-",
            name=login,
            role="customer-member",
            enterprise_id=customer.enterprise_id,
            account_id=customer.account_id,
            email=email,
        )
        session.add(user)
        session.flush()
        assert user.id is not None
        return user.id


def make_signing(database: Database, customer: Customer) -> SigningCustomer:
    tag = customer.enterprise_id
    first, second = (make_member(database, customer, f"{name}-{tag}", email=f"{name}-{tag}@signs.example") for name in ("one", "two"))
    applicant = make_member(database, customer, f"applicant-{tag}", email=f"applicant-{tag}@signs.example")
    return SigningCustomer(replace(customer, user_id=applicant), customer.user_id, first, second)


def set_levels(database: Database, customer: Customer, *levels: tuple[int, tuple[int, ...]], days: int = 3) -> None:
    """Who signs off from which amount in fen on; without levels nobody does."""
    said = json.dumps([{"from_fen": fen, "people": people} for fen, people in levels])
    _set(database, customer, mode="people" if levels else "off", levels=said, days=days)


def set_oa(database: Database, customer: Customer, url: str = "http://127.0.0.1:1", *, from_fen: int = 0, days: int = 3) -> None:
    sealed = KEYS.seal_text(SECRET, secret_name(customer.enterprise_id))
    _set(database, customer, mode="oa", oa_url=url, oa_from_fen=from_fen, oa_secret=sealed, days=days)


def _set(database: Database, customer: Customer, **values: object) -> None:
    with database.write() as session:
        row = session.get(SignOffRuleRow, customer.enterprise_id) or SignOffRuleRow(
            enterprise_id=customer.enterprise_id, mode="off", days=3, changed_at=datetime.now(UTC), changed_by=customer.user_id
        )
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
