"""Batches by Excel on the web: the dry run names cells and changes nothing, submitting begins one life, other people's are not there."""

import re
from typing import Any

import pytest
from sqlmodel import func, select

from domain.batches import BatchKind, BatchRequest, batch_id
from domain.numbers import is_application_number
from infra.batch_workbook import mending_file, read_filled, template
from infra.books.batches import SqlBatches, read_plan
from infra.database import Database
from infra.tables import ApplicationRow, BatchEntryRow, BatchRow, TitleRow
from tests.sheets import application, sheet
from tests.web.conftest import NOW, Browser, Visit
from tests.web.rows import AGREED, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal

FIRST, SECOND, THIRD = "202610150000183742", "202610150000183743", "202610150000183744"


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    for identity, order in enumerate((FIRST, SECOND, THIRD), start=101):
        add_record(database, identity, order_number=order)


async def send(browser: Browser, content: bytes, path: str = "/apply/excel", name: str = "batch.xlsx") -> str:
    answer = await browser.post_form(path, files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def entries(database: Database) -> list[BatchEntryRow]:
    with database.read() as session:
        return list(session.exec(select(BatchEntryRow).order_by(BatchEntryRow.line)))  # type: ignore[arg-type]


def said(row: BatchEntryRow) -> list[tuple[str, str]]:
    import json

    return [(each["params"]["at"], each["code"]) for each in json.loads(row.problems)]


async def test_the_dry_run_says_what_would_become_of_each_row_and_changes_nothing(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    good = application("A-1", orders=f"{FIRST} {SECOND}", remarks="三季度")
    address = await send(browser, sheet([good, application("A-2", month="2026-13", entity="HZ")]))
    page = (await browser.get(address)).text
    for words in ("nothing is submitted yet", "A-1", "212.00", "C3", "Write the month as 2026-10.", "Submit the 1 good row", "三季度"):
        assert words in page, words
    first, second = entries(database)
    assert (first.state, first.amount_fen, first.invoices, second.state) == ("good", 212_00, 1, "wrong")
    assert is_application_number(first.number)
    assert read_plan(first.plan).record_ids == (101, 102)
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(ApplicationRow)).one() == 0


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, ("B2", "batch-what-needed")),
        ({"orders": FIRST, "month": "2026-10", "entity": "HZ"}, ("C2", "batch-what-both")),
        ({"orders": "20261015"}, ("B2", "batch-orders")),
        ({"orders": "999999999999999999"}, ("B2", "batch-order-unknown")),
        ({"orders": 202610150000183742}, ("B2", "cell-number-as-text")),
        ({"month": "October", "entity": "HZ"}, ("C2", "batch-month")),
        ({"month": "2026-10"}, ("D2", "batch-entity-needed")),
        ({"month": "2026-10", "entity": "nobody"}, ("D2", "batch-entity-unknown")),
        ({"amount": "10.005"}, ("E2", "amount-decimals")),
        ({"amount": 10.005}, ("E2", "amount-decimals")),
        ({"amount": "0"}, ("E2", "amount-zero")),
        ({"amount": "1,000.00"}, ("E2", "amount-comma")),
        ({"amount": "99999.00"}, ("E2", "batch-amount-above")),
        ({"orders": FIRST, "kind": "蓝票"}, ("F2", "batch-kind")),
        ({"orders": FIRST, "kind": ""}, ("F2", "value-missing")),
        ({"orders": FIRST, "medium": "radio"}, ("G2", "batch-medium")),
        ({"orders": FIRST, "title": "别人的公司"}, ("H2", "batch-title-unknown")),
        ({"orders": FIRST, "receiver": "not an address"}, ("I2", "email-at")),
        ({"orders": FIRST, "medium": "纸质", "receiver": "nobody"}, ("I2", "batch-receiver-unknown")),
        ({"orders": FIRST, "expedite": "maybe"}, ("J2", "batch-expedite")),
        ({"orders": FIRST, "remarks": "长" * 501}, ("K2", "batch-remarks-long")),
        ({"orders": FIRST, "reference": ""}, ("A2", "value-missing")),
        ({"orders": FIRST, "reference": "x" * 61}, ("A2", "batch-reference-long")),
        ({"orders": f"={FIRST}"}, ("B2", "cell-formula")),
        ({"orders": FIRST, "title": "x" * 2001}, ("H2", "cell-long")),
    ],
)
async def test_what_is_wrong_with_a_row_is_named_by_its_cell(
    visit: Visit, database: Database, cells: dict[str, Any], expected: tuple[str, str]
) -> None:
    browser = await visit("master")
    address = await send(browser, sheet([{**application("A-1"), **cells}]))
    [row] = entries(database)
    assert row.state == "wrong"
    assert expected in said(row), said(row)
    page = (await browser.get(address)).text
    assert expected[0] in page
    assert "No row can be submitted" in page
    assert "Not accepted (" not in page
    assert "/submit" not in page


