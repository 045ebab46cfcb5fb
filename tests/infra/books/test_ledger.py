"""The ledger: balanced, once per cause, and it only grows (I4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.ledger import Bucket, Place, Posting, Unbalanced, move
from infra.books.ledger import place_of, post
from infra.tables import ConsumptionRecordRow
from tests.infra.books.conftest import Books
from tests.infra.books.dump import changed, dump


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transaction"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET cause = 'other'", "DELETE FROM {table}"])
def test_the_database_refuses_to_change_what_was_posted(books: Books, table: str, change: str) -> None:
    books.record()
    rows = dump(books.database)
    assert rows[table]
    with pytest.raises(DBAPIError, match="only grows"), books.database.write() as session:
        session.connection().execute(text(change.format(table=table)))
    assert changed(rows, dump(books.database)) == {}


def place(books: Books, record: int) -> Place:
    with books.database.read() as session:
        return place_of(session.get_one(ConsumptionRecordRow, record))


def test_what_does_not_balance_is_never_posted(books: Books) -> None:
    record = books.record()
    rows = dump(books.database)
    posting = Posting(place(books, record), Bucket.AVAILABLE, 1)
    with pytest.raises(Unbalanced), books.database.write() as session:
        post(session, "wrong:1", [posting], books.now)
    assert changed(rows, dump(books.database)) == {}


def test_a_cause_posts_once_also_when_many_try_at_once(books: Books) -> None:
    record = books.record()
    postings = move(place(books, record), 100, source=Bucket.AVAILABLE, target=Bucket.EXCLUDED)

    def attempt(_index: int) -> bool:
        with books.database.write() as session:
            return post(session, "once:1", postings, books.now)

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(attempt, range(20))) == 1
    assert books.held(record) == {Bucket.AVAILABLE: 10_500, Bucket.EXCLUDED: 100}


def test_running_totals_stay_right_when_many_post_at_once(books: Books) -> None:
    records = [books.record(1_000) for _ in range(10)]

    def attempt(record: int) -> bool:
        postings = move(place(books, record), 10, source=Bucket.AVAILABLE, target=Bucket.RESERVED)
        with books.database.write() as session:
            return post(session, f"test:{record}", postings, books.now)

    with ThreadPoolExecutor(10) as threads:
        assert all(threads.map(attempt, records))
    totals = {row[-2] if isinstance(row[-2], str) else row[3]: row for row in dump(books.database)["balance"]}
    assert 100 in totals[Bucket.RESERVED]
    assert 9_900 in totals[Bucket.AVAILABLE]
