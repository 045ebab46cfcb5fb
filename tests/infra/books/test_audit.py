"""The audit trail: it only grows, and a change in it shows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.audit import AuditAction
from infra.audit import broken_entries, note_deed
from infra.database import Database
from tests.infra.books.conftest import Books


def note(books: Books, subject: str, tenant: int | None = None) -> None:
    with books.database.write() as session:
        note_deed(
            session, books.reviewer, AuditAction.REVEAL, subject, books.now, tenant=tenant, reason="call back", facts={"field": "phone"}
        )


def broken(database: Database, tenant: int | None = None) -> list[int]:
    with database.read() as session:
        return broken_entries(session, tenant)


@pytest.mark.parametrize("change", ["UPDATE audit SET reason = 'other'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_what_was_noted(books: Books, change: str) -> None:
    note(books, "title:1")
    with pytest.raises(DBAPIError, match="only grows"), books.database.write() as session:
        session.connection().execute(text(change))


def test_each_tenant_has_a_whole_chain_of_its_own(books: Books) -> None:
    ours = books.customer.enterprise_id
    for number in range(3):
        note(books, f"title:{number}", ours)
        note(books, f"user:{number}")
    assert broken(books.database, ours) == broken(books.database) == []
    with books.database.read() as session:
        positions = session.connection().execute(text(f"SELECT position FROM audit WHERE tenant = {ours} ORDER BY id")).scalars().all()
    assert positions == [1, 2, 3]


def without_guard(books: Books, change: str) -> None:
    """What somebody with the database's password could do."""
    with books.database.write() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_only_grows"))
        else:
            for name in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER audit_no_{name}"))
        connection.execute(text(change))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE audit SET reason = 'other' WHERE position = 2", [2]),
        ("UPDATE audit SET actor_id = NULL WHERE position = 1", [1]),
        ("DELETE FROM audit WHERE position = 2", [3]),
    ],
)
def test_a_change_behind_the_databases_back_shows(books: Books, change: str, found: list[int]) -> None:
    for number in range(3):
        note(books, f"title:{number}")
    without_guard(books, change)
    assert broken(books.database) == found


def test_many_at_once_make_one_chain(books: Books) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: note(books, f"title:{number}"), range(24)))
    assert broken(books.database) == []
    with books.database.read() as session:
        assert session.connection().execute(text("SELECT max(position) FROM audit")).scalar_one() == 24
