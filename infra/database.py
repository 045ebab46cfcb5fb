"""Engine and sessions, on SQLite or PostgreSQL. A session is one short transaction and never spans an outside call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, create_engine

BUSY_SECONDS = 20


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://...`.

    On SQLite the driver's own transaction handling is switched off, so that a write begins with BEGIN IMMEDIATE:
    it waits for the other writer instead of failing in the middle.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("kaipiao_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


class Database:
    """Sessions for reading and for writing on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(kaipiao_write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only transaction; nothing is committed."""
        with Session(self.engine, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or rolls back on an exception."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session


def insert_once(session: Session, table: Any, values: dict[str, Any]) -> bool:
    """Insert a row unless one with a conflicting unique key is there; says whether it was inserted."""
    statement = _insert(session, table).values(**values).on_conflict_do_nothing()
    # Without the option PostgreSQL's driver reports -1, which would pass for "inserted".
    result = session.connection().execute(statement.execution_options(preserve_rowcount=True))
    return bool(result.rowcount == 1)


def _insert(session: Session, table: Any) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def add_to_balances(session: Session, table: Any, rows: list[dict[str, Any]], keys: list[str], column: str) -> None:
    """Add `column` of each row to the stored row of the same keys. Rows must come sorted, so that locks are taken in one order."""
    _add(session, table, _insert(session, table).values(rows), keys, column)


def add_selected_to_balances(session: Session, table: Any, rows: Any, keys: list[str], column: str) -> None:
    """The same with the rows of a SELECT, which gives the keys in order, then the column, sorted."""
    _add(session, table, _insert(session, table).from_select([*keys, column], rows), keys, column)


def _add(session: Session, table: Any, statement: Any, keys: list[str], column: str) -> None:
    statement = statement.on_conflict_do_update(index_elements=keys, set_={column: getattr(table, column) + statement.excluded[column]})
    session.connection().execute(statement)


@contextmanager
def set_aside(session: Session, table: Table, *selected: Any) -> Iterator[None]:
    """Keep what SELECTs give in a temporary table of this transaction, so that several statements use it and it is found once.

    The table needs `prefixes=["TEMPORARY"]`; the SELECTs give its columns in order.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL work_mem = '64MB'")  # a hundred thousand rows are grouped without a file
    table.create(connection, checkfirst=False)
    for rows in selected:
        connection.execute(insert(table).from_select([column.name for column in table.columns], rows))
    yield
    table.drop(connection, checkfirst=False)


def is_down(error: OperationalError) -> bool:
    """Whether the database could not be reached at all (the page answers 503)."""
    return error.connection_invalidated or "connect" in str(error.orig).lower()
