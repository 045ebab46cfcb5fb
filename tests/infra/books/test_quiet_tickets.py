"""Answered tickets that hear nothing close by themselves after ten working days, and open again by a message; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from domain.audit import AuditAction
from domain.calendar import china_date
from domain.support import QUIET_DAYS, Deed
from infra.books.quiet_tickets import SqlQuietTickets
from infra.books.ticket_notices import SqlTicketNotices
from infra.queries.calendar import Calendar
from infra.queries.tickets import TicketScope
from infra.quiet_tickets import closes_after
from infra.tables import AuditRow, TicketRow, UserRow
from infra.tickets import NewMessage, NewTicket, open_ticket, write_message
from tests.infra.books.conftest import Books

NUMBER = "KT-261120-ABCDEFGH"
FRIDAY = datetime(2026, 11, 20, 6, tzinfo=UTC)
LAST_DAY = datetime(2026, 12, 4, 15, 59, tzinfo=UTC)
"""One minute before midnight in China on the tenth working day after it."""


def scopes(books: Books) -> tuple[TicketScope, TicketScope]:
    customer = TicketScope(books.customer.user_id, books.customer.enterprise_id, books.customer.account_id, whole_enterprise=True)
    return customer, TicketScope(books.reviewer, None, staff=True)


def talk(books: Books, *said: tuple[str, Deed, datetime]) -> None:
    """A ticket with its question, and what was said then: by whom (`us`, `customer`), what, and when."""
    customer, staff = scopes(books)
    open_ticket(books.database, customer, NewTicket(NUMBER, "other", "", "Parcel", "Where?"), [], FRIDAY)
    for index, (who, deed, at) in enumerate(said):
        write(books, customer if who == "customer" else staff, f"message-{index}", deed, at)


def write(books: Books, scope: TicketScope, key: str, deed: Deed, at: datetime) -> None:
    assert write_message(books.database, scope, NUMBER, NewMessage(key, "text", deed, ticket(books).version), [], at)


def ticket(books: Books) -> TicketRow:
    with books.database.read() as session:
        return session.exec(select(TicketRow).where(TicketRow.number == NUMBER)).one()


def sweep(books: Books, at: datetime, quiet_days: int = QUIET_DAYS) -> int:
    return SqlQuietTickets(books.database, quiet_days).close_quiet(china_date(at), at)


def test_it_closes_after_the_tenth_working_day_and_not_before(books: Books) -> None:
    talk(books, ("us", Deed.ANSWER, FRIDAY))
    assert str(closes_after(Calendar(), "answered", FRIDAY, QUIET_DAYS)) == "2026-12-04"
    assert sweep(books, LAST_DAY) == 0
    version = ticket(books).version
    assert sweep(books, LAST_DAY + timedelta(minutes=2)) == 1
    assert sweep(books, LAST_DAY + timedelta(minutes=3)) == 0
    assert (ticket(books).state, ticket(books).version) == ("closed", version + 1)
    with books.database.read() as session:
        entry = session.exec(select(AuditRow).order_by(col(AuditRow.id).desc())).first()
    assert entry is not None
    assert (entry.action, entry.actor_id, entry.subject) == (AuditAction.TICKET_CLOSED_QUIET, None, f"ticket:{NUMBER}")


def test_the_last_answer_counts_and_a_note_does_not(books: Books) -> None:
    talk(books, ("us", Deed.ANSWER, FRIDAY), ("us", Deed.ANSWER, FRIDAY + timedelta(days=3)), ("us", Deed.NOTE, LAST_DAY))
    assert sweep(books, LAST_DAY + timedelta(minutes=2)) == 0
    assert sweep(books, LAST_DAY + timedelta(days=3, minutes=2)) == 1


@pytest.mark.parametrize(
    "said",
    [
        (),
        (("us", Deed.ASK, FRIDAY),),
        (("us", Deed.ANSWER, FRIDAY), ("customer", Deed.WRITE, FRIDAY + timedelta(days=1))),
        (("us", Deed.CLOSE, FRIDAY),),
    ],
    ids=["open", "asked", "customer-wrote", "closed"],
)
def test_other_tickets_stay_as_they_are(books: Books, said: tuple[tuple[str, Deed, datetime], ...]) -> None:
    talk(books, *said)
    state = ticket(books).state
    assert sweep(books, LAST_DAY + timedelta(days=60)) == 0
    assert ticket(books).state == state


def test_a_message_opens_it_again(books: Books) -> None:
    talk(books, ("us", Deed.ANSWER, FRIDAY))
    assert sweep(books, LAST_DAY + timedelta(days=1)) == 1
    write(books, scopes(books)[0], "again", Deed.WRITE, LAST_DAY + timedelta(days=2))
    assert ticket(books).state == "reopened"
    assert sweep(books, LAST_DAY + timedelta(days=90)) == 0


def test_nothing_closes_by_itself_where_the_policy_says_so(books: Books) -> None:
    talk(books, ("us", Deed.ANSWER, FRIDAY))
    assert sweep(books, LAST_DAY + timedelta(days=90), quiet_days=0) == 0
    assert closes_after(Calendar(), "answered", FRIDAY, 0) is None


@pytest.mark.parametrize(("deed", "day"), [(Deed.ANSWER, "2026-12-04"), (Deed.ASK, "None"), (Deed.CLOSE, "None")])
def test_the_mail_of_an_answer_says_when_it_closes(books: Books, deed: Deed, day: str) -> None:
    talk(books, ("us", deed, FRIDAY))
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).email = "lin@shiguang.cn"
    [notice] = SqlTicketNotices(books.database, "zh").owed("message-0", FRIDAY)
    assert str(notice.open_until) == day
