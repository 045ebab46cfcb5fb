"""The three ways to choose: by order, by whole monthly statement, by an exact amount; and what arrears take of each (features 8, 10)."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.choosing import RecordQuery, read_query
from domain.errors import Problem
from domain.messages import ApplicationRequest
from infra.books.applications import SqlApplications
from infra.books.arrears import note_arrears
from infra.database import Database
from infra.queries.finding_records import ids_of_queries
from infra.tables import ApplicationItemRow, ConsumptionRecordRow
from tests.factories import Customer, make_request
from tests.web.conftest import Visit
from tests.web.rows import AGREED, NOW, add_application, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal
from web.wanted import read_wanted

NUMBER = "KP-261120-8H3KQ0ZT"
FORM: dict[str, Any] = {"number": NUMBER, "title": "1", "kind": "special", "medium": "electronic", "email": "1", "terms": AGREED}
MONTH = "2026-10..HZ."


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, 100_00, day=date(2026, 9, 10), period="2026-09")
    add_record(database, 2, 100_00)
    add_record(database, 3, 50_00, account_id=2, day=date(2026, 10, 20))
    add_record(database, 4, 218_00, entity="SH", rate_bp=900)
    add_record(database, 5, 70_00, enterprise_id=2, account_id=3)
    add_record(database, 6, 30_00, opened=False, period="2026-11", day=date(2026, 11, 5))


def the(pattern: str, page: str) -> list[str]:
    return re.findall(pattern, page)


async def test_statements_are_listed_with_why_one_cannot_be_ticked(visit: Visit) -> None:
    page = (await (await visit("master")).get("/consumption/statements")).text
    assert the(r'name="all" value="([^"]*)"', page) == ["2026-10..HZ.", "2026-10..SH.", "2026-09..HZ."]
    assert "The statement is made on" in page
    members = (await (await visit("member")).get("/consumption/statements")).text
    assert the(r'name="all" value="([^"]*)"', members) == ["2026-10..HZ."]
    assert "50.00" in members
    assert "150.00" not in members


def row_of(page: str, period: str) -> str:
    """A month's row of the choice, of HZ."""
    return next(row for row in page.split("<tr") if f"period={period}&amp;entity=HZ" in row)


async def test_a_month_past_its_limit_is_not_offered_before_the_night_either(visit: Visit, database: Database) -> None:
    add_record(database, 7, 80_00, day=date(2026, 4, 10), period="2026-04")
    row = row_of((await (await visit("master")).get("/consumption/statements")).text, "2026-04")
    assert 'name="all"' not in row
    assert "What is left is past the 6 months." in row
    assert 'href="/back-invoicing/new?period=2026-04"' in row


async def test_a_refund_billed_later_is_taken_off_its_originals_month(visit: Visit, database: Database) -> None:
    add_record(database, 7, -40_00, original_id=1, period="2026-10")
    browser = await visit("master")
    page = (await browser.get("/consumption/statements")).text
    september, october = row_of(page, "2026-09"), row_of(page, "2026-10")
    assert 'aria-label="Sep 2026 · 青屿云计算（杭州）有限公司 60.00"' in september
    assert "Refunds that another month" in september
    assert "40.00" in september
    assert "150.00" in october
    assert "60.00" in (await browser.get("/consumption/sum?all=2026-09..HZ.")).text
    assert "150.00" in (await browser.get(f"/consumption/sum?all={MONTH}")).text


async def test_each_row_says_what_it_brings_alone_when_arrears_are_taken_off(visit: Visit, database: Database) -> None:
    note_arrears(database, 1, 30_00, date(2026, 11, 20), NOW)
    browser = await visit("master")
    page = (await browser.get("/consumption/statements")).text
    assert "Arrears of 30.00 are taken off once" in page
    for period, brings in (("2026-09", "70.00"), ("2026-10", "120.00")):
        assert 'HZ." ' in row_of(page, period)
        assert brings in row_of(page, period)
        assert brings in (await browser.get(f"/consumption/sum?all={period}..HZ.")).text
    # The books hold the oldest, whatever a row would cover alone.
    assert "Held for arrears 30.00" in row_of(page, "2026-09")
    assert "Held for arrears" not in row_of(page, "2026-10")
    assert "Ticked alone, it covers arrears of 30.00" in row_of(page, "2026-10")
    listed = (await browser.get("/statements")).text
    assert "Arrears of 30.00 are taken off once" in listed


