"""Which decisions on titles are told, to whom, and in which words."""

from datetime import timedelta

import pytest

from activities.titles import TitleActivities
from domain.ports import MailMessage, OutsideRefused
from domain.title_notices import TitleNews, TitleNotice, decision_key
from infra.books.ticket_notices import FORGOTTEN, NEWS
from infra.books.title_notices import SqlTitleNotices
from infra.letters.titles import TitleTemplateLetters
from infra.tables import NoticeRow, TitleRow, UserRow
from infra.title_decisions import TitleDecision, Verdict, clear_title, decide_title
from infra.titles import correct_title as correct
from infra.titles import fingerprint, party_of
from tests.fakes import FakeMailer
from tests.infra.books.conftest import Books
from tests.titles import MASTERS_ADDRESS, decided_title, refused_title


@pytest.fixture
def notices(books: Books) -> SqlTitleNotices:
    return SqlTitleNotices(books.database, "zh")


def seen(books: Books) -> str:
    with books.database.read() as session:
        return fingerprint(session.get_one(TitleRow, books.customer.title_id))


@pytest.mark.parametrize(("verdict", "news"), [(Verdict.APPROVE, TitleNews.APPROVED), (Verdict.REFUSE, TitleNews.REFUSED)])
def test_a_decision_is_told_to_the_master_once(books: Books, notices: SqlTitleNotices, verdict: Verdict, news: TitleNews) -> None:
    key = decided_title(books.database, books.customer, books.reviewer, books.now, verdict)
    (owed,) = notices.owed(key, books.now)
    assert (owed.news, owed.to, owed.locale, owed.title_id) == (news, MASTERS_ADDRESS, "zh", books.customer.title_id)
    notices.record(owed, books.now)
    notices.record(owed, books.now)
    assert notices.owed(key, books.now) == []
    with books.database.read() as session:
        assert session.get_one(NoticeRow, f"title.{key}").life == f"title:{books.customer.title_id}"


def test_a_cleared_title_is_told(books: Books, notices: SqlTitleNotices) -> None:
    clear_title(books.database, books.customer.title_id, seen(books), "工单 12 请求", books.reviewer, books.now)
    (owed,) = notices.owed(decision_key(books.customer.title_id, books.now), books.now)
    assert (owed.news, owed.to) == (TitleNews.CLEARED, "finance@shiguang.example")


@pytest.mark.parametrize(("verdict", "news"), [(Verdict.APPROVE, TitleNews.TAX_ID_APPROVED), (Verdict.REFUSE, TitleNews.TAX_ID_REFUSED)])
def test_an_announced_tax_id_is_told_as_such(books: Books, notices: SqlTitleNotices, verdict: Verdict, news: TitleNews) -> None:
    with books.database.write() as session:
        row = session.get_one(TitleRow, books.customer.title_id)
        row.next_tax_id, row.next_tax_id_from = "91310115MA1K4T7X2R", (books.now + timedelta(days=9)).date()
        row.refusal = "tax-id-not-proved"  # of an announcement before this one
    decide_title(
        books.database, books.customer.title_id, TitleDecision(verdict, seen(books), "tax-id-not-proved"), books.reviewer, books.now
    )
    assert [each.news for each in notices.owed(decision_key(books.customer.title_id, books.now), books.now)] == [news]


def test_a_forgotten_decision_goes_with_the_next_and_an_old_one_is_no_news(books: Books, notices: SqlTitleNotices) -> None:
    refused_title(books.database, books.customer, books.reviewer, books.now)
    assert notices.owed("another", books.now + FORGOTTEN) == []
    assert len(notices.owed("another", books.now + FORGOTTEN + timedelta(seconds=1))) == 1
    assert notices.owed("another", books.now + NEWS + timedelta(seconds=1)) == []


def test_what_was_corrected_since_is_not_told(books: Books, notices: SqlTitleNotices) -> None:
    key = refused_title(books.database, books.customer, books.reviewer, books.now)
    with books.database.read() as session:
        party = party_of(session.get_one(TitleRow, books.customer.title_id))
    correct(books.database, books.customer.enterprise_id, books.customer.title_id, party, seen(books), books.now, check=True)
    assert notices.owed(key, books.now) == []


def test_the_masters_language_and_an_ended_masters_replacement(books: Books, notices: SqlTitleNotices) -> None:
    key = refused_title(books.database, books.customer, books.reviewer, books.now)
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).locale = "en"
    assert [each.locale for each in notices.owed(key, books.now)] == ["en"]
    with books.database.write() as session:
        session.get_one(UserRow, books.customer.user_id).disabled = True
    assert [(each.to, each.locale) for each in notices.owed(key, books.now)] == [("finance@shiguang.example", "zh")]


def test_a_refused_receiver_is_not_tried_again(books: Books, notices: SqlTitleNotices, monkeypatch: pytest.MonkeyPatch) -> None:
    mailer = FakeMailer()

    def refuse(_message: MailMessage) -> None:
        raise OutsideRefused("no such address")

    monkeypatch.setattr(mailer, "send", refuse)
    activities = TitleActivities(mailer, TitleTemplateLetters("https://fapiao.example"), notices, lambda: books.now)
    key = refused_title(books.database, books.customer, books.reviewer, books.now)
    assert activities.send_title_notices(key) == 0
    assert notices.owed(key, books.now) == []


@pytest.mark.parametrize("news", list(TitleNews))
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_each_letter_names_the_title_and_leads_to_its_page(news: TitleNews, locale: str) -> None:
    notice = TitleNotice("title.3-1", 3, "上海<远山>贸易有限公司", news, "lin@shiguang.cn", locale)
    letter = TitleTemplateLetters("https://fapiao.example").told(notice)
    assert (letter.message_id, letter.to) == ("title.3-1", "lin@shiguang.cn")
    for text in (letter.text, letter.html):
        assert "https://fapiao.example/titles/3" in text
    assert "上海<远山>贸易有限公司" in letter.text
    assert "上海&lt;远山&gt;贸易有限公司" in letter.html
    assert ("您" in letter.text) is (locale == "zh")


def test_a_decision_whose_notice_was_lost_is_found_without_its_key(books: Books, notices: SqlTitleNotices) -> None:
    """What the schedule asks every few minutes."""
    decided_title(books.database, books.customer, books.reviewer, books.now, Verdict.APPROVE)
    assert notices.owed("", books.now + FORGOTTEN - timedelta(seconds=1)) == []
    (owed,) = notices.owed("", books.now + FORGOTTEN + timedelta(seconds=1))
    notices.record(owed, books.now)
    assert notices.owed("", books.now + FORGOTTEN + timedelta(seconds=1)) == []
