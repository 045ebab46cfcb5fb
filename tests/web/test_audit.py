"""The audit page: filters in the address, pages by keyset, the export, and a chain that was tampered with."""

import csv
import io
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import text

from infra.audit import note_deed
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
                changes.get("action", "clear-title"),
                changes.get("subject", f"title:{number}"),
                at,
                tenant=1,
                reason=changes.get("reason", ""),
            )


async def page(world: World, query: str = "", login: str = "auditor") -> str:
    answer = await world.ask(login, "GET", f"/audit{query}")
    assert answer.status_code == 200
    return answer.text


async def test_it_shows_who_did_what_with_the_reason_and_that_the_chains_are_whole(world: World) -> None:
    shown = await page(world)
    assert "来电：帮忙取消一份申请" in shown
    assert "Masked value shown" in shown
    assert "Chains are whole" in shown


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


async def test_malformed_filters_are_no_error(world: World) -> None:
    for query in (
        "?from=yesterday",
        "?to=2026-13-01",
        "?after=-1",
        f"?after={2**70}",
        "?action=%00",
        "?subject='--",
        "?who=" + quote("𠮷"),
    ):
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


async def test_a_changed_entry_is_said(world: World) -> None:
    with world.database.engine.connect() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit SET reason = 'nothing' WHERE action = 'reveal'"))
        connection.execute(text("COMMIT"))
    shown = await page(world)
    assert "The record was tampered with" in shown
    assert "北京拾光互动科技有限公司" in shown


async def test_the_supervisor_sees_it_too_and_nobody_else(world: World) -> None:
    await page(world, login="supervisor")
    for login in ("master", "reviewer", "operator", "service", "acting"):
        assert (await world.ask(login, "GET", "/audit")).status_code == 404, login
        assert (await world.ask(login, "GET", "/audit/export.csv")).status_code == 404, login
