"""Every row of a database as plain values, to say that something changed nothing."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, SQLModel

import infra.tables  # noqa: F401 (completes the metadata)
from infra.database import Database

Rows = dict[str, list[tuple[object, ...]]]


def dump(database: Database, *, without: Collection[str] = ()) -> Rows:
    """All rows by table, in a fixed order; the tables named in `without` are left out."""
    with database.read() as session:
        return {table: _rows(session, table) for table in sorted(SQLModel.metadata.tables) if table not in without}


def _rows(session: Session, name: str) -> list[tuple[object, ...]]:
    table = SQLModel.metadata.tables[name]
    return sorted((tuple(row) for row in session.connection().execute(select(table))), key=repr)


def changed(before: Rows, after: Rows) -> dict[str, list[tuple[object, ...]]]:
    """The rows that are not the same in both, by table; empty when nothing changed."""
    tables = before.keys() | after.keys()
    found = {table: [*set(before.get(table, [])).symmetric_difference(after.get(table, []))] for table in sorted(tables)}
    return {table: rows for table, rows in found.items() if rows}


def dump_of(database: Database, number: str, *, without: Collection[str] = ()) -> Rows:
    """The rows that belong to one application, by table: those that carry its number, and its life's events and messages."""
    wanted = {"application_number": number, "life": f"application:{number}"}
    found: Rows = {}
    with database.read() as session:
        for name, table in sorted(SQLModel.metadata.tables.items()):
            keys = {"number": number} if name == "application" else wanted
            columns = [(table.c[key], value) for key, value in keys.items() if key in table.c]
            if columns and name not in without:
                rows = session.connection().execute(select(table).where(*(column == value for column, value in columns)))
                found[name] = sorted((tuple(row) for row in rows), key=repr)
    return found
