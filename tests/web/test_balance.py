"""The balance as a tree: every level adds up to the one above and to the ledger, and leads to exactly its records."""

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from sqlmodel import select

from domain.ledger import Bucket
from infra.books.expiry import expire
from infra.database import Database
from infra.tables import ApplicationItemRow, LedgerEntryRow
from tests.web.conftest import Visit
from tests.web.rows import add_application, add_catalogue, add_invoice, add_record

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, 106_00)
    add_record(database, 2, 53_00, account_id=2)
    add_record(database, 3, 11_30, entity="SH", rate_bp=1300)
    add_record(database, 4, 20_00, excluded_fen=5_00, gross_fen=25_00, day=date(2026, 9, 3), period="2026-09")
    add_record(database, 5, 7_00, day=date(2026, 11, 3), period="2026-11", opened=False)
    add_record(database, 6, 9_00, seller="远山", day=date(2026, 9, 9), period="2026-09")
    # Past its limit: one since a night that the run was there for, one since yesterday.
    add_record(database, 7, 40_00, day=date(2026, 4, 1), period="2026-04")
    expire(database, date(2026, 11, 1), 10)
    add_record(database, 8, 3_00, day=date(2026, 5, 19), period="2026-05")
    add_record(database, 9, 1_00, enterprise_id=2, account_id=3)


def ledger(database: Database) -> dict[str, int]:
    with database.read() as session:
        found: dict[str, int] = {}
        for entry in session.exec(select(LedgerEntryRow).where(LedgerEntryRow.enterprise_id == 1)):
            found[entry.bucket] = found.get(entry.bucket, 0) + entry.amount_fen
    return found


async def asked(visit: Visit, path: str = "/balance.json", login: str = "master") -> dict[str, object]:
    answer = await (await visit(login)).get(path)
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


def amounts(said: dict[str, object]) -> dict[str, int]:
    rows = said["rows"]
    assert isinstance(rows, list)
    return {row["bucket"]: row["fen"] for row in rows}


async def test_the_formula_holds_and_agrees_with_the_ledger(visit: Visit, database: Database) -> None:
    said = await asked(visit)
    found = amounts(said)
    parts = sum(amount for bucket, amount in found.items() if bucket != "consumed")
    assert found["consumed"] == parts
    book = ledger(database)
    # Record 8 passed its limit this night; the run that moves it has not come yet.
    book[Bucket.AVAILABLE] -= 3_00
    book[Bucket.EXPIRED] += 3_00
    book[Bucket.CONSUMED] = -book[Bucket.CONSUMED]
    assert found == {bucket: amount for bucket, amount in book.items() if amount}
    assert (said["unit"], said["currency"], said["by"]) == ("fen", "CNY", ["bucket"])
    assert str(said["formula"]).startswith("available = consumed - ")


async def test_every_level_adds_up_to_the_level_above(visit: Visit) -> None:
    """From each bucket down to each account, whatever is there."""
    browser = await visit("master")
    seen = 0

    async def walk(row: dict[str, object]) -> None:
        nonlocal seen
        below = row.get("below")
        if not isinstance(below, str):
            assert str(row["records"]).startswith("/consumption?show=")
            return
        rows = (await browser.get(below)).json()["rows"]
        assert sum(each["fen"] for each in rows) == row["fen"], below
        seen += 1
        for each in rows:
            await walk(each)

    for row in (await browser.get("/balance.json")).json()["rows"]:
        await walk(row)
    assert seen > 25


async def test_a_member_sees_its_own_account_alone(visit: Visit) -> None:
    assert amounts(await asked(visit, login="member")) == {"available": 53_00, "consumed": 53_00}
    assert (await asked(visit, "/balance.json?account=1", "member"))["rows"] == []