async def test_two_rows_that_want_the_same_record_are_found(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    wanted = [application("A-1", orders=FIRST), application("A-2", orders=f"{SECOND} {FIRST}"), application("A-1", orders=THIRD)]
    await send(browser, sheet(wanted))
    first, second, third = entries(database)
    assert first.state == "good"
    assert said(second) == [("B3", "batch-wants-same")]
    assert said(third) == [("A4", "batch-reference-twice")]


async def test_rows_by_amount_share_what_the_named_ones_leave(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    wanted = [application("A-1", amount=150), application("A-2", orders=THIRD), application("A-3", amount="62.00")]
    await send(browser, sheet([*wanted, application("A-4", amount="0.01")]))
    first, named, rest, more = entries(database)
    assert [each.state for each in (first, named, rest, more)] == ["good", "good", "good", "wrong"]
    assert (first.amount_fen, rest.amount_fen) == (150_00, 62_00)
    assert read_plan(first.plan).by_amount
    assert not read_plan(named.plan).by_amount
    assert said(more)[0][0] == "E5"


async def test_a_part_of_a_statement_leaves_its_rest_for_rows_by_amount(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    wanted = [application("A-1", month="2026-10", entity="HZ", amount="5.00"), application("A-2", amount="312.99")]
    await send(browser, sheet([*wanted, application("A-3", amount="0.01"), application("A-4", amount="0.01")]))
    rows = entries(database)
    assert [each.state for each in rows] == ["good", "good", "good", "wrong"]
    assert [each.amount_fen for each in rows[:3]] == [5_00, 312_99, 1]
    assert said(rows[3]) == [("E5", "batch-nothing-there")]
    page = (await browser.get(f"/apply/excel/{rows[0].batch_id}")).text
    assert "icked" not in page


async def test_the_number_of_a_bound_refund_names_its_original(visit: Visit, database: Database) -> None:
    refund = "202610200000183743"
    add_record(database, 111, -6_00, original_id=101, account_id=2, order_number=refund)
    await send(await visit("master"), sheet([application("A-1", orders=f"{refund} {FIRST}"), application("A-2", orders=refund)]))
    first, second = entries(database)
    assert (first.state, first.amount_fen, read_plan(first.plan).record_ids) == ("good", 100_00, (101,))
    assert said(second) == [("B3", "batch-wants-same")]


async def test_the_same_sheet_again_is_the_same_batch_with_the_same_numbers(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    content = sheet([application("A-1", orders=FIRST, title="新抬头"), application("A-2", orders=SECOND)])
    address = await send(browser, content)
    before = entries(database)
    with database.write() as session:
        session.add(TitleRow(enterprise_id=1, name="新抬头", created_at=NOW))
    assert await send(browser, content) == address
    after = entries(database)
    assert [each.number for each in before] == [each.number for each in after]
    assert [each.state for each in before] == ["wrong", "good"]
    assert [each.state for each in after] == ["good", "good"]


async def test_submitting_twice_begins_one_life(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    address = await send(browser, sheet([application("A-1", orders=FIRST)]))
    refused = await browser.post_form(f"{address}/submit")
    assert refused.status_code == 422
    assert "Tick that you agree" in refused.text
    for _ in range(2):
        assert (await browser.post_form(f"{address}/submit", data={"terms": AGREED})).status_code == 303
    [(asked, options)] = temporal.started
    assert isinstance(asked, BatchRequest)
    assert options["id"] == f"batch:{asked.batch_id}"
    assert asked.terms_version
    assert asked.privacy_version
    SqlBatches(database).begin(asked, NOW)
    temporal.ended.add(options["id"])
    again = await browser.post_form(f"{address}/submit", data={"terms": AGREED})
    assert again.headers["location"].endswith("?again=1")
    assert "Waiting" in (await browser.get(address)).text
    part = (await browser.get(f"{address}/live")).text
    digest = re.search(r"live\?v=(\w+)", part)
    assert digest
    assert (await browser.get(f"{address}/live?v={digest[1]}")).status_code == 204


async def test_when_temporal_is_down_nothing_is_lost_and_the_repeat_is_offered(
    visit: Visit, database: Database, temporal: RecordingTemporal
) -> None:
    browser = await visit("master")
    address = await send(browser, sheet([application("A-1", orders=FIRST)]))
    temporal.down = True
    assert (await browser.post_form(f"{address}/submit", data={"terms": AGREED})).status_code == 503
    assert entries(database)[0].state == "good"


async def test_a_reference_of_an_application_cannot_be_used_again(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    await send(browser, sheet([application("A-1", orders=FIRST)]))
    with database.write() as session:
        row = session.exec(select(BatchEntryRow)).one()
        row.state = "started"
        session.get_one(BatchRow, row.batch_id).state = "done"
        session.add(row)
    await send(browser, sheet([application("A-1", orders=SECOND)]))
    assert said(entries(database)[-1]) == [("A2", "batch-reference-used")]


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "The file is empty."),
        (b"P", 422, "This is not an Excel workbook"),
        (b"%PDF-1.7", 422, "This is not an Excel workbook"),
        (b"PK\x03\x04 and nothing else", 422, "cannot be read"),
        (b"PK\x03\x04" + b"0" * 1024 * 1024, 413, "larger than 1 MB"),
        (sheet([]), 422, "no row to check"),
        (sheet([application("EXAMPLE 1", orders=FIRST)]), 422, "no row to check"),
        (sheet([application("A-1")], heads=["自有编号", "订单号"]), 422, "is missing"),
        (sheet([application("A-1")], merge="B3:C3"), 422, "merged at B3"),
        (sheet([{"name": "甲公司"}], BatchKind.TITLES), 422, "template of the other kind"),
        (sheet([application(f"A-{number}", orders=FIRST) for number in range(501)]), 422, "more than 500 rows"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept(
    visit: Visit, database: Database, content: bytes, status: int, words: str
) -> None:
    answer = await (await visit("master")).post_form("/apply/excel", files={"file": ("batch.xlsx", content)})
    assert (answer.status_code, words in answer.text) == (status, True), answer.text[-3000:]
    assert entries(database) == []


async def test_no_file_is_asked_for(visit: Visit) -> None:
    answer = await (await visit("master")).post_form("/apply/excel", files={"other": ("a", b"")})
    assert answer.status_code == 422


async def test_a_batch_is_its_enterprises_alone(visit: Visit, database: Database) -> None:
    content = sheet([application("A-1", orders=FIRST)])
    address = await send(await visit("master"), content)
    for login in ("other", "member", "reviewer", "operator"):
        browser = await visit(login)
        for path in (address, f"{address}/live", f"{address}/problems.xlsx"):
            assert (await browser.get(path)).status_code == 404, (login, path)
        assert (await browser.post_form(f"{address}/submit", data={"terms": AGREED})).status_code == 404
    assert batch_id(BatchKind.APPLICATIONS, 1, 1, content) != batch_id(BatchKind.APPLICATIONS, 2, 3, content)
    await send(await visit("other"), content)
    assert said(entries(database)[-1] if entries(database)[-1].enterprise_id == 2 else entries(database)[0])


async def test_the_sheet_with_its_problems_comes_back_and_can_be_uploaded_again(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    address = await send(browser, sheet([application("A-1", orders=FIRST, remarks="@SUM(1)"), application("A-2", month="13", entity="HZ")]))
    answer = await browser.get(f"{address}/problems.xlsx")
    assert answer.headers["content-type"].endswith("sheet")
    filled = read_filled(answer.content, BatchKind.APPLICATIONS)
    assert [row.cells["reference"] for row in filled.rows] == ["A-1", "A-2"]
    assert filled.rows[0].cells["remarks"] == "@SUM(1)"
    assert "C3: Write the month as 2026-10." in _last_column(answer.content)
    await send(browser, answer.content)


def _last_column(content: bytes) -> str:
    from infra.sheets import read_sheet

    return str(read_sheet(content, 10**7, 100).rows[2][-1])


def test_no_cell_of_our_files_can_be_taken_for_a_formula() -> None:
    from infra.sheets import read_sheet

    for sign in "=+-@\t＝":
        content = mending_file(BatchKind.TITLES, [{"name": f"{sign}cmd|'/c calc'!A0"}], [f"{sign}x"], {"title": [f"{sign}t"]})
        found = read_sheet(content, 10**7, 100)
        assert found.formulas == frozenset()
        assert str(found.rows[1][0]).startswith("'")
    assert read_sheet(template(BatchKind.APPLICATIONS, {"title": ["=1"]}), 10**7, 600).formulas == frozenset()


async def test_titles_come_the_same_way(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    assert (await browser.get("/titles/excel/template.xlsx")).status_code == 200
    wanted: list[dict[str, Any]] = [
        {"name": "北京拾光互动科技有限公司", "tax_id": "91110105MA7K3R2P5R"},
        {"name": "上海甲公司", "bank_account": 6222021234567890},
        {"name": "上海乙公司", "phone": "010-85620000"},
        {"name": "上海乙公司"},
        {"name": "", "tax_id": "91110105MA7K3R2P5X"},
    ]
    address = await send(browser, sheet(wanted, BatchKind.TITLES), "/titles/excel")
    twice, number, pending, same, nameless = entries(database)
    assert said(twice) == [("A2", "title-twice")]
    assert ("F3", "cell-number-as-text") in said(number)
    assert pending.state == "good"
    assert said(same) == [("A5", "batch-title-same")]
    assert nameless.state == "wrong"
    page = (await browser.get(address)).text
    assert "customer service checks it first" in page
    assert (await browser.post_form(f"{address}/submit")).status_code == 303
    assert temporal.started[0][1]["id"].startswith("batch:")