async def test_a_statement_says_that_a_refund_of_its_month_waits(visit: Visit, database: Database) -> None:
    add_record(database, 77, -53_77, opened=False, original_order_number="202609150000000002")
    browser = await visit("master")
    row = row_of((await browser.get("/consumption/statements")).text, "2026-10")
    assert "Refunds waiting for their original" in row
    assert "−53.77" in row
    assert 'href="/balance?bucket=waiting&amp;period=2026-10"' in row
    assert "Refunds waiting for their original" in (await browser.get("/statements")).text


async def test_a_ticked_statement_is_applied_for_whole(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    page = (await browser.get(f"/consumption/statements?all={MONTH}&all=2026-09..HZ.")).text
    assert "3 ticked" in page
    assert "250.00" in page
    form = (await browser.get(f"/apply?all={MONTH}&all=2026-09..HZ.")).text
    assert the(r'<input type="hidden" name="all" value="([^"]*)">', form) == [MONTH, "2026-09..HZ."]
    answer = await browser.post_form("/applications", {**FORM, "all": [MONTH, "2026-09..HZ."], "expected_fen": "25000"})
    assert answer.status_code == 303
    [(asked, _)] = temporal.started
    assert isinstance(asked, ApplicationRequest)
    assert (asked.record_ids, asked.queries) == ((), (RecordQuery("2026-10", None, "HZ"), RecordQuery("2026-09", None, "HZ")))
    assert (asked.expected_fen, asked.limit_fen) == (25_000, 0)


async def test_a_record_and_its_statement_are_one(visit: Visit) -> None:
    page = (await (await visit("master")).get(f"/consumption/sum?record=2&all={MONTH}")).text
    assert "2 ticked" in page
    assert "150.00" in page


async def test_rows_of_a_page_that_a_query_ticks_anyway_are_not_read_one_by_one(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await visit("master")
    monkeypatch.setattr("web.selection.ids_of_queries", None)
    page = (await browser.get(f"/consumption/sum?record=2&record=3&all={MONTH}")).text
    assert "2 ticked" in page
    assert "150.00" in page


async def test_an_amount_is_made_up_exactly(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    page = (await browser.get("/consumption/amount?every=amount&amount=123.45")).text
    assert 'value="123.45"' in page
    assert "At most 468.00" in page
    assert "This becomes 1 invoice" in page
    form = (await browser.get("/apply?every=amount&amount=123.45")).text
    assert '<input type="hidden" name="way" value="amount">' in form
    assert the(r'name="amount"[^>]* value="([^"]*)"', form) == ["123.45"]  # a field of its own, so not hidden a second time
    assert 'name="expected_fen" value="12345"' in form
    answer = await browser.post_form("/applications", {**FORM, "all": ["..."], "amount": "123.45", "expected_fen": "12345"})
    assert answer.status_code == 303
    [(asked, _)] = temporal.started
    assert isinstance(asked, ApplicationRequest)
    assert (asked.limit_fen, asked.queries) == (12_345, (RecordQuery(),))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "Fill in an amount."),
        ("0", "Fill in an amount above 0."),
        ("1,23.50", "Leave out the comma"),
        ("12.345", "At most two decimals"),
        ("１２", "half-width digits"),
        ("-5", "cannot be negative"),
        ("壹佰", "Use digits"),
    ],
)
async def test_an_amount_that_is_none_is_named(visit: Visit, amount: str, said: str) -> None:
    browser = await visit("master")
    page = (await browser.get("/consumption/amount", params={"every": "amount", "amount": amount})).text
    assert said in page
    assert 'data-reason="next-reason"' in page
    form = (await browser.get("/apply", params={"every": "amount", "amount": amount})).text
    assert said in form
    assert ('name="expected_fen" value="0"' in form, 'data-reason="submit-reason"' in form) == (True, True)
    assert 'aria-describedby="f-amount-error"' in form
    answer = await browser.post_form("/applications", {**FORM, "all": ["..."], "way": "amount", "amount": amount, "expected_fen": "0"})
    assert (answer.status_code, said in answer.text) == (422, True)


