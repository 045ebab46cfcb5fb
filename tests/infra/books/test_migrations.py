"""The migrations make exactly the tables of today, and can be taken back, on both kinds of database."""

from datetime import date

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import infra.tables  # noqa: F401 (completes the metadata)
from domain.ledger import Bucket
from infra.books.opening import open_periods
from infra.database import Database
from infra.migrations import alembic_config, upgrade
from tests.infra.books.conftest import Books


def _differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata))


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_the_migrations_make_the_tables_of_today(database: Database) -> None:
    assert _differences(database) == []
    with database.engine.connect() as connection:
        assert set(SQLModel.metadata.tables) < set(inspect(connection).get_table_names())


def test_a_column_that_a_migration_forgot_is_seen(database: Database) -> None:
    """The control: the comparison would notice."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE parcel DROP COLUMN carriage_fen")
    assert len(_differences(database)) == 1


def test_the_migrations_can_be_taken_back_and_done_again(database: Database) -> None:
    command.downgrade(alembic_config(_url(database)), "base")
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    upgrade(_url(database))
    assert _differences(database) == []


def test_months_are_open_as_they_were_when_records_said_it(books: Books) -> None:
    """Taken back, each record says whether it is open; done again, what was waiting for the next run opens, and no fen moves besides."""
    october, september = date(2026, 10, 12), date(2026, 9, 12)
    original = books.record(100_00, opened=False, day=october)
    bound = books.record(-30_00, opened=False, day=date(2026, 11, 9), original_id=original)
    books.record(-5_00, opened=False, day=october)
    september_record = books.record(70_00, opened=False, day=september)
    closed = books.record(50_00, opened=False, day=date(2026, 11, 9))
    books.record(9_00, opened=False, day=october, seller="Seller")
    assert open_periods(books.database, date(2026, 11, 3), 10) == 2
    books.reserved(september_record)
    before = _balances(books.database)
    url = _url(books.database)
    command.downgrade(alembic_config(url), "20261121_10")
    with books.database.engine.begin() as connection:
        rows = connection.execute(text("SELECT id FROM consumption_record WHERE opened ORDER BY id")).scalars().all()
        assert list(rows) == [original, bound, september_record]
        unnamed = text("SELECT COUNT(*) FROM ledger_entry WHERE record_id IS NULL")
        assert connection.execute(unnamed).scalar_one() == 0
        entries = "SELECT SUM(amount_fen) FROM ledger_entry WHERE record_id = {} AND bucket = '{}'"
        assert connection.execute(text(entries.format(bound, "available"))).scalar_one() == -30_00
        # As a late import left it: its statement is out, and the next run would have opened it.
        connection.execute(text(f"UPDATE consumption_record SET opened = FALSE WHERE id IN ({original}, {bound})"))
        for bucket, sign in (("available", -1), ("not-open", 1)):
            connection.execute(text(BACK.format(bucket=bucket, sign=sign, original=original, bound=bound)))
    upgrade(url)
    assert _differences(books.database) == []
    assert {key: fen for key, fen in _balances(books.database).items() if fen} == {key: fen for key, fen in before.items() if fen}
    assert books.held(closed) == {Bucket.NOT_OPEN: 50_00}
    assert books.violations() == {}


BACK = """INSERT INTO ledger_entry (cause, enterprise_id, entity, rate_bp, bucket, amount_fen, record_id)
SELECT (SELECT MIN(cause) FROM ledger_transaction), enterprise_id, entity, rate_bp, '{bucket}', {sign} * invoiceable_fen, id
FROM consumption_record WHERE id IN ({original}, {bound})"""


def _balances(database: Database) -> dict[tuple[object, ...], int]:
    columns = "enterprise_id, account_id, period, entity, rate_bp, bucket"
    with database.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns}, amount_fen FROM balance"))
        return {tuple(row[:-1]): row[-1] for row in rows}


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(_url(database))
    assert _differences(database) == []
