"""Arrears and top-ups: noted by operators one by one or by file, whole or not at all; customers see their own top-ups only."""

import re
from datetime import UTC, datetime

import pytest
from sqlmodel import func, select

from infra.books.arrears import arrears_of
from infra.database import Database
from infra.tables import ArrearsRow, AuditRow, BalanceRow, ConsumptionRecordRow, TopUpRow
from tests.web.conftest import Browser, Visit
from tests.web.rows import add_catalogue, add_record

TOP_UPS = "TopUpNumber,SubAccountId,PaidOn,Amount,Method\nP-1,a-1,2026-11-02,5000.00,银行转账\nP-2,a-3,2026-11-03,80,\n"


async def send(browser: Browser, path: str, text: str) -> tuple[int, str]:
    answer = await browser.post_form(path, files={"file": ("file.csv", text.encode(), "text/csv")})
    return answer.status_code, answer.text or answer.headers["location"]


def owed(database: Database) -> dict[int, int]:
    with database.read() as session:
        return arrears_of(session, 1) | arrears_of(session, 2)


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return int(session.exec(select(func.count()).select_from(table)).one())


async def test_what_an_account_owes_is_noted_and_holds_its_consumption(visit: Visit, database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)
    browser = await visit("operator")
    answer = await browser.post_form("/arrears", {"account": "a-1", "amount": "40.00"})
    assert answer.headers["location"] == "/arrears?noted=1"
    assert owed(database) == {1: 4000}
    page = (await browser.get("/arrears")).text
    assert "拾光互动" in page
    assert "40.00" in page
    with database.read() as session:
        assert session.get_one(ConsumptionRecordRow, 1).held_fen == 4000
        assert [row.action for row in session.exec(select(AuditRow))] == ["arrears-noted"]
    assert (await browser.post_form("/arrears", {"account": "a-1", "amount": "40.00"})).headers["location"] == "/arrears?known=1"
    await browser.post_form("/arrears", {"account": "a-1", "amount": "0"})
    assert "Nobody owes anything" in (await browser.get("/arrears")).text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"account": "nobody", "amount": "1"}, "No customer has this account."),
        ({"account": "", "amount": "1"}, "Fill this in."),
        ({"account": "a-1", "amount": "1,000"}, "a-1"),
        ({"account": "a-1", "amount": "-1"}, "a-1"),
        ({"account": "a-1", "amount": "1", "as_of": "2026-11-21"}, "This day is still to come."),
        ({"account": "a-1", "amount": "1", "as_of": "yesterday"}, "This is no day."),
    ],
)
async def test_a_wrong_entry_notes_nothing_and_is_kept(visit: Visit, database: Database, form: dict[str, str], sentence: str) -> None:
    browser = await visit("operator")
    answer = await browser.post_form("/arrears", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(f'value="{value}"' in answer.text for value in form.values() if value)
    assert count(database, ArrearsRow) == 0


async def test_a_file_of_arrears_is_noted_whole_or_not_at_all(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    head = "SubAccountId,AsOf,Amount\n"
    status, text = await send(browser, "/arrears/file", head + "a-1,2026-11-19,10\nnobody,2026-11-31,x\na-2,2026-11-25,-4\n")
    assert status == 422
    for words in ("No customer has this account.", "Not a day.", "Not an amount.", "This day is still to come."):
        assert words in text
    assert owed(database) == {}
    assert await send(browser, "/arrears/file", head + "a-1,2026-11-19,10\na-3,2026-11-19,20.5\n") == (303, "/arrears?noted=2&known=0")
    assert owed(database) == {1: 1000, 3: 2050}
    assert await send(browser, "/arrears/file", head + "a-1,2026-11-19,10\na-3,2026-11-20,0\n") == (303, "/arrears?noted=1&known=1")
    assert owed(database) == {1: 1000}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("SubAccountId,Amount\na-1,1\n", "The column AsOf is missing"),
        ("SubAccountId,AsOf,Amount\n", "no rows"),
        ("SubAccountId,AsOf,Amount\na-1,2026-11-19\n", "This row has 2 values"),
        ('SubAccountId,AsOf,Amount\n"a-1,2026-11-19,1\n', "quotation mark"),
    ],
)
async def test_a_file_that_is_none_is_named(visit: Visit, database: Database, text: str, sentence: str) -> None:
    browser = await visit("operator")
    status, page = await send(browser, "/arrears/file", text)
    assert (status, sentence in page) == (422, True)
    assert count(database, ArrearsRow) == 0