async def test_an_amount_may_be_grouped_as_we_print_it_and_leads_back(visit: Visit) -> None:
    form = (await (await visit("master")).get("/apply?every=amount&amount=0&entity=HZ&period=2026-10&amount=1")).text
    assert "/consumption/amount?every=amount&amp;amount=1&amp;period=2026-10&amp;entity=HZ" in form
    assert read_wanted((), (), "1,234.50", by_amount=True).limit_fen == 1_234_50


async def test_back_leads_to_the_tab_and_its_filters(visit: Visit) -> None:
    browser = await visit("master")
    form = (await browser.get("/apply?show=all&period=2026-10&entity=HZ&record=2")).text
    assert 'href="/consumption?show=all&amp;period=2026-10&amp;entity=HZ&amp;record=2"' in form
    again = await browser.post_form("/applications", {**FORM, "record": "2", "filters": "show=all&entity=HZ&x=1", "preview": "true"})
    assert 'href="/consumption?show=all&amp;entity=HZ&amp;record=2"' in again.text
    assert f'href="/consumption/statements?all={MONTH}"' in (await browser.get(f"/apply?all={MONTH}")).text


async def test_a_tick_of_a_query_is_locked_until_each_stands_by_itself(visit: Visit) -> None:
    browser = await visit("master")
    page = (await browser.get(f"/consumption?all={MONTH}")).text
    assert page.count("Ticked together with all the others") == len(the(r'type="checkbox" (checked disabled)', page)) == 2
    assert 'name="record" value="2"' not in page
    page = (await browser.get(f"/consumption?all={MONTH}&tick=each")).text
    assert sorted(the(r'name="record" value="(\d+)" checked', page)) == ["2", "3"]
    assert 'name="all"' not in page


async def test_who_has_what_was_chosen_is_said(visit: Visit, database: Database) -> None:
    taken = "KP-261120-00000001"
    add_application(database, taken)
    with database.write() as session:
        session.add(ApplicationItemRow(application_number=taken, record_id=4, amount_fen=218_00))
        session.get_one(ConsumptionRecordRow, 4).reserved_fen = 218_00
    browser = await visit("master")
    for page in (await browser.get("/apply?all=2026-10..SH."), await browser.get("/consumption/sum?all=2026-10..SH.")):
        assert f'href="/applications/{taken}"' in page.text
    books = SqlApplications(database, lambda _text: set())
    request = replace(make_request(Customer(1, 1, 1, 1, 1, 2), number=NUMBER), queries=(RecordQuery("2026-10", None, "SH"),))
    assert books.reserve(request, NOW).problems == (Problem("records", "choice-taken", {"application": taken}),)


@pytest.mark.parametrize(("number", "fits"), [("KP-261119-8H3KQ0ZT", True), ("KP-261118-8H3KQ0ZT", False), ("KP-261121-8H3KQ0ZT", False)])
async def test_a_number_is_of_today_or_yesterday(visit: Visit, number: str, fits: bool) -> None:
    answer = await (await visit("master")).post_form("/applications", {**FORM, "number": number, "record": "2", "expected_fen": "10000"})
    assert (answer.status_code == 303, "not one of our application numbers" in answer.text) == (fits, not fits)
    assert fits or f'value="{number}"' not in answer.text


