"""A customer that registered is linked to its billing account, on both databases: then an import's rows reach it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from domain.access import Role
from domain.billing import NUMBER_LONGEST, number_problem
from domain.contacts import Channel
from domain.errors import Refusal
from domain.registration import Registration
from infra.billing_accounts import Linking, NewAccount, UnknownCustomer, add_account, link_billing
from infra.books.imports import Imports
from infra.database import Database
from infra.demo.companies import SHIGUANG
from infra.demo.people import seed
from infra.queries.billing_accounts import billing_is_linked, customer_billing, customers_page
from infra.registration import register
from infra.tables import AuditRow, ConsumptionRecordRow, EnterpriseRow, UserRow
from tests.billing import billing_csv
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

NOW = datetime(2026, 11, 21, 6, 32, tzinfo=UTC)
TODAY = date(2026, 11, 21)
PAYER, MAIN, FURTHER = "8001000999", "100020090001", "100020090002"
REASON = "合同 2026-118"
ASKED = Linking(PAYER, MAIN, "", REASON)


@pytest.fixture
def customer(database: Database) -> int:  # noqa: F811
    """The enterprise of a company that has registered."""
    seed(database, TODAY, lambda password: f"hash of {password}")
    new = Registration(
        kind="enterprise",
        company="成都栈桥软件有限公司",
        licence="91510107MA6D2J5K8P",
        name="江晚",
        mobile="13900007781",
        email="",
        by=Channel.SMS,
    )
    user_id = register(database, new, "hash", "zh", (), NOW)
    with database.read() as session:
        found = session.get_one(UserRow, user_id).enterprise_id
    assert found is not None
    return found


@pytest.fixture
def operator(database: Database, customer: int) -> int:  # noqa: F811
    with database.read() as session:
        found = session.exec(select(UserRow.id).where(UserRow.role == Role.OPERATOR)).first()
    assert found is not None
    return found


def stored_number(database: Database, customer: int) -> str:  # noqa: F811
    with database.read() as session:
        return session.get_one(EnterpriseRow, customer).billing_account_id


def link(database: Database, customer: int, operator: int, asked: Linking = ASKED) -> None:  # noqa: F811
    link_billing(database, customer, replace(asked, seen=asked.seen or stored_number(database, customer)), operator, NOW)


def codes(refused: pytest.ExceptionInfo[Refusal]) -> set[str]:
    return {problem.code for problem in refused.value.problems}


def test_rows_of_a_linked_number_land_at_the_customer(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    rows = [{"BillingAccountId": PAYER, "SubAccountId": sub} for sub in (MAIN, "", FURTHER)]
    content = billing_csv(*rows)
    refused = Imports(database).import_file(content, "a.csv", None, TODAY)
    assert [problem.code for problem in refused.problems] == ["enterprise-unknown"] * 3
    with database.read() as session:
        assert not billing_is_linked(session, customer)
    link(database, customer, operator)
    refused = Imports(database).import_file(content, "a.csv", None, TODAY)
    assert [(problem.code, problem.value) for problem in refused.problems] == [("account-unknown", FURTHER)]
    add_account(database, customer, NewAccount(FURTHER, "研发中心", REASON), operator, NOW)
    assert Imports(database).import_file(content, "a.csv", None, TODAY).ok
    with database.read() as session:
        records = list(session.exec(select(ConsumptionRecordRow)))
        assert {record.enterprise_id for record in records} == {customer}
        assert sum(record.gross_fen for record in records) == 30_00
        assert billing_is_linked(session, customer)
        seen = customer_billing(session, customer)
    assert seen is not None
    assert [(each.number, each.is_main) for each in seen.accounts] == [(MAIN, True), (FURTHER, False)]


def test_the_deeds_are_noted_with_operator_and_reason(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    before = stored_number(database, customer)
    link(database, customer, operator)
    add_account(database, customer, NewAccount(FURTHER, "研发中心", REASON), operator, NOW)
    with database.read() as session:
        rows = list(session.exec(select(AuditRow).where(AuditRow.tenant == customer, AuditRow.actor_id == operator)))
    assert [(row.action, row.reason) for row in rows] == [("link-billing", REASON), ("account-added", REASON)]
    assert json.loads(rows[0].facts) == {"from": before, "to": PAYER, "account_from": before, "account_to": MAIN}


def test_the_same_once_more_changes_nothing(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    seen = stored_number(database, customer)
    for _ in range(2):
        link(database, customer, operator, replace(ASKED, seen=seen))
        add_account(database, customer, NewAccount(FURTHER, "研发中心", REASON), operator, NOW)
    with database.read() as session:
        assert len(list(session.exec(select(AuditRow).where(AuditRow.actor_id == operator)))) == 2


def test_a_number_of_another_customer_is_not_given_away(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    taken = Linking(SHIGUANG.billing_account_id, SHIGUANG.accounts[0].sub_account_id, "", REASON)
    with pytest.raises(Refusal) as refused:
        link(database, customer, operator, taken)
    assert codes(refused) == {"billing-number-taken", "account-number-taken"}
    assert {problem.params["name"] for problem in refused.value.problems} == {SHIGUANG.name}
    link(database, customer, operator)
    with pytest.raises(Refusal) as refused:
        add_account(database, customer, NewAccount(SHIGUANG.accounts[1].sub_account_id, "别人的", REASON), operator, NOW)
    assert codes(refused) == {"account-number-taken"}


def test_a_number_stays_once_records_came_under_it(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    link(database, customer, operator, replace(ASKED, main_account=""))
    link(database, customer, operator, Linking("8001000998", "", "", REASON))
    link(database, customer, operator, replace(ASKED, main_account=""))
    assert Imports(database).import_file(billing_csv({"BillingAccountId": PAYER, "SubAccountId": ""}), "a.csv", None, TODAY).ok
    with pytest.raises(Refusal) as refused:
        link(database, customer, operator, Linking("8001000998", "", "", REASON))
    assert codes(refused) == {"billing-has-records"}
    assert refused.value.problems[0].params == {"number": PAYER, "count": "1"}
    link(database, customer, operator)  # the main account had no number yet: it gets one
    with pytest.raises(Refusal) as refused:
        link(database, customer, operator, replace(ASKED, main_account=FURTHER))
    assert codes(refused) == {"account-has-records"}


def test_of_two_who_link_at_once_the_second_is_told(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    seen = stored_number(database, customer)
    link(database, customer, operator)
    with pytest.raises(Refusal) as refused:
        link(database, customer, operator, Linking("8001000998", "", seen, REASON))
    assert codes(refused) == {"billing-changed"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (replace(ASKED, number=""), {"field-needed"}),
        (replace(ASKED, number="new-8001"), {"billing-number-reserved"}),
        (replace(ASKED, number="8001 0009"), {"billing-number-form"}),
        (replace(ASKED, main_account="=1+1"), {"billing-number-form"}),
        (replace(ASKED, reason="ok"), {"reason-recorded"}),
        (replace(ASKED, number="-1", reason=""), {"billing-number-form", "reason-recorded"}),
    ],
)
def test_what_is_wrong_is_told_at_once_and_changes_nothing(
    database: Database,  # noqa: F811
    customer: int,
    operator: int,
    asked: Linking,
    found: set[str],
) -> None:
    before = stored_number(database, customer)
    with pytest.raises(Refusal) as refused:
        link(database, customer, operator, asked)
    assert codes(refused) == found
    assert stored_number(database, customer) == before


def test_an_account_waits_for_the_customers_link(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    with pytest.raises(Refusal) as refused:
        add_account(database, customer, NewAccount(FURTHER, "", ""), operator, NOW)
    assert codes(refused) == {"billing-not-linked", "text-blank", "reason-recorded"}
    with pytest.raises(UnknownCustomer):
        add_account(database, 987_654, NewAccount(FURTHER, "研发中心", REASON), operator, NOW)


def test_the_list_is_searched_and_shows_who_waits(database: Database, customer: int, operator: int) -> None:  # noqa: F811
    with database.read() as session:
        waiting = customers_page(session, "", "not-linked")
        assert [line.id for line in waiting.customers] == [customer]
        assert (waiting.unlinked, waiting.customers[0].number, waiting.customers[0].main_person) == (1, "", "江晚")
        assert customer not in {line.id for line in customers_page(session, "", "linked").customers}
        for text in ("栈桥", "91510107ma6d2j5k8p"):
            assert [line.id for line in customers_page(session, text, "all").customers] == [customer]
        shiguang = SHIGUANG.accounts[2].sub_account_id
        assert [line.name for line in customers_page(session, shiguang, "all").customers] == [SHIGUANG.name]
        assert customers_page(session, "new-", "all").customers == ()
        first = customers_page(session, "", "all").customers
        assert [line.id for line in customers_page(session, "", "all", first[0].id).customers] == [line.id for line in first[1:]]


@pytest.mark.parametrize(("number", "code"), [("A" * NUMBER_LONGEST, None), ("A" * (NUMBER_LONGEST + 1), "billing-number-form")])
def test_a_number_is_no_longer_than_its_column(number: str, code: str | None) -> None:
    found = number_problem("number", number)
    assert (found.code if found else None) == code
