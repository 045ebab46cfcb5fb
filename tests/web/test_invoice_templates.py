"""Industry templates: operators keep them and the agreements; a customer chooses with its own number only (feature 19)."""

from typing import Any

import pytest
from sqlmodel import select

from domain.messages import ApplicationRequest
from infra.database import Database
from infra.tables import AgreementRow, InvoiceTemplateRow
from tests.web.conftest import Visit
from tests.web.rows import AGREED, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal

FORM: dict[str, Any] = {
    "number": "KP-261120-8H3KQ0ZT",
    "title": "1",
    "kind": "special",
    "medium": "electronic",
    "email": "1",
    "terms": AGREED,
    "record": "1",
    "expected_fen": "10600",
}
TEMPLATE = {
    "code": "medical",
    "name_zh": "医疗",
    "name_en": "Medical",
    "pattern": "YB-####-######",
    "facts": ["buyer", "total"],
    "offered": "true",
}
NUMBER = "YB-2026-000123"


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, 106_00)


async def keep(visit: Visit, customer: str = "1") -> None:
    """The template and an agreement of the customer."""
    operator = await visit("operator")
    assert (await operator.post_form("/reference/templates", TEMPLATE)).status_code == 303
    typed = {"template": "medical", "customer": customer, "number": "yb-2026-000123"}
    answer = await operator.post_form("/reference/templates/agreements", typed)
    assert answer.status_code == 303, answer.text


@pytest.fixture
def customer(database: Database) -> str:
    """The first enterprise's name."""
    from infra.tables import EnterpriseRow

    with database.read() as session:
        return session.get_one(EnterpriseRow, 1).name


async def test_a_customer_chooses_its_own_agreement(visit: Visit, temporal: RecordingTemporal, customer: str) -> None:
    await keep(visit, customer)
    browser = await visit("master")
    page = (await browser.get("/apply?record=1")).text
    assert "Medical" in page
    assert NUMBER in page
    answer = await browser.post_form("/applications", {**FORM, "template": "medical", "agreement": " yb-2026-000123"})
    assert answer.status_code == 303, answer.text
    [(asked, _)] = temporal.started
    assert isinstance(asked, ApplicationRequest)
    assert asked.agreement_id == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"template": "medical", "agreement": ""}, "Fill this in."),
        ({"template": "medical", "agreement": "ＹＢ-1234"}, "Use half-width letters, digits and hyphens, such as YB-"),
        ({"template": "medical", "agreement": "YB-1"}, "Write the number as it stands in the agreement, such as YB-"),
        ({"template": "medical", "agreement": "YB-2026-000124"}, "No agreement of your company has this number."),
        ({"template": "finance", "agreement": NUMBER}, "Choose one."),
    ],
)
async def test_a_number_that_is_not_the_customers_is_refused(
    visit: Visit, temporal: RecordingTemporal, customer: str, typed: dict[str, str], sentence: str
) -> None:
    await keep(visit, customer)
    answer = await (await visit("master")).post_form("/applications", {**FORM, **typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert temporal.started == []


async def test_another_customer_sees_neither_template_nor_number(visit: Visit, temporal: RecordingTemporal, customer: str) -> None:
    await keep(visit, customer)
    page = (await (await visit("other")).get("/apply?record=1")).text
    assert NUMBER not in page
    assert "Medical" not in page


async def test_an_ended_agreement_is_not_offered(visit: Visit, temporal: RecordingTemporal, customer: str, database: Database) -> None:
    await keep(visit, customer)
    operator = await visit("operator")
    await operator.post_form("/reference/templates/agreements/1/end", {})
    assert (await operator.post_form("/reference/templates/agreements/9/end", {})).status_code == 404
    browser = await visit("master")
    assert "Medical" not in (await browser.get("/apply?record=1")).text
    assert (await browser.post_form("/applications", {**FORM, "template": "medical", "agreement": NUMBER})).status_code == 422
    await keep(visit, customer)
    with database.read() as session:
        (row,) = session.exec(select(AgreementRow)).all()
    assert row.ended_at is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "Medical!"}, "Use 2 to 20 small letters"),
        ({"pattern": "YB-2026"}, "Use capital letters, digits and hyphens"),
        ({"name_en": ""}, "Fill this in."),
        ({"facts": []}, "Choose one."),
        ({"facts": ["moon"]}, "Choose one."),
    ],
)
async def test_a_wrong_template_keeps_nothing_and_gives_the_entries_back(
    visit: Visit, database: Database, change: dict[str, Any], sentence: str
) -> None:
    answer = await (await visit("operator")).post_form("/reference/templates", {**TEMPLATE, **change})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "医疗" in answer.text
    with database.read() as session:
        assert session.exec(select(InvoiceTemplateRow)).all() == []


async def test_an_agreement_of_nobody_is_refused(visit: Visit) -> None:
    operator = await visit("operator")
    await operator.post_form("/reference/templates", TEMPLATE)
    answer = await operator.post_form("/reference/templates/agreements", {"template": "medical", "customer": "谁", "number": "x"})
    assert answer.status_code == 422
    assert "No customer has this name" in answer.text
    assert "such as YB-" in answer.text


async def test_other_needs_become_a_ticket_with_what_is_known(visit: Visit) -> None:
    browser = await visit("master")
    page = (await browser.get("/apply?record=1")).text
    (link,) = [each for each in page.split('href="') if each.startswith("/support/new?topic=other-template")]
    form = (await browser.get(link.split('"')[0].replace("&amp;", "&"))).text
    assert "106.00" in form
    assert "2026-10" in form
    assert '<option value="other-template" selected>' in form