async def test_an_agreement_number_without_a_template_is_named(visit: Visit) -> None:
    answer = await (await visit("master")).post_form("/applications", {**FORM, "record": "2", "expected_fen": "10000", "agreement": "YB-1"})
    assert (answer.status_code, "An agreement number needs its template" in answer.text) == (422, True)


async def test_more_than_there_is_is_refused_with_the_most(visit: Visit, temporal: RecordingTemporal) -> None:
    answer = await (await visit("master")).post_form("/applications", {**FORM, "all": ["..."], "amount": "468.01"})
    assert answer.status_code == 422
    assert "468.01 is more than what is ticked can bring (468.00)" in answer.text
    assert temporal.started == []


@pytest.mark.parametrize(("filters", "most"), [("", "468.00"), ("&period=2026-10&entity=HZ", "150.00"), ("&entity=SH", "218.00")])
async def test_more_than_there_is_under_the_filters_is_said_before_the_form(visit: Visit, filters: str, most: str) -> None:
    browser = await visit("master")
    page = (await browser.get(f"/consumption/amount?every=amount&amount=468.01{filters}")).text
    said = f"468.01 is more than the {most} that one application can have under these filters."
    assert page.count(said) == 3  # above the form, at the field, and where the way on is
    assert 'aria-describedby="f-amount-error"' in page
    part = (await browser.get(f"/consumption/sum?every=amount&amount=468.01{filters}")).text
    assert said in part.split('id="f-amount-hint"')[1]
    for text in (page, part):
        assert 'data-reason="next-reason"' in text
        assert "btn-primary btn-large" not in text
    for amount in (most, ""):
        part = (await browser.get(f"/consumption/sum?every=amount&amount={amount}{filters}")).text
        assert ("btn-primary btn-large" in part) is bool(amount)
        assert not amount or f"At most {most}, with tax." in part
        assert f"At most {most}, with tax." in (await browser.get(f"/consumption/amount?every=amount&amount=1{filters}")).text


async def test_where_nothing_is_under_the_filters_no_tick_is_asked_for(visit: Visit) -> None:
    browser = await visit("master")
    for amount, said in (("5", "Nothing under these filters can be invoiced now."), ("", "Fill in an amount.")):
        page = (await browser.get(f"/consumption/amount?every=amount&amount={amount}&period=2026-07")).text
        assert said in page
        assert "Tick at least one" not in page
    first = (await browser.get("/consumption/amount")).text
    assert ("Fill in an amount." in first, "Tick at least one" in first, "At most 468.00" in first) == (True, False, True)


async def test_an_amount_counts_what_the_application_would_have(visit: Visit, database: Database) -> None:
    add_record(database, 7, -18_00, original_id=4, entity="SH", rate_bp=900)
    browser = await visit("master")
    little = (await browser.get("/consumption/sum?every=amount&amount=0.01")).text
    assert "<span>1 record</span>" in little
    assert "negative record" not in little
    assert "1 invoice, records: 1" in (await browser.get("/apply?every=amount&amount=0.01")).text
    most = (await browser.get("/consumption/sum?every=amount&amount=449.99")).text
    assert "<span>4 records</span>" in most
    assert "1 negative record comes along." in most
    beside = (await browser.get("/consumption/sum?record=1&record=4&amount=100")).text
    assert "negative record" not in beside


async def test_an_amount_that_cannot_be_read_is_not_compared_with_the_one_shown(visit: Visit) -> None:
    browser = await visit("master")
    for chosen in ({"all": ["..."], "way": "amount"}, {"record": ["2"]}):
        answer = await browser.post_form(
            "/applications", {**FORM, **chosen, "amount": "5,0", "expected_fen": "500", "expected_plan": "0" * 16}
        )
        assert answer.status_code == 422
        assert "Leave out the comma" in answer.text
        for wrong in ("when the form was opened", "others than the form showed"):
            assert wrong not in answer.text


