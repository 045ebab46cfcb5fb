"""The audit page: filters in the address, pages by keyset, the export, and a chain that was tampered with."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import parse_qs, quote

import pytest
from sqlalchemy import text

from domain.audit import AuditAction, AuditProgress, ChainHead, Marks
from infra.audit import note_deed
from infra.books.audit import SqlAudit
from tests.campaigns.people_and_things import World
from tests.web.conftest import NOW
from tests.web.worlds import world

__all__ = ["world"]


def add(world: World, count: int = 1, **changes: str) -> None:
    with world.database.write() as session:
        for number in range(count):
            at = NOW + timedelta(minutes=number)
            note_deed(
                session,
                8,
                AuditAction(changes.get("action", "clear-title")),
                changes.get("subject", f"title:{number}"),
                at,
                tenant=1,
                reason=changes.get("reason", ""),
            )


async def page(world: World, query: str = "", login: str = "auditor") -> str:
    answer = await world.ask(login, "GET", f"/audit{query}")
    assert answer.status_code == 200
    return answer.text


async def test_it_shows_who_did_what_with_the_reason(world: World) -> None:
    shown = await page(world)
    assert "来电：帮忙取消一份申请" in shown
    assert "Masked value shown" in shown


async def test_each_filter_narrows_and_stands_in_the_address(world: World) -> None:
    for query, there, gone in (
        ("?who=SERVICE", "act-for", "核对开户行"),
        ("?action=reveal", "核对开户行", "来电"),
        ("?subject=title:", "核对开户行", "来电"),
        ("?to=2026-11-19", "No entry fits", "核对开户行"),
        ("?from=2026-11-20&to=2026-11-20", "核对开户行", "No entry fits"),
        ("?who=%25", "No entry fits", "核对开户行"),
    ):
        rows = (await page(world, query)).split("</form>", 4)[-1]
        assert there in rows or there == "act-for", query
        assert gone not in rows, query


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("from=yesterday", "from", "This is no day"),
        ("to=2026-13-01", "to", "This is no day"),
        ("from=2026-02-30&to=2026-03-01", "from", "This is no day"),
        ("from=2026-11-21&to=2026-11-20", "to", "before the first one"),
    ],
)
async def test_a_day_that_is_none_is_told_at_its_field_and_stays_there(world: World, query: str, field: str, said: str) -> None:
    for path in ("/audit", "/audit/export.csv"):
        answer = await world.ask("auditor", "GET", f"{path}?{query}&who=SERVICE")
        assert answer.status_code == 422, path
        typed = parse_qs(query)[field][0]
        assert re.search(rf'id="f-{field}" name="{field}" type="text" value="{typed}"', answer.text)
        assert said in answer.text.split(f'id="f-{field}-error"')[1].split("</p>")[0]
        assert 'value="SERVICE"' in answer.text
        assert "来电" not in answer.text


async def test_other_filters_that_fit_nothing_are_no_error(world: World) -> None:
    for query in ("?after=-1", f"?after={2**70}", "?action=%00", "?subject='--", "?who=" + quote("𠮷")):
        await page(world, query)
    assert (await world.ask("auditor", "GET", "/audit?who=" + "x" * 121)).status_code == 422


async def test_pages_follow_without_a_gap_or_a_repeat(world: World) -> None:
    add(world, 120)
    seen: list[str] = []
    address = "?action=clear-title"
    for _ in range(3):
        shown = await page(world, address)
        seen += [line.split("<")[0] for line in shown.split('<span class="kp-break">')[1:]]
        address = shown.split('rel="next" href="/audit')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in shown else ""
    assert address == ""
    assert seen == [f"title:{number}" for number in reversed(range(120))]


async def test_the_export_has_the_same_filters_and_no_formulas(world: World) -> None:
    add(world, reason="=HYPERLINK(1)", subject="+title:1")
    answer = await world.ask("auditor", "GET", "/audit/export.csv?action=clear-title", language="zh")
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert head[:3] == ["时间", "操作人", "操作"]
    assert row[3] == "'+title:1"
    assert row[5] == "'=HYPERLINK(1)"


def verify(world: World, marks: Marks | None = None) -> None:
    books, progress = SqlAudit(world.database), AuditProgress()
    while not progress.done:
        progress = books.verify(progress, marks or {}, NOW)


def without_guard(world: World, change: str) -> None:
    with world.database.engine.connect() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(change))
        connection.execute(text("COMMIT"))


async def test_the_page_says_what_the_last_verification_found_and_reads_no_chain(world: World) -> None:
    assert "Not verified yet" in await page(world)
    verify(world)
    shown = await page(world)
    assert "Chains are whole" in shown
    with world.database.read() as session:
        entries = session.connection().execute(text("SELECT COUNT(*) FROM audit")).scalar_one()
    assert f"{entries} entries fit their hashes" in shown
    without_guard(world, "UPDATE audit SET reason = 'nothing' WHERE action = 'reveal'")
    assert "Chains are whole" in await page(world)
    verify(world)
    shown = await page(world)
    assert "The record was tampered with" in shown
    assert "北京拾光互动科技有限公司: entries 2 do not fit their hashes" in shown


async def test_an_end_that_was_cut_off_is_said(world: World) -> None:
    marks = {1: ChainHead(1, 2, "x" * 64)}
    without_guard(world, "DELETE FROM audit WHERE tenant = 1 AND position = 2")
    verify(world, marks)
    assert "entries 2 to 2 are cut off" in await page(world)
    assert "第 2 至 2 条被截去" in (await world.ask("auditor", "GET", "/audit", language="zh")).text


async def test_the_button_starts_a_verification_and_the_page_says_that_it_is_under_way(world: World) -> None:
    answer = await world.ask("auditor", "POST", "/audit/verification", {})
    assert answer.status_code == 303
    [(argument, options)] = world.temporal.started
    assert (argument, options["id"]) == (AuditProgress(), "audit-now")
    place = answer.headers["location"].removeprefix("/audit")
    assert "being verified" in await page(world, place)
    verify(world)
    assert "being verified" not in await page(world, place)


async def test_with_temporal_away_the_button_says_so(world: World) -> None:
    world.temporal.down = True
    answer = await world.ask("auditor", "POST", "/audit/verification", {})
    assert answer.status_code == 503
    world.temporal.down = False


async def test_the_supervisor_sees_it_too_and_nobody_else(world: World) -> None:
    await page(world, login="supervisor")
    for login in ("master", "reviewer", "operator", "service", "acting"):
        assert (await world.ask(login, "GET", "/audit")).status_code == 404, login
        assert (await world.ask(login, "GET", "/audit/export.csv")).status_code == 404, login