async def test_filters_that_are_no_step_down_hold_at_every_level(visit: Visit) -> None:
    whole = amounts(await asked(visit, "/balance.json?account=2"))
    assert whole == {"available": 53_00, "consumed": 53_00}
    months = await asked(visit, "/balance.json?bucket=available&entity=SH")
    assert [(row["period"], row["fen"]) for row in months["rows"]] == [("2026-10", 11_30)]  # type: ignore[attr-defined]


async def test_the_page_opens_step_by_step_and_leads_to_exactly_the_records(visit: Visit) -> None:
    browser = await visit("master")
    page = await browser.get("/balance?bucket=available&period=2026-10&entity=HZ&rate=600")
    assert page.text.count('aria-expanded="true"') == 3
    assert "style=" not in page.text
    links = [unescape(link) for link in re.findall(r'href="(/consumption\?show=can[^"]*)"', page.text)]
    assert "/consumption?show=can&period=2026-10&entity=HZ&rate=600&account=2" in links
    records = await browser.get("/consumption?show=can&period=2026-10&entity=HZ&rate=600&account=2")
    assert "云服务器 2" in records.text
    assert "云服务器 1<" not in records.text
    rates = await browser.get("/consumption?show=can&rate=1300")
    assert "云服务器 3" in rates.text
    assert "云服务器 1<" not in rates.text


async def test_the_same_address_answers_json_to_who_asks_for_it(visit: Visit) -> None:
    answer = await (await visit("master")).get("/balance?bucket=available", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert [row["period"] for row in answer.json()["rows"]] == ["2026-09", "2026-10"]


async def test_the_csv_has_the_formula_in_every_line(visit: Visit) -> None:
    answer = await (await visit("master")).get("/balance/export.csv")
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    head, body = lines[0], lines[1:]
    assert head[:5] == ["Month", "Issuing entity", "Rate", "Account", "Consumed"]
    assert len(body) == 7
    for line in body:
        consumed, *parts = (round(float(cell) * 100) for cell in line[4:])
        assert consumed == sum(parts), line


@pytest.mark.parametrize("address", ["?bucket=nonsense", "?rate=abc&account=x", "?period=9999-99", "?bucket=available&period=%00"])
async def test_a_strange_address_shows_the_page(visit: Visit, address: str) -> None:
    assert (await (await visit("master")).get(f"/balance{address}")).status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_home_leads_there(visit: Visit, language: str) -> None:
    browser = await visit("master", language)
    assert 'href="/balance"' in (await browser.get("/")).text
    page = (await browser.get("/balance")).text
    assert page.count("<rect ") >= 4
    assert ("可开票金额" if language == "zh" else "Available to invoice") in page


async def test_what_is_reserved_and_invoiced_leads_to_who_holds_it(visit: Visit, database: Database) -> None:
    for number, state, record in (("KP-261120-00000001", "reviewing", 1), ("KP-261120-00000002", "reviewing", 3)):
        add_application(database, number, state)
        with database.write() as session:
            session.add(ApplicationItemRow(application_number=number, record_id=record, amount_fen=1_00))
    add_application(database, "KP-261113-00000003", "issued")
    invoice = add_invoice(database, "KP-261113-00000003")
    with database.write() as session:
        session.add(ApplicationItemRow(application_number="KP-261113-00000003", record_id=2, amount_fen=1_00, invoice_id=invoice))
    browser = await visit("master")
    page = (await browser.get("/applications?holds=2026-10.HZ.600.1")).text
    assert "KP-261120-00000001" in page
    assert "KP-261120-00000002" not in page
    assert invoice in (await browser.get("/invoices?holds=2026-10.HZ.600.2")).text
    assert invoice not in (await browser.get("/invoices?holds=2026-10.HZ.600.1")).text
    assert (await browser.get("/applications?holds=nonsense")).status_code == 200


async def test_json_is_for_customers_only(visit: Visit) -> None:
    assert (await (await visit("operator")).get("/balance.json")).status_code == 404
    assert json.dumps(await asked(visit, login="other"))
