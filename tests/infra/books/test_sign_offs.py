"""The books of an enterprise's own approval, on both kinds of database."""

from datetime import timedelta

import pytest

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Note, SignOffDecision, Verdict
from domain.sign_off import SignOffNews
from infra.books.sign_off_talk import SqlSignOffs
from infra.queries.sign_offs import sign_off_of, waiting_sign_offs
from infra.tables import ApplicationRow
from tests.factories import make_request
from tests.infra.books.conftest import POLICY, Books
from tests.sign_offs import KEYS, SECRET, SigningCustomer, make_signing, set_levels, set_oa


@pytest.fixture
def people(books: Books) -> SigningCustomer:
    return make_signing(books.database, books.customer)


@pytest.fixture
def sign_offs(books: Books) -> SqlSignOffs:
    return SqlSignOffs(books.database, KEYS, "http://127.0.0.1:1", "zh")


def unsigned(books: Books, people: SigningCustomer) -> ApplicationRequest:
    request = make_request(people.as_member, books.record())
    reservation = books.applications.reserve(request, books.now)
    assert reservation.sign_off is not None
    assert reservation.promised_at is None
    return request


def application(books: Books, number: str) -> ApplicationRow:
    with books.database.read() as session:
        return session.get_one(ApplicationRow, number)


def said(by: int, verdict: Verdict = Verdict.APPROVE, key: str = "k-1") -> SignOffDecision:
    return SignOffDecision(key, by, verdict, 1, "" if verdict is Verdict.APPROVE else "预算不符")


def test_an_approval_hands_it_to_our_review_with_a_promise_of_that_moment(
    books: Books, people: SigningCustomer, sign_offs: SqlSignOffs
) -> None:
    set_levels(books.database, books.customer, (0, (people.first,)))
    request = unsigned(books, people)
    assert books.applications.reserve(request, books.now).sign_off is not None  # the repeat gives the first answer
    with books.database.read() as session:
        assert [each.number for each in waiting_sign_offs(session, people.first)] == [request.number]
        assert waiting_sign_offs(session, people.second) == []
    later = books.now + timedelta(days=1)
    outcome = sign_offs.settle(request.number, said(people.first), POLICY, later)
    assert (outcome.taken, outcome.approved) == (True, True)
    assert sign_offs.settle(request.number, said(people.first), POLICY, later) == outcome
    row = application(books, request.number)
    assert (row.state, row.version) == (ApplicationState.REVIEWING, 1)
    assert outcome.promised_at is not None
    assert outcome.promised_at > later
    with books.database.read() as session:
        assert waiting_sign_offs(session, people.first) == []
        seen = sign_off_of(session, request.number)
        assert seen is not None
        assert [(one.by, one.approved, one.at) for one in seen.said] == [(f"one-{books.customer.enterprise_id}", True, later)]
    assert books.violations() == {}


@pytest.mark.parametrize("end", ["declined", "lapsed", "cancelled"])
def test_every_other_end_releases_the_amount_once(books: Books, people: SigningCustomer, sign_offs: SqlSignOffs, end: str) -> None:
    set_levels(books.database, books.customer, (0, (people.first,)))
    request = unsigned(books, people)
    for _ in range(2):
        if end == "declined":
            assert sign_offs.settle(request.number, said(people.first, Verdict.REJECT), POLICY, books.now).declined
        else:
            note = Note(f"application:{request.number}", "c-1", "cancel", request.applicant_id, taken=True) if end == "cancelled" else None
            books.applications.end(request.number, ApplicationState(end), note, books.now)
    assert application(books, request.number).state == end
    assert Bucket.RESERVED not in books.held(request.record_ids[0])
    late = sign_offs.settle(request.number, said(people.first, key="k-2"), POLICY, books.now)
    assert not late.taken
    assert sign_offs.owed(request.number, SignOffNews.ASKED) == ()
    assert books.violations() == {}


def test_what_the_oa_is_asked_is_there_while_it_waits_alone(books: Books, people: SigningCustomer, sign_offs: SqlSignOffs) -> None:
    set_oa(books.database, books.customer, "https://oa.example.cn")
    request = unsigned(books, people)
    found = sign_offs.question(request.number)
    assert found is not None
    address, question = found
    assert (address.url, address.secret) == ("https://oa.example.cn", SECRET)
    assert (question.request_id, question.amount_fen) == (f"{request.number}:1", 10_600)
    set_levels(books.database, books.customer)  # switched off: what waits is asked no more, and lapses
    assert sign_offs.question(request.number) is None
    set_oa(books.database, books.customer, "https://oa.example.cn")
    books.applications.end(request.number, ApplicationState.LAPSED, None, books.now)
    assert sign_offs.question(request.number) is None
    notices = sign_offs.owed(request.number, SignOffNews.LAPSED)
    assert [notice.to for notice in notices] == [f"applicant-{books.customer.enterprise_id}@signs.example"]
    sign_offs.record_notice(notices[0], books.now)
    assert list(sign_offs.owed(request.number, SignOffNews.LAPSED)) == []
