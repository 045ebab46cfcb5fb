"""Who is told of a ticket's message, and that nobody is told twice or forgotten."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from activities.tickets import TicketActivities
from domain.files import CheckedFile
from domain.ports import OutsideUnavailable
from domain.support import Deed
from infra.books.ticket_notices import SqlTicketNotices
from infra.letters.tickets import TicketTemplateLetters
from infra.queries.tickets import TicketScope
from infra.tables import UserRow
from infra.tickets import NewMessage, NewTicket, assign_ticket, open_ticket, write_message
from tests.fakes import FakeMailer
from tests.infra.books.conftest import Books

NUMBER = "KT-261120-ABCDEFGH"
NO_FILES: list[CheckedFile] = []


def talk(books: Books) -> tuple[TicketScope, TicketScope, SqlTicketNotices]:
    """A ticket with its question, the customer's scope and a colleague's."""
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).email = "lin@shiguang.cn"
        staff = session.get_one(UserRow, books.reviewer)
        staff.email, staff.locale = "kefu@kaipiao.example", "en"
    customer = TicketScope(books.customer.user_id, books.customer.enterprise_id, books.customer.account_id, whole_enterprise=True)
    staff_scope = TicketScope(books.reviewer, None, staff=True)
    open_ticket(books.database, customer, NewTicket(NUMBER, "other", "", "Parcel", "Where?"), NO_FILES, books.now)
    return customer, staff_scope, SqlTicketNotices(books.database, "zh")


def say(books: Books, scope: TicketScope, key: str, deed: Deed, version: int, ago: timedelta = timedelta(0)) -> None:
    assert write_message(books.database, scope, NUMBER, NewMessage(key, "text", deed, version), NO_FILES, books.now - ago)


def test_the_customer_is_told_of_an_answer_and_not_of_a_note(books: Books) -> None:
    _customer, staff, notices = talk(books)
    say(books, staff, "a-note", Deed.NOTE, 1)
    assert list(notices.owed("a-note", books.now)) == []
    say(books, staff, "an-answer", Deed.ASK, 1)
    [notice] = notices.owed("an-answer", books.now)
    assert (notice.id, notice.to, notice.locale, notice.state, notice.to_staff) == (
        "ticket.an-answer",
        "lin@shiguang.cn",
        "zh",
        "waiting",
        False,
    )
    notices.record(notice, books.now)
    notices.record(notice, books.now)
    assert list(notices.owed("an-answer", books.now)) == []


def test_the_colleague_who_has_the_ticket_is_told_and_nobody_of_one_that_nobody_has(books: Books) -> None:
    customer, staff, notices = talk(books)
    assert list(notices.owed(NUMBER, books.now)) == []
    assign_ticket(books.database, staff, NUMBER, 0, books.now)
    say(books, customer, "a-question", Deed.WRITE, 1)
    [notice] = notices.owed("a-question", books.now)
    assert (notice.to, notice.locale, notice.to_staff) == ("kefu@kaipiao.example", "en", True)


def test_a_message_that_was_forgotten_is_told_of_with_the_next_one(books: Books) -> None:
    _customer, staff, notices = talk(books)
    say(books, staff, "long-ago", Deed.ANSWER, 1, ago=timedelta(days=9))
    say(books, staff, "forgotten", Deed.ANSWER, 2, ago=timedelta(hours=1))
    say(books, staff, "somebody-is-at-it", Deed.ANSWER, 3, ago=timedelta(minutes=1))
    say(books, staff, "new", Deed.ANSWER, 4)
    assert [notice.id for notice in notices.owed("new", books.now)] == ["ticket.forgotten", "ticket.new"]


@pytest.mark.parametrize(("locale", "said"), [("zh", "需要您补充信息"), ("en", "needs something from you")])
def test_the_mail_leads_to_the_ticket_and_tells_nothing_of_it(books: Books, locale: str, said: str) -> None:
    _customer, staff, notices = talk(books)
    say(books, staff, "an-answer", Deed.ASK, 1)
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).locale = locale
    mailer = FakeMailer()
    activities = TicketActivities(mailer, TicketTemplateLetters("https://kaipiao.example"), notices, lambda: books.now)
    assert activities.send_ticket_notices("an-answer") == 1
    assert activities.send_ticket_notices("an-answer") == 0
    [mail] = mailer.sent
    assert (mail.to, mail.message_id) == ("lin@shiguang.cn", "ticket.an-answer")
    assert said in mail.subject
    for part in (mail.text, mail.html):
        assert f"https://kaipiao.example/support/{NUMBER}" in part
        assert "Parcel" not in part
    assert "text" not in mail.text


@pytest.mark.parametrize(("locale", "said"), [("zh", "工单会在当天结束后自动关闭"), ("en", "the ticket closes after")])
def test_the_mail_of_an_answer_says_when_the_ticket_closes_by_itself(books: Books, locale: str, said: str) -> None:
    _customer, staff, notices = talk(books)
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).locale = locale
    letters = TicketTemplateLetters("https://kaipiao.example")
    for version, (deed, told) in enumerate([(Deed.ANSWER, True), (Deed.ASK, False)], start=1):
        say(books, staff, f"message-{version}", deed, version)
        [notice] = notices.owed(f"message-{version}", books.now)
        mail = letters.told(replace(notice, open_until=date(2026, 12, 4)) if notice.open_until else notice)
        for part in (mail.text, mail.html):
            assert (said in part) is told
            assert ("2026年12月4日" in part or "4 December 2026" in part) is told
        notices.record(notice, books.now)


def test_a_receiver_that_is_refused_keeps_nobody_elses_mail_back(books: Books) -> None:
    _customer, staff, notices = talk(books)
    say(books, staff, "an-answer", Deed.ANSWER, 1)
    activities = TicketActivities(FakeMailer(refuse="550"), TicketTemplateLetters("http://127.0.0.1:1"), notices, lambda: books.now)
    assert activities.send_ticket_notices("an-answer") == 0
    assert list(notices.owed("an-answer", books.now)) == []


def test_a_mail_server_that_is_away_is_asked_again(books: Books) -> None:
    _customer, staff, notices = talk(books)
    say(books, staff, "an-answer", Deed.ANSWER, 1)

    class Away(FakeMailer):
        def send(self, message: object) -> None:
            raise OutsideUnavailable("nobody there")

    activities = TicketActivities(Away(), TicketTemplateLetters("http://127.0.0.1:1"), notices, lambda: books.now)
    with pytest.raises(Exception, match="did not go out yet"):
        activities.send_ticket_notices("an-answer")
    assert [notice.id for notice in notices.owed("an-answer", books.now)] == ["ticket.an-answer"]
