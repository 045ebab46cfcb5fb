"""The growth campaign finds what it is there for: tables read whole, routes that nobody asked for, pages that get slower."""

from pathlib import Path

import pytest
from sqlalchemy import text

from infra.database import Database
from tests.campaigns.authz_table import TABLE
from tests.campaigns.growth import comparable, exponent
from tests.campaigns.growth_routes import Watch, visit_routes
from tests.campaigns.people_and_things import fill_people
from tests.postgres import postgres_server

pytestmark = pytest.mark.serial


@pytest.fixture
def large() -> Database:
    """A database with people, and a table of more rows than may be read whole."""
    made = postgres_server().new_database()
    fill_people(made)
    with made.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT setval(quote_ident(sequencename)::regclass, 1000) FROM pg_sequences WHERE schemaname = 'public'"))
        connection.execute(
            text(
                "INSERT INTO working_day (day, worked, note, of_notice, set_at) "
                "SELECT DATE '1990-01-01' + n, true, '', false, now() FROM generate_series(1, 10500) n"
            )
        )
        connection.execute(text("VACUUM ANALYZE"))
    return made


async def test_a_table_that_is_read_whole_is_found_and_a_look_up_is_not(large: Database) -> None:
    watch = Watch(large)

    def asking(statement: str) -> object:
        async def ask() -> None:
            with large.read() as session:
                session.connection().execute(text(statement)).all()

        return ask

    assert await watch.read_whole("it", asking("SELECT sum(length(note)) FROM working_day")) == ["it reads working_day whole"]  # type: ignore[arg-type]
    assert await watch.read_whole("it", asking("SELECT note FROM working_day WHERE day = '1995-01-01'")) == []  # type: ignore[arg-type]


async def test_a_route_without_a_line_is_reported(large: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tuple(line for line in TABLE if line.path in {"/help", "/titles"})
    monkeypatch.setattr("tests.campaigns.growth_routes.TABLE", few)
    visited = await visit_routes(large, tmp_path, {}, Watch(large), "2026-10")
    assert "nobody opened /help" not in visited.missed
    assert {"nobody opened /titles", "nobody opened /consumption"} <= set(visited.missed)
    assert visited.addresses == 1


def test_the_exponent_is_0_for_what_is_flat_and_1_for_what_grows_along() -> None:
    assert exponent({1_000: 0.05, 10_000: 0.05, 100_000: 0.05}) == pytest.approx(0)
    assert exponent({1_000: 0.01, 10_000: 0.1, 100_000: 1.0}) == pytest.approx(1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({1_000: 3, 10_000: 25, 100_000: 51, 1_000_000: 52}, [100_000, 1_000_000]),
        ({1_000: 4, 10_000: 7}, [1_000, 10_000]),
        ({1_000: 0, 10_000: 0}, [1_000, 10_000]),
        ({1_000: 3, 10_000: 51}, [1_000, 10_000]),
    ],
)
def test_pages_are_compared_when_they_are_as_full(rows: dict[int, int], expected: list[int]) -> None:
    assert comparable(rows) == expected
