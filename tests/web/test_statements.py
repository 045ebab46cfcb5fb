"""Pages of monthly statements: the customer's, and the operators' for post-paid ones."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from domain.statements import CustomersMonth
from infra.billing_accounts import set_billing_mode
from infra.books.opening import open_periods
from infra.database import Database
from infra.queries.open_months import months_of
from infra.queries.scope import Scope
from infra.tables import EnterpriseRow, StatementRow
from tests.web.conftest import Visit
from tests.web.rows import NOW, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    for identity, fen, more in ((1, 100_00, {}), (2, 50_00, {"account_id": 2}), (3, 70_00, {"enterprise_id": 2, "account_id": 3})):
        values: dict[str, Any] = {"opened": False, "service": "=SUM(A1)", **more}
        add_record(database, identity, fen, **values)


def make(database: Database) -> dict[int, int]:
    """The run of the 3rd; statement ids by enterprise."""
    open_periods(database, date(2026, 11, 3), 100)
    with database.read() as session:
        return dict(session.exec(select(StatementRow.enterprise_id, StatementRow.id)).all())  # type: ignore[arg-type]


def state(database: Database, statement_id: int) -> str:
    with database.read() as session:
        return session.get_one(StatementRow, statement_id).state


async def test_a_statement_is_listed_shown_and_downloaded(visit: Visit, database: Database) -> None:
    mine = make(database)[1]
    master, member = await visit("master"), await visit("member")
    assert f'href="/statements/{mine}"' in (await master.get("/statements")).text
    page = (await master.get(f"/statements/{mine}")).text
    assert "150.00" in page
    file = await master.get(f"/statements/{mine}/export.csv")
    assert "'=SUM(A1)" in file.text
    assert "100.00,0.00,0.00,100.00" in file.text
    of_member = (await member.get(f"/statements/{mine}")).text
    assert "50.00" in of_member
    assert "150.00" not in of_member
    assert "/confirm" not in of_member


async def test_list_detail_and_choice_say_the_same_of_what_came_after(visit: Visit, database: Database) -> None:
    mine = make(database)[1]
    add_record(database, 4, 11_00)
    master = await visit("master")
    listed = (await master.get("/statements")).text
    page = (await master.get(f"/statements/{mine}")).text
    assert "11.00 of it came after the statement was made" in listed
    assert "11.00 of consumption of this month came after the statement was made; with it the month has 161.00." in page
    for said in (listed, page, (await master.get("/consumption/statements")).text):
        assert "161.00" in said
    member = (await (await visit("member")).get("/statements")).text
    assert "came after" not in member


async def test_a_statement_of_somebody_else_and_none_are_the_same_404(visit: Visit, database: Database) -> None:
    theirs = make(database)[2]
    master = await visit("master")
    for way in ("", "/export.csv"):
        answers = [await master.get(f"/statements/{identity}{way}") for identity in (theirs, 999)]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert (await master.post_form(f"/statements/{theirs}/confirm", {})).status_code == 404
    assert state(database, theirs) == "open"


async def test_the_master_confirms_and_a_member_does_not(visit: Visit, database: Database) -> None:
    mine = make(database)[1]
    assert (await (await visit("member")).post_form(f"/statements/{mine}/confirm", {})).status_code == 404
    master = await visit("master")
    assert "Without a word from you it counts as confirmed" in (await master.get(f"/statements/{mine}")).text
    assert (await master.post_form(f"/statements/{mine}/confirm", {})).status_code == 303
    assert state(database, mine) == "confirmed"
    assert "Confirmed. Thank you." in (await master.get(f"/statements/{mine}?done=1")).text


async def test_a_dispute_is_a_ticket_about_the_statement(visit: Visit, database: Database) -> None:
    mine = make(database)[1]
    master = await visit("master")
    form = (await master.get(f"/support/new?topic=billing&about=statement:{mine}")).text
    assert "2026-10 HZ" in form
    number = form.split('name="number" value="')[1].split('"')[0]
    entries = {"number": number, "topic": "billing", "about": f"statement:{mine}", "subject": "Too much", "text": "We had less."}
    assert (await master.post_form("/support", entries)).status_code == 303
    assert state(database, mine) == "disputed"
    assert number in (await master.get(f"/statements/{mine}")).text
    assert (await master.post_form(f"/statements/{mine}/confirm", {})).status_code == 409


async def test_a_post_paid_statement_says_when_it_is_due_until_it_is_charged(visit: Visit, database: Database) -> None:
    set_billing_mode(database, 1, True, "合同 2026-118", 1, NOW)
    mine = make(database)[1]
    master, operator = await visit("master"), await visit("operator")
    assert "Not charged yet, due" in (await master.get("/consumption/statements")).text
    assert "is not charged yet, due" in (await master.get("/consumption?show=not-open")).text
    assert "Not charged yet" in (await master.get("/statements")).text
    page = (await operator.get("/desk/statements")).text
    assert f'name="statement" value="{mine}"' in page
    answer = await operator.post_form("/desk/statements/charge", {"statement": str(mine), "charged_on": "2026-11-18"})
    assert answer.headers["location"] == "/desk/statements?done=1"
    assert 'name="all" value="2026-10..HZ.' in (await master.get("/consumption/statements")).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"charged_on": "2026-11-18"}, "Tick at least one statement."),
        ({"statement": "1", "charged_on": "2026-11-31"}, "This is no day up to today."),
        ({"statement": "1", "charged_on": "2027-01-01"}, "This is no day up to today."),
        ({"statement": "1", "charged_on": "2026-10-30"}, "Oct 2026 had not ended that day."),
    ],
)
async def test_a_charge_that_says_too_little_changes_nothing(visit: Visit, database: Database, form: dict[str, str], said: str) -> None:
    set_billing_mode(database, 1, True, "合同 2026-118", 1, NOW)
    make(database)
    answer = await (await visit("operator")).post_form("/desk/statements/charge", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{form["charged_on"]}"' in answer.text
    with database.read() as session:
        assert months_of(session, Scope(1)).out == {}


async def test_operators_set_the_mode_with_a_reason(visit: Visit, database: Database) -> None:
    operator = await visit("operator")
    refused = await operator.post_form("/billing-accounts/1/mode", {"postpaid": "true", "mode_reason": ""})
    assert refused.status_code == 422
    answer = await operator.post_form("/billing-accounts/1/mode", {"postpaid": "true", "mode_reason": "合同 2026-118"})
    assert answer.headers["location"] == "/billing-accounts/1?done=mode"
    with database.read() as session:
        assert session.get_one(EnterpriseRow, 1).postpaid
    assert (await operator.post_form("/billing-accounts/999/mode", {"postpaid": "true", "mode_reason": "合同"})).status_code == 404


async def test_operators_have_a_month_made_by_the_run_itself(visit: Visit, temporal: RecordingTemporal) -> None:
    operator = await visit("operator")
    assert (await operator.post_form("/billing-accounts/1/statements", {"month": "2026-10"})).status_code == 303
    [(asked, options)] = temporal.started
    assert asked == [date(2026, 11, 20), CustomersMonth(1, "2026-10")]
    assert options["id"] == "statements:2026-10:1"
    for month, said in (
        ("2026-11", "is made on"),
        ("2026-13", "This is no month"),
        ("", "This is no month"),
        ("october", "This is no month"),
    ):
        answer = await operator.post_form("/billing-accounts/1/statements", {"month": month})
        assert answer.status_code == 422
        assert said in answer.text
    assert len(temporal.started) == 1