async def test_all_of_a_month_and_entity_by_order_is_no_statement(
    visit: Visit, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await visit("master")
    monkeypatch.setattr("web.consumption.MOST_TICKED", 2)
    page = (await browser.get("/consumption?show=can&period=2026-10&entity=HZ&tick=all&view=consolidated")).text
    chosen = "2026-10..HZ..can"
    assert f'<input type="hidden" name="all" value="{chosen}">' in page
    assert 'name="split"' in page
    assert page.count("Ticked together with all the others") == 2
    form = (await browser.get(f"/apply?all={chosen}")).text
    assert "A monthly statement is invoiced whole." not in form
    assert "One application covers one account" in form
    assert f'href="/consumption?show=can&amp;all={chosen}"' in form
    parts = (await browser.get(f"/consumption/sum?all={chosen}&view=independent")).text
    assert ('href="/apply?all=2026-10.1.HZ..can"' in parts, 'href="/apply?all=2026-10.2.HZ..can"' in parts) == (True, True)
    books = SqlApplications(database, lambda _text: set())
    queries = (RecordQuery("2026-10", None, "HZ", "", None, "can"),)
    request = replace(make_request(Customer(1, 1, 1, 1, 1, 2), number=NUMBER), record_ids=(), queries=queries)
    assert [each.code for each in books.reserve(request, NOW).problems] == ["accounts-apart"]


async def test_all_of_a_part_is_ticked_whole_when_it_is_much(visit: Visit, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for identity in (11, 12, 13):
        add_record(database, identity, 10_00, gross_fen=12_00, excluded_fen=2_00, voucher_fen=2_00)
    browser = await visit("master")
    monkeypatch.setattr("web.consumption.MOST_TICKED", 2)
    monkeypatch.setattr("infra.queries.finding_records.MOST_TICKED", 2)
    page = (await browser.get("/consumption?show=excluded&tick=all")).text
    assert '<input type="hidden" name="all" value="....excluded">' in page
    assert "3 records are ticked, also on other pages" in page
    assert page.count("Ticked together with all the others") == 3
    assert "30.00" in page
    others = (await browser.get("/consumption?show=can&all=....excluded")).text
    assert others.count("Ticked together with all the others") == 3
    few = (await browser.get("/consumption?show=excluded&tick=all&record=1&record=2&period=2026-07")).text
    assert 'name="all"' not in few


async def test_the_number_of_a_bound_refund_finds_its_original(visit: Visit, database: Database) -> None:
    order, refund = "202610150000183742", "202610200000183743"
    add_record(database, 11, 90_00, account_id=2, order_number=order)
    add_record(database, 12, -20_00, account_id=1, original_id=11, order_number=refund, day=date(2026, 10, 20))
    for login, there in (("master", True), ("member", True), ("other", False)):
        browser = await visit(login)
        for number in (order, refund):
            page = (await browser.get(f"/consumption?order={number}")).text
            assert ('name="record" value="11"' in page, "No record fits" in page) == (there, not there)
    browser = await visit("master")
    page = (await browser.get(f"/consumption?all=...{refund}.can")).text
    assert page.count("Ticked together with all the others") == 1
    assert "70.00" in (await browser.get(f"/consumption/sum?all=...{refund}")).text


async def test_what_is_ticked_covers_arrears_first_and_shows_it(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    note_arrears(database, 1, 120_00, date(2026, 11, 19), NOW)
    browser = await visit("master")
    home = (await browser.get("/")).text
    assert "Held for arrears" in home
    assert ">348<" in home
    page = (await browser.get("/consumption/sum?record=1&record=2&record=4")).text
    assert "Covers arrears" in page
    assert "298.00" in page
    page = (await browser.get("/consumption/sum?record=2")).text
    assert "Tick 20.00 more, or pay the arrears" in page
    answer = await browser.post_form("/applications", {**FORM, "record": ["2"]})
    assert "What is ticked (100.00) does not cover the arrears (120.00)" in answer.text
    assert temporal.started == []


async def test_all_under_the_filters_is_ticked_as_a_query_when_it_is_much(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await visit("master")
    few = (await browser.get("/consumption?tick=all&entity=HZ")).text
    assert 'name="all"' not in few
    monkeypatch.setattr("web.consumption.MOST_TICKED", 2)
    page = (await browser.get("/consumption?tick=all&entity=HZ&show=can")).text
    assert '<input type="hidden" name="all" value="..HZ..can">' in page
    assert "3 records are ticked, also on other pages" in page
    assert "250.00" in page
    none = (await browser.get("/consumption?tick=none&entity=HZ&show=can&all=..HZ.")).text
    assert 'name="all"' not in none


@pytest.mark.parametrize(("asked", "count", "amount"), [("all=...", "2 ticked", "200.00"), ("all=...&record=4", "3 ticked", "418.00")])
async def test_of_more_than_one_application_takes_the_oldest_are_in_it_and_it_is_said(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, asked: str, count: str, amount: str
) -> None:
    browser = await visit("master")
    assert "There are more than" not in (await browser.get(f"/consumption/sum?{asked}")).text
    monkeypatch.setattr("web.selection.MOST_CHOSEN", 2)
    for path in ("/consumption/sum", "/apply"):
        page = (await browser.get(f"{path}?{asked}")).text
        assert "There are more than 2 records under these filters. One application takes 2: the oldest are in it." in page
        assert count in page
        assert amount in page


async def test_more_records_than_one_application_takes_are_refused(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await visit("master")
    monkeypatch.setattr("web.selection.MOST_CHOSEN", 2)
    answer = await browser.post_form("/applications", {**FORM, "all": ["..."], "record": "4"})
    assert "At most 2 records fit into one application" in answer.text
    monkeypatch.setattr("web.selection.MOST_TICKED", 2)
    for path in ("/consumption/sum", "/consumption"):
        page = (await browser.get(f"{path}?record=1&record=2&record=4")).text
        assert "At most 2 records fit into one application" in page
        assert "btn-primary btn-large" not in page
    parts = (await browser.get("/consumption/sum?record=1&record=2&record=3&record=4&view=independent")).text
    assert ("At most 2 records" in parts, 'href="/apply?record=3"' in parts, 'href="/apply?record=1' in parts) == (True, True, False)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-10", "2026-10...HZ", "2026-10.12.HZ.1", "2026-1.1.HZ.", "....", "2026-10..H Z.", "2026-10..HZ..all"]
)
async def test_a_choice_that_cannot_be_read_is_said(visit: Visit, text: str) -> None:
    assert read_query(text) is None
    answer = await (await visit("master")).post_form("/applications", {**FORM, "all": [text]})
    assert answer.status_code == 422
    assert "What was ticked cannot be read" in answer.text


async def test_a_query_of_others_finds_nothing_of_theirs(visit: Visit) -> None:
    page = (await (await visit("master")).get("/consumption/sum?all=2026-10.3..")).text
    assert "0 ticked" in page
    page = (await (await visit("member")).get("/consumption/sum?all=...")).text
    assert "1 ticked" in page


def test_what_is_said_once_can_be_said_again() -> None:
    wanted = read_wanted([3, 3, 1], ["2026-10.12.HZ.202610150000183742", "...", "2026-10..HZ..can", "2026-10....600.held"], " 12.50 ")
    assert wanted.queries[2:] == (RecordQuery("2026-10", None, "HZ", "", None, "can"), RecordQuery("2026-10", None, "", "", 600, "held"))
    again: dict[str, list[str]] = {"record": [], "all": [], "amount": []}
    for name, value in wanted.fields:
        again[name].append(value)
    assert read_wanted([int(each) for each in again["record"]], again["all"], again["amount"][0]) == wanted
    assert wanted.limit_fen == 1250


def test_a_query_reads_what_can_be_ticked_oldest_first(database: Database) -> None:
    from infra.queries.scope import Scope

    with database.read() as session:
        ids = ids_of_queries(session, Scope(1), [RecordQuery(entity="HZ"), RecordQuery()], date(2026, 11, 20))
    assert ids == [1, 2, 4, 3]
