"""What guards the reference data: rates far off are confirmed, used ones stay, agreements have one customer; deeds are noted."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from infra.database import Database
from infra.tables import AuditRow, EnterpriseRow, ExchangeRateRow, ImportBatchRow, ImportedLineRow, InvoiceTemplateRow
from tests.web.conftest import NOW, Visit
from tests.web.temporal import RecordingTemporal

RATE = {"currency": "USD", "day": "2026-11-19", "rate": "7.08", "source": "BOC"}


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(AuditRow.action).order_by(AuditRow.position)))  # type: ignore[arg-type]


def rates(database: Database) -> dict[date, str]:
    with database.read() as session:
        return {row.day: row.rate for row in session.exec(select(ExchangeRateRow))}


async def test_a_rate_far_from_the_day_before_needs_a_tick(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    await browser.post_form("/reference/rates", RATE)
    near = {**RATE, "day": "2026-11-20", "rate": "8.496"}
    assert (await browser.post_form("/reference/rates", near)).status_code == 303, "20 % is not more than 20 %"
    far = {**near, "rate": "70.8"}
    refused = await browser.post_form("/reference/rates", far)
    assert refused.status_code == 422
    assert "more than 20 % from the rate of 2026-11-19, 7.08" in refused.text
    assert 'value="70.8"' in refused.text
    assert 'name="confirmed"' in refused.text
    assert rates(database)[date(2026, 11, 20)] == "8.496"
    assert (await browser.post_form("/reference/rates", {**far, "confirmed": "true"})).status_code == 303
    assert rates(database)[date(2026, 11, 20)] == "70.8"


async def test_a_rate_that_no_line_took_can_be_removed(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    await browser.post_form("/reference/rates", RATE)
    await browser.post_form("/reference/rates", {**RATE, "day": "2026-11-18", "rate": "7.1"})
    with database.write() as session:
        session.add(ImportBatchRow(id="b" * 64, file_name="a.csv", lines=1, records=0, imported_at=NOW, totals='{"USD": "1"}'))
        session.flush()
        session.add(
            ImportedLineRow(batch_id="b" * 64, line=2, billed_cost="1", currency="USD", rate="7.08", charge_category="Usage", service="ECS")
        )
    kept = await browser.post_form("/reference/rates/remove", {"currency": "USD", "day": "2026-11-19"})
    assert (kept.status_code, "so it stays" in kept.text) == (422, True)
    assert (await browser.post_form("/reference/rates/remove", {"currency": "USD", "day": "2026-11-18"})).status_code == 303
    assert (await browser.post_form("/reference/rates/remove", {"currency": "USD", "day": "2026-W47"})).status_code == 404
    assert list(rates(database)) == [date(2026, 11, 19)]
    assert actions(database)[-1] == "rate-removed"
    assert (
        await (await visit("reviewer")).post_form("/reference/rates/remove", {"currency": "USD", "day": "2026-11-19"})
    ).status_code == 404


def a_template(database: Database, **values: Any) -> None:
    with database.write() as session:
        row = {"code": "finance", "name_zh": "金融", "name_en": "Finance", "pattern": "JR-####", "facts": "total", "changed_at": NOW}
        session.add(InvoiceTemplateRow(**{**row, **values}))


async def test_an_agreement_number_belongs_to_one_customer_until_it_is_ended(visit: Visit, database: Database) -> None:
    a_template(database)
    browser = await visit("operator")
    with database.read() as session:
        names = [row.name for row in session.exec(select(EnterpriseRow))]
    form = {"template": "finance", "number": "JR-0001"}
    assert (await browser.post_form("/reference/templates/agreements", {**form, "customer": names[0]})).status_code == 303
    refused = await browser.post_form("/reference/templates/agreements", {**form, "customer": names[1]})
    assert refused.status_code == 422
    assert f"{names[0]} has an agreement with this number" in refused.text
    await browser.post_form("/reference/templates/agreements/1/end")
    assert (await browser.post_form("/reference/templates/agreements", {**form, "customer": names[1]})).status_code == 303


async def test_days_are_written_in_one_way_only(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    for day in ("2026-W41-5", "20261009", "1999-12-31", "2026-10-09T00:00"):
        for path, form in (
            ("/reference/rates", {**RATE, "day": day}),
            ("/arrears", {"account": "a-1", "amount": "1", "as_of": day}),
            ("/calendar/days", {"seen": "0", "day": day, "worked": "off", "note": "x"}),
        ):
            answer = await browser.post_form(path, form)
            assert (answer.status_code, "This is no day." in answer.text) == (422, True), (path, day)
    assert rates(database) == {}


async def test_what_is_too_long_is_named_and_kept(visit: Visit) -> None:
    browser = await visit("operator")
    key = await browser.post_form("/import-keys", {"name": "n" * 400})
    note = await browser.post_form("/calendar/days", {"seen": "0", "day": "2027-05-04", "worked": "off", "note": "n" * 3000})
    for answer, typed in ((key, "n" * 400), (note, "n" * 3000)):
        assert answer.status_code == 422
        assert typed in answer.text
    master = await visit("master")
    asked = await master.post_form("/back-invoicing", {"number": "x", "what": "month", "period": "2026-04", "reason": "r" * 6000})
    assert asked.status_code == 422


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


async def test_statements_made_by_hand_are_noted(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    wrong = await browser.post_form("/billing-accounts/1/statements", {"month": "0001-01"})
    assert (wrong.status_code, actions(database)) == (422, [])
    assert "as 2026-10" in wrong.text
    assert (await browser.post_form("/billing-accounts/1/statements", {"month": "2026-10"})).status_code == 303
    assert actions(database) == ["statements-made"]
