"""Tickets on both kinds of database: the same form at the same moment, colleagues at the same moment, lists."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from domain.errors import Refusal
from domain.support import Deed
from infra.queries.tickets import TicketFilter, TicketScope, about_is_seen, ticket_detail, tickets_page, waiting_count
from infra.tickets import NewMessage, NewTicket, UnknownTicket, assign_ticket, close_ticket, open_ticket, write_message
from tests.infra.books.conftest import Books

NUMBER = "KT-261120-ABCDEFGH"


def customer_of(books: Books) -> TicketScope:
    return TicketScope(books.customer.user_id, books.customer.enterprise_id, books.customer.account_id, whole_enterprise=True)


def staff_of(books: Books) -> TicketScope:
    return TicketScope(books.reviewer, None, staff=True)


def opened(books: Books, number: str = NUMBER, subject: str = "Parcel", ago: timedelta = timedelta(0)) -> TicketScope:
    open_ticket(books.database, customer_of(books), NewTicket(number, "other", "", subject, "Where?"), [], books.now - ago)
    return customer_of(books)


def test_a_form_sent_at_the_same_moment_is_one_ticket_with_one_message(books: Books) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: opened(books), range(8)))
    with books.database.read() as session:
        found = ticket_detail(session, staff_of(books), NUMBER)
        assert found is not None
        assert len(found.messages) == 1
        assert found.customer.open_tickets == 1


def test_of_answers_at_the_same_moment_one_counts(books: Books) -> None:
    opened(books)

    def answer(number: int) -> str:
        try:
            write_message(books.database, staff_of(books), NUMBER, NewMessage(f"answer-{number}", "Here.", Deed.ANSWER, 1), [], books.now)
        except Refusal as refusal:
            return refusal.code
        return "taken"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(answer, range(6)))
    assert outcomes == ["taken"] + ["ticket-changed"] * 5 or outcomes == ["ticket-changed"] * 5 + ["taken"]


def test_a_message_sent_at_the_same_moment_is_one(books: Books) -> None:
    scope = opened(books)
    message = NewMessage("the-same-key", "One more thing", Deed.WRITE, 1)
    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(lambda _: write_message(books.database, scope, NUMBER, message, [], books.now), range(6)))
    assert sorted(new) == [False] * 5 + [True]


def test_lists_find_by_text_and_state_and_go_on_where_they_stopped(books: Books) -> None:
    for number in range(5):
        opened(books, f"KT-261120-0000000{number}", f"100% Sure_{number}", timedelta(minutes=number))
    staff = staff_of(books)
    close_ticket(books.database, staff, "KT-261120-00000004", 1, books.now)
    with books.database.read() as session:
        first = tickets_page(session, staff, TicketFilter("ours"), oldest_first=True, limit=3)
        assert [each.subject for each in first.tickets] == ["100% Sure_3", "100% Sure_2", "100% Sure_1"]
        rest = tickets_page(session, staff, TicketFilter("ours", after=first.older), oldest_first=True, limit=3)
        assert [each.subject for each in rest.tickets] == ["100% Sure_0"]
        assert rest.older is None
        assert [each.state for each in tickets_page(session, staff, TicketFilter(text="SURE_4")).tickets] == ["closed"]
        assert tickets_page(session, staff, TicketFilter(text="100_")).tickets == ()
        assert len(tickets_page(session, customer_of(books), TicketFilter(text="100%")).tickets) == 5
        stranger = TicketScope(books.reviewer, books.customer.enterprise_id)
        assert tickets_page(session, stranger, TicketFilter()).tickets == ()
        assert waiting_count(session) == 4


def test_what_is_about_something_of_ones_own(books: Books) -> None:
    record = books.record()
    invoice = books.issued()
    scope = customer_of(books)
    foreign = TicketScope(books.reviewer, books.customer.enterprise_id + 1, whole_enterprise=True)
    with books.database.read() as session:
        for about in (
            f"record:{record}",
            f"invoice:{invoice}",
            f"application:{invoice.rpartition('-')[0]}",
            f"title:{books.customer.title_id}",
        ):
            assert about_is_seen(session, scope, about), about
            assert not about_is_seen(session, foreign, about), about


def test_only_staff_assign_and_nobody_sees_what_is_not_theirs(books: Books) -> None:
    scope = opened(books)
    with pytest.raises(UnknownTicket):
        assign_ticket(books.database, scope, NUMBER, 0, books.now)
    stranger = TicketScope(books.reviewer, books.customer.enterprise_id)
    with pytest.raises(UnknownTicket):
        close_ticket(books.database, stranger, NUMBER, 1, books.now)
    with pytest.raises(UnknownTicket):
        open_ticket(books.database, stranger, NewTicket(NUMBER, "other", "", "x", "y"), [], books.now)
    assign_ticket(books.database, staff_of(books), NUMBER, 0, books.now)
    assign_ticket(books.database, staff_of(books), NUMBER, 0, books.now)
