"""Kept pieces of pages: never shown once what they were made from has changed, and never to somebody else."""

from datetime import timedelta

import pytest
from markupsafe import Markup
from sqlalchemy import text

from infra.database import Database
from tests.web.conftest import Clock, Visit
from tests.web.rows import add_catalogue, add_record
from web.fragments import Fragments

RESERVED = "Reserved by another application"


def test_the_least_used_goes_first() -> None:
    kept = Fragments(most_characters=100)
    for name in "abc":
        kept.keep(name, Markup("x" * 10))
    assert kept.get("a") == "x" * 10
    for name in "defghijk":
        kept.keep(name, Markup("x" * 10))
    assert kept.get("b") is None
    assert kept.get("a") is not None


def test_a_piece_kept_again_counts_once() -> None:
    kept = Fragments(most_characters=100)
    for _ in range(50):
        kept.keep("same", Markup("x" * 10))
    kept.keep("other", Markup("y" * 10))
    assert kept.get("same") == "x" * 10


def test_what_is_too_large_is_shown_but_not_kept() -> None:
    kept = Fragments(most_characters=100)
    assert kept.keep("large", Markup("x" * 11)) == "x" * 11
    assert kept.get("large") is None


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)
    add_record(database, 4, 50_00, account_id=2)


async def test_a_picker_seen_before_shows_what_was_reserved_meanwhile(visit: Visit, database: Database) -> None:
    master = await visit("master")
    for _ in range(2):  # the second from what was kept
        assert RESERVED not in (await master.get("/consumption")).text
    with database.write() as session:
        session.connection().execute(text("UPDATE consumption_record SET reserved_fen = invoiceable_fen WHERE id = 1"))
    assert RESERVED in (await master.get("/consumption")).text


async def test_a_kept_picker_is_only_for_those_who_may_see_it(visit: Visit) -> None:
    assert "云服务器 1" in (await (await visit("master")).get("/consumption")).text
    members = (await (await visit("member")).get("/consumption")).text
    assert "云服务器 1" not in members
    assert "云服务器 4" in members


async def test_a_kept_picker_is_only_for_its_language(visit: Visit) -> None:
    master = await visit("master")
    assert "Can be invoiced" in (await master.get("/consumption")).text
    master.cookies.set("lang", "zh")
    assert "Can be invoiced" not in (await master.get("/consumption")).text


async def test_a_kept_picker_is_only_for_its_day(visit: Visit, clock: Clock) -> None:
    assert "Older than 6 months" not in (await (await visit("master")).get("/consumption")).text
    clock.moment += timedelta(days=300)
    assert "Older than 6 months" in (await (await visit("master")).get("/consumption")).text


async def test_ticks_are_never_kept(visit: Visit) -> None:
    master = await visit("master")
    assert 'value="1" checked' in (await master.get("/consumption?record=1")).text
    assert 'value="1" checked' not in (await master.get("/consumption")).text