async def test_without_a_file_the_page_says_so(visit: Visit) -> None:
    browser = await visit("operator")
    for path in ("/arrears/file", "/top-ups"):
        assert (await browser.post_form(path)).status_code == 422


async def test_top_ups_are_shown_to_their_customer_alone_and_are_no_consumption(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    assert await send(browser, "/top-ups", TOP_UPS) == (303, "/top-ups?added=2&known=0")
    assert await send(browser, "/top-ups", TOP_UPS) == (303, "/top-ups?added=0&known=2")
    everything = (await browser.get("/top-ups")).text
    assert "P-1" in everything
    assert "P-2" in everything
    for login, seen, hidden in (("master", "P-1", "P-2"), ("other", "P-2", "P-1")):
        page = (await (await visit(login)).get("/consumption/top-ups")).text
        assert seen in page
        assert hidden not in page
        assert "Not consumed, never invoiceable" in page
    member = (await (await visit("member")).get("/consumption/top-ups")).text
    assert "P-1" not in member, "of another account of the same enterprise"
    assert "No top-up yet" in member
    assert (count(database, TopUpRow), count(database, BalanceRow), count(database, ConsumptionRecordRow)) == (2, 0, 0)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("P-3,nobody,2026-11-02,1,", "No customer has this account."),
        ("P-3,a-1,2026-11-02,0,", "The amount must be above 0."),
        ("P-3,a-1,2026-11-02,1.001,", "Not an amount."),
        ("P-3,a-1,soon,1,", "Not a day."),
        ("P-3,a-1,2030-01-01,1,", "This day is still to come."),
        (",a-1,2026-11-02,1,", "This value is needed."),
        ("P-1,a-1,2026-11-02,4000,", "known with another account, day or amount"),
        ("P-4,a-1,2026-11-02,1,\nP-4,a-1,2026-11-02,1,", "in the file twice"),
    ],
)
async def test_one_wrong_payment_keeps_the_whole_file_out(visit: Visit, database: Database, row: str, sentence: str) -> None:
    browser = await visit("operator")
    await send(browser, "/top-ups", TOP_UPS)
    status, page = await send(browser, "/top-ups", f"TopUpNumber,SubAccountId,PaidOn,Amount,Method\nP-9,a-1,2026-11-02,1,\n{row}\n")
    assert (status, sentence in page) == (422, True)
    assert count(database, TopUpRow) == 2


async def test_a_long_list_of_top_ups_goes_on(visit: Visit, database: Database) -> None:
    with database.write() as session:
        for number in range(120):
            day = datetime(2026, 10, 1 + number % 20, tzinfo=UTC).date()
            session.add(
                TopUpRow(
                    number=f"N{number:04d}",
                    enterprise_id=1,
                    account_id=1,
                    day=day,
                    amount_fen=100,
                    noted_at=datetime(2026, 11, 1, tzinfo=UTC),
                )
            )
    browser = await visit("master")
    seen: set[str] = set()
    address = "/consumption/top-ups"
    for _ in range(3):
        page = (await browser.get(address)).text
        seen |= set(re.findall(r"N\d{4}", page))
        found = re.search(r'href="(/consumption/top-ups\?after=[^"]+)"', page)
        address = found[1] if found else ""
    assert (len(seen), address) == (120, "")
