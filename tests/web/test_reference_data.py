"""What operators keep for imports: each form keeps and notes, a wrong one keeps nothing and gives the entries back."""

import json
from datetime import date

import pytest
from sqlmodel import select

from domain.consumption import TaxClass
from infra.books.references import References
from infra.database import Database
from infra.tables import AssistedProductRow, AuditRow, ExchangeRateRow, ServiceClassRow
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue, add_record

RATE = {"currency": "usd", "day": "2026-11-19", "rate": "7.0815", "source": "中国银行"}
CLASS = {"match": "云服务器 ECS", "classification_code": "3040203000000000000", "category": "信息技术服务", "rate_bp": "600", "unit": "项"}
ASSISTED = {
    "match": "专属云",
    "bought_before": "2018-01-31",
    "reason_zh": "合同计费",
    "reason_en": "Billed by contract",
    "manager": "许经理",
    "hotline": "400-660-0102",
}


def deeds(database: Database) -> list[tuple[str, str, dict[str, str]]]:
    with database.read() as session:
        return [(row.action, row.subject, json.loads(row.facts)) for row in session.exec(select(AuditRow).order_by(AuditRow.position))]  # type: ignore[arg-type]


async def test_a_rate_is_kept_changed_and_both_are_noted(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    assert (await browser.post_form("/reference/rates", RATE)).headers["location"] == "/reference/rates?done=1"
    await browser.post_form("/reference/rates", RATE)
    await browser.post_form("/reference/rates", {**RATE, "rate": "7.1"})
    with database.read() as session:
        assert session.get_one(ExchangeRateRow, ("USD", date(2026, 11, 19))).rate == "7.1"
    assert [(action, facts["from"], facts["to"]) for action, _, facts in deeds(database)] == [
        ("rate-set", "", "7.0815"),
        ("rate-set", "7.0815", "7.1"),
    ]
    page = (await browser.get("/reference/rates?currency=USD")).text
    assert "7.1" in page
    assert "中国银行" in page


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("rates", {**RATE, "currency": "dollar"[:3] + "1"}, "Use the three capital letters"),
        ("rates", {**RATE, "currency": "CNY"}, "needs no rate"),
        ("rates", {**RATE, "rate": "7,08"}, "Write the rate above 0"),
        ("rates", {**RATE, "rate": "0.00"}, "Write the rate above 0"),
        ("rates", {**RATE, "rate": "1e3"}, "Write the rate above 0"),
        ("rates", {**RATE, "day": "2026-11-31"}, "This is no day."),
        ("rates", {**RATE, "day": "2026-11-22"}, "This day is still to come."),
        ("rates", {**RATE, "source": ""}, "Published by"),
        ("services", {**CLASS, "classification_code": "304"}, "A classification code has 19 digits."),
        ("services", {**CLASS, "rate_bp": "700"}, "Choose one of the tax rates."),
        ("services", {**CLASS, "match": ""}, "Service or category"),
        ("assisted", {**ASSISTED, "hotline": "call me"}, "Write a telephone number"),
        ("assisted", {**ASSISTED, "bought_before": "long ago"}, "This is no day."),
        ("assisted", {**ASSISTED, "manager": ""}, "Sales manager"),
    ],
)
async def test_a_wrong_entry_is_named_kept_and_changes_nothing(
    visit: Visit, database: Database, path: str, form: dict[str, str], sentence: str
) -> None:
    browser = await visit("operator")
    answer = await browser.post_form(f"/reference/{path}", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert [value for value in form.values() if value and value not in answer.text and value.upper() not in answer.text] in ([], ["700"])
    assert deeds(database) == []


async def test_a_class_counts_from_the_next_import_on_and_is_filled_in_to_be_changed(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    await browser.post_form("/reference/services", CLASS)
    with database.read() as session:
        assert References.read(session, date(2026, 11, 20)).classes["云服务器 ECS"] == TaxClass(
            "3040203000000000000", "信息技术服务", 600, "项"
        )
    page = (await browser.get("/reference/services?change=云服务器 ECS")).text
    assert 'value="3040203000000000000"' in page
    await browser.post_form("/reference/services", {**CLASS, "rate_bp": "900"})
    with database.read() as session:
        assert session.get_one(ServiceClassRow, "云服务器 ECS").rate_bp == 900
    assert [(action, subject) for action, subject, _ in deeds(database)] == [("service-class-set", "service-class:云服务器 ECS")] * 2


async def test_a_customer_sees_whom_to_call_about_a_product_outside_self_service(visit: Visit, database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, service="专属云", assisted="专属云")
    operator, master = await visit("operator"), await visit("master")
    assert "is invoiced through your sales manager" in (await master.get("/consumption")).text
    await operator.post_form("/reference/assisted", ASSISTED)
    page = (await master.get("/consumption")).text
    for words in ("Billed by contract", "Ask 许经理, hotline 400-660-0102."):
        assert words in page
    await operator.post_form("/reference/assisted", {**ASSISTED, "manager": "何经理"})
    assert "Ask 何经理" in (await master.get("/consumption")).text
    with database.read() as session:
        assert session.get_one(AssistedProductRow, "专属云").bought_before == date(2018, 1, 31)
