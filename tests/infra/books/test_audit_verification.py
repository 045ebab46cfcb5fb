"""Verifying the chains a stretch at a time, on both databases: nothing is missed between stretches, and a cut-off end shows."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.audit import AuditAction, AuditProgress, ChainHead, Marks
from infra.audit import note_deed
from infra.books.audit import BROKEN_MOST, SqlAudit
from infra.queries.audit import AuditState, audit_state
from tests.infra.books.conftest import Books
from tests.infra.books.test_audit import without_guard


def note(books: Books, count: int, tenant: int | None = None) -> None:
    for number in range(count):
        with books.database.write() as session:
            note_deed(session, books.reviewer, AuditAction.REVEAL, f"title:{number}", books.now, tenant=tenant, facts={"field": "phone"})


def verified(books: Books, marks: Marks | None = None, stretch: int = 60) -> tuple[AuditProgress, AuditState]:
    """The outcome; `stretch` is small, so that chains are cut into several."""
    audit, progress, steps = SqlAudit(books.database, stretch), AuditProgress(), 0
    while not progress.done:
        progress = audit.verify(progress, marks or {}, books.now)
        steps += 1
        assert steps < 100
    with books.database.read() as session:
        return progress, audit_state(session)


def heads(books: Books, marks: Marks | None = None) -> dict[int, ChainHead]:
    return {head.tenant: head for head in SqlAudit(books.database).heads(marks or {})}


def delete_after(tenant: int, position: int) -> str:
    return f"DELETE FROM audit WHERE tenant = {tenant} AND position > {position}"


@pytest.mark.parametrize("stretch", [1, 2, 7, 60, 1000])
def test_every_entry_is_looked_at_once_whatever_the_stretch(books: Books, stretch: int) -> None:
    ours = books.customer.enterprise_id
    note(books, 8)
    note(books, 11, ours)
    progress, state = verified(books, stretch=stretch)
    assert (progress.entries, progress.faulty) == (19, 0)
    assert (state.entries, state.broken) == (19, ())
    assert heads(books)[ours].position == 11


@pytest.mark.parametrize("stretch", [1, 3, 1000])
def test_an_entry_that_was_changed_shows_where_a_stretch_begins_or_ends(books: Books, stretch: int) -> None:
    note(books, 7)
    without_guard(books, "UPDATE audit SET reason = 'other' WHERE position IN (3, 4)")
    progress, state = verified(books, stretch=stretch)
    assert progress.faulty == 1
    assert [chain.positions for chain in state.broken] == [(3, 4)]


def test_an_end_that_was_cut_off_shows_by_the_anchor_and_is_not_forgotten_by_the_next_one(books: Books) -> None:
    ours = books.customer.enterprise_id
    note(books, 5)
    note(books, 5, ours)
    verified(books)
    marks = heads(books)
    without_guard(books, delete_after(ours, 3))
    _, without_anchor = verified(books)
    assert without_anchor.broken == ()  # the control: the chain alone does not show it
    _, state = verified(books, marks)
    [chain] = state.broken
    assert (chain.positions, chain.last, chain.missing_to) == ((), 3, 5)
    assert heads(books, marks) == marks
    note(books, 2, ours)  # grown over again: entry 5 is another one now
    _, state = verified(books, marks)
    [chain] = state.broken
    assert (chain.positions, chain.missing_to) == ((5,), 0)


def test_a_chain_that_is_gone_as_a_whole_shows(books: Books) -> None:
    ours = books.customer.enterprise_id
    note(books, 2, ours)
    verified(books)
    marks = heads(books)
    without_guard(books, delete_after(ours, 0))
    _, state = verified(books, marks)
    assert [(chain.last, chain.missing_to) for chain in state.broken] == [(0, 2)]


def test_a_chain_that_was_written_anew_with_right_hashes_shows_by_the_anchor(books: Books) -> None:
    note(books, 4)
    verified(books)
    marks = heads(books)
    without_guard(books, "DELETE FROM audit")
    books.now += timedelta(seconds=1)
    note(books, 6)
    _, alone = verified(books)
    assert alone.broken == ()
    _, state = verified(books, marks)
    assert [chain.positions for chain in state.broken] == [(4,)]


def test_of_many_broken_entries_the_first_are_kept(books: Books) -> None:
    note(books, BROKEN_MOST + 10)
    without_guard(books, "UPDATE audit SET reason = 'other'")
    progress, state = verified(books, stretch=7)
    assert progress.faulty == 1
    assert state.broken[0].positions == tuple(range(1, BROKEN_MOST + 1))


def test_a_chain_that_was_mended_is_whole_again(books: Books) -> None:
    note(books, 3)
    without_guard(books, "UPDATE audit SET reason = 'other' WHERE position = 2")
    verified(books)
    with books.database.write() as session:
        session.connection().execute(text("UPDATE audit SET reason = '' WHERE position = 2"))
    progress, state = verified(books)
    assert progress.faulty == 0
    assert state.broken == ()


def test_an_empty_audit_is_whole(books: Books) -> None:
    progress, state = verified(books)
    assert progress.faulty == 0
    assert state.checked_at is not None
