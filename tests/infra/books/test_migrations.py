"""The migrations make exactly the tables of today, and can be taken back, on both kinds of database."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

import infra.tables  # noqa: F401 (completes the metadata)
from infra.database import Database
from infra.migrations import alembic_config, upgrade


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


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(_url(database))
    assert _differences(database) == []
