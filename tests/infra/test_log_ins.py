"""Signing in with the number of an approved real-name authentication, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from domain.access import Role
from domain.authentication import AuthenticationKind, AuthenticationState
from infra.database import Database
from infra.log_ins import counted_name
from infra.people import check_password, hash_password
from infra.tables import AuthenticationRow, EnterpriseRow, UserRow
from tests.authentications import COMPANY, PERSON, next_number
from tests.factories import Customer, make_customer
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
PASSWORD = "correct horse 9"
HASH = hash_password(PASSWORD)
ID_NUMBER, USCC = PERSON.licence_number, COMPANY.licence_number
OTHER_NUMBER = "110105199003070084"


def authenticated(
    database: Database,  # noqa: F811
    number: str,
    *,
    customer: Customer | None = None,
    state: AuthenticationState = AuthenticationState.APPROVED,
    at: datetime = NOW,
) -> Customer:
    """A customer with an authentication of this number, and a password."""
    customer = customer or make_customer(database)
    submission = replace(PERSON if number != USCC else COMPANY, licence_number=number)
    with database.write() as session:
        enterprise = session.get_one(EnterpriseRow, customer.enterprise_id)
        enterprise.kind, enterprise.verified = submission.kind, enterprise.verified or state is AuthenticationState.APPROVED
        session.get_one(UserRow, customer.user_id).password_hash = HASH
        row = AuthenticationRow(
            number=next_number(),
            enterprise_id=customer.enterprise_id,
            kind=submission.kind,
            name=submission.name,
            licence_number=number,
            state=state,
            submitted_by=customer.user_id,
            submitted_at=at,
            decided_at=at,
        )
        session.add(row)
    return customer


@pytest.mark.parametrize("typed", [ID_NUMBER, f" {ID_NUMBER[:6]} {ID_NUMBER[6:]} ", ID_NUMBER.translate(str.maketrans("01", "０１"))])
def test_the_number_of_an_approved_authentication_names_the_person(database: Database, typed: str) -> None:  # noqa: F811
    customer = authenticated(database, ID_NUMBER)
    assert check_password(database, typed, PASSWORD) == customer.user_id
    assert check_password(database, typed, "correct horse 8") is None


def test_a_companys_code_names_its_one_master(database: Database) -> None:  # noqa: F811
    customer = authenticated(database, USCC)
    with database.write() as session:
        session.add(
            UserRow(
                login="member",
                password_hash=HASH,
                name="孟瑶",
                role=Role.CUSTOMER_MEMBER,
                enterprise_id=customer.enterprise_id,
                account_id=customer.account_id,
            )
        )
    assert check_password(database, USCC.lower(), PASSWORD) == customer.user_id
    with database.write() as session:
        session.exec(select(UserRow).where(UserRow.login == "member")).one().role = Role.CUSTOMER_MASTER
    assert check_password(database, USCC, PASSWORD) is None


@pytest.mark.parametrize("state", [each for each in AuthenticationState if each is not AuthenticationState.APPROVED])
def test_a_number_that_is_not_approved_names_nobody(database: Database, state: AuthenticationState) -> None:  # noqa: F811
    authenticated(database, ID_NUMBER, customer=make_customer(database, verified=True), state=state)
    assert check_password(database, ID_NUMBER, PASSWORD) is None


def test_a_number_of_two_accounts_names_neither(database: Database) -> None:  # noqa: F811
    authenticated(database, ID_NUMBER)
    authenticated(database, ID_NUMBER)
    assert check_password(database, ID_NUMBER, PASSWORD) is None


def test_the_newest_approval_counts(database: Database) -> None:  # noqa: F811
    customer = authenticated(database, ID_NUMBER)
    authenticated(database, OTHER_NUMBER, customer=customer, at=NOW + timedelta(days=1))
    assert check_password(database, ID_NUMBER, PASSWORD) is None
    assert check_password(database, OTHER_NUMBER, PASSWORD) == customer.user_id
    authenticated(database, ID_NUMBER, customer=customer, at=NOW + timedelta(days=2))
    assert check_password(database, ID_NUMBER, PASSWORD) == customer.user_id


def test_neither_a_closed_account_nor_one_that_became_another_kind_is_found(database: Database) -> None:  # noqa: F811
    customer = authenticated(database, ID_NUMBER)
    with database.write() as session:
        session.get_one(EnterpriseRow, customer.enterprise_id).kind = AuthenticationKind.ENTERPRISE
    assert check_password(database, ID_NUMBER, PASSWORD) is None
    with database.write() as session:
        session.get_one(EnterpriseRow, customer.enterprise_id).kind = AuthenticationKind.PERSONAL
        session.get_one(UserRow, customer.user_id).disabled = True
    assert check_password(database, ID_NUMBER, PASSWORD) is None


@pytest.mark.parametrize("typed", [ID_NUMBER, ID_NUMBER[:-1] + "6", ID_NUMBER[:-1], USCC.lower()])
def test_tries_are_counted_under_no_number_itself(typed: str) -> None:
    counted = counted_name(typed, "a secret")
    assert typed[:17] not in counted
    assert counted == counted_name(f" {typed.upper()} ", "a secret") != counted_name(typed, "another")


def test_tries_with_an_address_are_counted_under_the_address() -> None:
    assert counted_name("+86 138 0013 8826", "a secret") == "13800138826"
    assert counted_name("LIN@Shiguang.example", "a secret") == "lin@shiguang.example"
