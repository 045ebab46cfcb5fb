"""Arrears hold the oldest consumption, are covered by what is ticked, and let go when paid (feature 10)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.calendar import china_date
from domain.choosing import RecordQuery
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import Policy
from infra.books.arrears import UnknownAccount, note_arrears
from infra.books.expiry import expire
from infra.queries.balance_tree import BalancePath, sums
from infra.queries.balances import balance
from infra.queries.choice_sums import choice_sums
from infra.queries.scope import Scope
from infra.queries.statements import statements
from infra.tables import AccountRow, ConsumptionRecordRow
from tests.factories import Customer, make_record, make_request
from tests.infra.books.conftest import Books

TODAY = date(2026, 11, 20)


def owes(books: Books, amount_fen: int, as_of: date = TODAY, account_id: int = 0) -> bool:
    return note_arrears(books.database, account_id or books.customer.account_id, amount_fen, as_of, books.now)


def days(books: Books, *amounts: int) -> list[int]:
    """A record a day, the oldest first."""
    first = books.now.date() - timedelta(days=60)
    return [books.record(amount, day=first + timedelta(days=n)) for n, amount in enumerate(amounts)]


def standing(books: Books, record: int) -> str | None:
    with books.database.read() as session:
        return session.exec(select(ConsumptionRecordRow.standing).where(ConsumptionRecordRow.id == record)).one()


def member_of(books: Books) -> Customer:
    with books.database.write() as session:
        member = AccountRow(enterprise_id=books.customer.enterprise_id, sub_account_id=f"sub-{books.customer.account_id}", name="成员账号")
        session.add(member)
        session.flush()
        assert member.id is not None
        return replace(books.customer, account_id=member.id)


def test_arrears_hold_the_oldest_and_let_go_when_paid(books: Books) -> None:
    first, second, third = days(books, 100, 100, 100)
    assert owes(books, 150)
    assert [books.held(each) for each in (first, second, third)] == [
        {Bucket.ARREARS: 100},
        {Bucket.AVAILABLE: 50, Bucket.ARREARS: 50},
        {Bucket.AVAILABLE: 100},
    ]
    assert [standing(books, each) for each in (first, second, third)] == ["held", "free", "free"]
    assert not owes(books, 150)
    owes(books, 0, TODAY + timedelta(days=1))
    assert books.held(first) == {Bucket.AVAILABLE: 100}
    assert books.violations() == {}


def test_an_older_word_changes_nothing(books: Books) -> None:
    (first,) = days(books, 100)
    owes(books, 30)
    owes(books, 80, TODAY - timedelta(days=1))
    assert books.held(first) == {Bucket.AVAILABLE: 70, Bucket.ARREARS: 30}


def test_an_account_s_own_consumption_is_held_before_that_of_others(books: Books) -> None:
    (masters,) = days(books, 100)
    member = member_of(books)
    own = make_record(books.database, member, 40)
    owes(books, 60, account_id=member.account_id)
    assert books.held(own) == {Bucket.ARREARS: 40}
    assert books.held(masters) == {Bucket.AVAILABLE: 80, Bucket.ARREARS: 20}
    assert books.violations() == {}


def test_negatives_are_taken_off_before_anything_is_held(books: Books) -> None:
    first, second = days(books, 100, 100)
    books.record(-70, original_id=first)
    owes(books, 50)
    assert books.held(first) == {Bucket.AVAILABLE: 70, Bucket.ARREARS: 30}
    assert books.held(second) == {Bucket.AVAILABLE: 80, Bucket.ARREARS: 20}


@pytest.mark.parametrize("all_ticked", [True, False])
def test_what_is_ticked_covers_the_arrears_first(books: Books, all_ticked: bool) -> None:
    first, second, third = days(books, 10_000, 10_000, 10_000)
    owes(books, 15_000)
    request = make_request(books.customer, *((first, second, third) if all_ticked else (second, third)))
    reservation = books.applications.reserve(request, books.now)
    assert reservation.amount_fen == (15_000 if all_ticked else 5_000)
    assert sum(books.held(each).get(Bucket.RESERVED, 0) for each in (first, second, third)) == reservation.amount_fen
    assert books.violations() == {}


def test_too_little_ticked_is_refused_with_both_amounts(books: Books) -> None:
    first, second = days(books, 10_000, 10_000)
    owes(books, 15_000)
    reservation = books.applications.reserve(make_request(books.customer, second), books.now)
    (problem,) = reservation.problems
    assert (problem.code, dict(problem.params)) == ("arrears-not-covered", {"arrears": "150.00", "ticked": "100.00"})
    assert books.held(first) == {Bucket.ARREARS: 10_000}
    assert books.violations() == {}


def test_what_comes_back_is_held_when_arrears_are_not_covered_yet(books: Books) -> None:
    (record,) = days(books, 10_000)
    request = books.reserved(record)
    owes(books, 4_000)
    assert books.held(record) == {Bucket.RESERVED: 10_000}
    books.applications.end(request.number, ApplicationState.CANCELLED, None, books.now)
    assert books.held(record) == {Bucket.AVAILABLE: 6_000, Bucket.ARREARS: 4_000}
    assert books.violations() == {}


def test_a_reissue_is_not_stopped_by_arrears_that_came_since(books: Books) -> None:
    (record,) = days(books, 10_000)
    later = books.record(10_000, day=books.now.date() - timedelta(days=30))
    invoice_id = books.issued(record)
    books.issuing.record_red_issued(invoice_id, books.answer(invoice_id, red=True), books.now)
    owes(books, 10_000)
    assert books.held(record) == {Bucket.ARREARS: 10_000}
    request = replace(make_request(books.customer, record), replaces=invoice_id)
    assert books.applications.reserve(request, books.now).amount_fen == 10_000
    assert books.held(record) == {Bucket.RESERVED: 10_000}
    assert books.held(later) == {Bucket.ARREARS: 10_000}
    assert books.violations() == {}


def test_held_consumption_expires_and_the_next_oldest_is_held(books: Books) -> None:
    old = books.record(100, day=books.now.date() - timedelta(days=182))
    (next_one,) = days(books, 100)
    owes(books, 60)
    assert books.held(old) == {Bucket.AVAILABLE: 40, Bucket.ARREARS: 60}
    today = books.now.date() + timedelta(days=20)
    assert expire(books.database, today, 10) == 1
    assert expire(books.database, today, 10) == 0
    assert books.held(old) == {Bucket.EXPIRED: 100}
    assert books.held(next_one) == {Bucket.AVAILABLE: 40, Bucket.ARREARS: 60}
    assert books.violations() == {}


def test_arrears_hold_nothing_that_is_past_its_limit_whether_a_night_moved_it_or_not(books: Books) -> None:
    past = books.record(100, day=books.now.date() - timedelta(days=200))
    (next_one,) = days(books, 100)
    owes(books, 60)
    assert books.held(past) == {Bucket.AVAILABLE: 100}
    assert books.held(next_one) == {Bucket.AVAILABLE: 40, Bucket.ARREARS: 60}
    assert books.violations() == {}


def test_pages_hold_the_next_oldest_before_the_night_does(books: Books) -> None:
    """The home page, the tree by month, and what ticking everything brings say one sum."""
    old = books.record(100, day=books.now.date() - timedelta(days=170))
    (next_one,) = days(books, 100)
    owes(books, 60)
    assert books.held(old) == {Bucket.AVAILABLE: 40, Bucket.ARREARS: 60}
    later, scope = china_date(books.now) + timedelta(days=20), Scope(books.customer.enterprise_id)
    with books.database.read() as session:
        found = balance(session, scope, later)
        assert (found.available_fen, found.of(Bucket.ARREARS), found.of(Bucket.EXPIRED)) == (40, 60, 100)
        assert found.available_by_entity[0][1] == 40
        period = session.get_one(ConsumptionRecordRow, next_one).period
        by_month = sums(session, scope, later, BalancePath(), ("period",))
        assert (by_month["available", period], by_month["arrears", period]) == (40, 60)
        assert choice_sums(session, scope, [RecordQuery()], later, 60).choice.amount_fen == 40
        assert {each.free_fen for each in statements(session, scope, later)} == {0, 40}


def test_unknown_accounts_and_negative_arrears_are_refused(books: Books) -> None:
    with pytest.raises(UnknownAccount):
        owes(books, 1, account_id=987_654)
    with pytest.raises(ValueError, match="nobody owes"):
        owes(books, -1)


def test_by_amount_takes_exactly_that_oldest_first(books: Books) -> None:
    first, second, third = days(books, 10_000, 10_000, 10_000)
    request = replace(make_request(books.customer, first, second, third), limit_fen=12_345)
    assert books.applications.reserve(request, books.now).amount_fen == 12_345
    assert [books.held(each) for each in (first, second, third)] == [
        {Bucket.RESERVED: 10_000},
        {Bucket.RESERVED: 2_345, Bucket.AVAILABLE: 7_655},
        {Bucket.AVAILABLE: 10_000},
    ]
    orders = books.applications.approve(request.number, None, Policy(), books.now)
    assert sum(order.total_fen for order in orders) == 12_345
    rest = make_request(books.customer, second)
    assert books.applications.reserve(rest, books.now).amount_fen == 7_655
    assert books.violations() == {}


def test_more_than_is_ticked_is_refused_by_name(books: Books) -> None:
    (record,) = days(books, 10_000)
    request = replace(make_request(books.customer, record), limit_fen=10_001)
    (problem,) = books.applications.reserve(request, books.now).problems
    assert (problem.field, problem.code) == ("amount", "amount-above-ticked")
