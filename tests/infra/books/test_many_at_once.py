"""Two hundred at once for the same consumption, on PostgreSQL as on SQLite: one has it, the others read who."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy.exc import OperationalError

from domain.choosing import RecordQuery
from domain.ledger import Bucket
from domain.messages import ApplicationRequest, Reservation
from infra.books.arrears import note_arrears
from tests.factories import make_request
from tests.infra.books.conftest import Books

AT_ONCE = 200
Answer = TypeVar("Answer")


def all_at_once(books: Books, requests: list[ApplicationRequest]) -> list[Reservation]:
    """Every request in a thread of its own, let go together. One that SQLite let wait too long is tried again, as the life does."""
    together = Barrier(len(requests))

    def attempt(request: ApplicationRequest) -> Reservation:
        together.wait(60)
        return _patiently(lambda: books.applications.reserve(request, books.now))

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(attempt, requests))


@pytest.mark.parametrize("by_query", [False, True], ids=["ticked", "by amount"])
def test_one_gets_the_record_and_all_others_are_told_its_number(books: Books, by_query: bool) -> None:
    record = books.record(10_600)
    requests = [make_request(books.customer, record) for _ in range(AT_ONCE)]
    if by_query:  # half of them by amount, which finds nothing any more
        requests[1::2] = [replace(each, record_ids=(), queries=(RecordQuery(),), limit_fen=10_600) for each in requests[1::2]]
    answers = all_at_once(books, requests)
    (winner,) = (request for request, answer in zip(requests, answers, strict=True) if not answer.refused)
    said: Counter[tuple[str, str]] = Counter()
    for request, answer in zip(requests, answers, strict=True):
        if request is not winner:
            (problem,) = answer.problems
            said[problem.code, problem.params["application"]] += 1
    ticked = sum(bool(request.record_ids) for request in requests if request is not winner)
    assert said["already-reserved", winner.number] == ticked
    assert said["choice-taken", winner.number] == AT_ONCE - 1 - ticked
    assert books.held(record) == {Bucket.RESERVED: 10_600}
    assert books.application(winner.number).amount_fen == 10_600
    assert books.violations() == {}


def test_parts_of_what_is_there_add_up_to_no_more_while_arrears_change(books: Books) -> None:
    """Each wants a twentieth of it by amount; an operator notes arrears and takes them back in the middle."""
    for day in range(20):
        books.record(1_000, day=books.now.date() - timedelta(days=40 + day))
    requests = [replace(make_request(books.customer), record_ids=(), queries=(RecordQuery(),), limit_fen=1_000) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(1) as operator:
        noted = operator.submit(_note_often, books)
        answers = all_at_once(books, requests)
        noted.result()
    taken = [answer.amount_fen for answer in answers if not answer.refused]
    assert set(taken) == {1_000}
    assert sum(taken) <= 20_000
    for answer in answers:
        assert {problem.code for problem in answer.problems} <= {
            "amount-above-ticked",
            "arrears-not-covered",
            "choice-taken",
            "nothing-left",
        }
    assert books.violations() == {}


def _note_often(books: Books) -> None:
    day = books.now.date()
    for turn in range(20):
        owed = 5_000 if turn % 2 == 0 else 0
        _patiently(lambda owed=owed: note_arrears(books.database, books.customer.account_id, owed, day, books.now))  # type: ignore[misc]


def _patiently(step: Callable[[], Answer]) -> Answer:
    """SQLite has one writer at a time and gives up after a while; PostgreSQL's deadlocks are nobody's to try again."""
    for _ in range(20):
        try:
            return step()
        except OperationalError as error:
            if "database is locked" not in str(error):
                raise
    raise AssertionError("the database was locked for good")
