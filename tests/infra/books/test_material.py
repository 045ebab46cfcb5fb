"""Rounds of material in the books, on both kinds of database: the alarm that asks, who is told, the answer and its promise."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.material import MaterialNews, MaterialState
from domain.messages import ApplicationRequest, Expedite
from domain.review_messages import MaterialAnswer, MaterialAsked, MaterialRequest
from domain.review_policy import FIRST
from infra.books.material_talk import SqlMaterial
from infra.books.review import SqlReview
from infra.promises import same_day
from infra.queries.calendar import calendar
from infra.review_policy import set_policy
from infra.tables import MaterialRequestRow, UserRow
from tests.factories import make_request, make_reviewer
from tests.infra.books.conftest import POLICY, Books
from tests.material import add_file, old_record


@pytest.fixture
def reviews(books: Books) -> SqlReview:
    return SqlReview(books.database)


@pytest.fixture
def talk(books: Books) -> SqlMaterial:
    return SqlMaterial(books.database, "zh")


def reserved(books: Books, record: int | None = None) -> ApplicationRequest:
    request = make_request(books.customer, record or old_record(books.database, books.customer))
    books.applications.reserve(request, books.now)
    return request


def asked(books: Books, record: int | None = None) -> tuple[str, MaterialAsked]:
    """By the alarm."""
    number = reserved(books, record).number
    found = books.applications.check(number, POLICY, books.now).asked
    assert found is not None
    return number, found


def round_of(books: Books, number: str, turn: int = 1) -> MaterialRequestRow:
    with books.database.read() as session:
        return session.get_one(MaterialRequestRow, (number, turn))


def answer(books: Books, number: str, key: str = "a-1", **change: Any) -> MaterialAnswer:
    said = MaterialAnswer(key, books.customer.user_id, books.application(number).version, "见附件")
    return replace(said, **change)


def answered(books: Books, reviews: SqlReview, number: str, at: datetime | None = None, **change: Any) -> bool:
    return reviews.answer(number, answer(books, number, **change), 1, 18, at or books.now).taken


def test_an_amount_above_the_consumption_is_asked_about_at_once_and_once(books: Books) -> None:
    number, first = asked(books)
    row = books.application(number)
    assert (row.state, row.promised_at, row.version) == (ApplicationState.AWAITING_MATERIAL, None, 2)
    assert round_of(books, number).wanted == '["deal"]'
    assert books.now < first.remind_at < first.due_at
    later = books.applications.check(number, POLICY, books.now + timedelta(hours=1))
    assert later.asked == first
    assert later == books.applications.check(number, POLICY, books.now)
    assert books.violations() == {}


def test_a_file_that_shows_why_keeps_the_alarm_from_asking(books: Books) -> None:
    request = make_request(books.customer, old_record(books.database, books.customer))
    add_file(books.database, books.customer, request.number, "payment", at=books.now)
    books.applications.reserve(request, books.now)
    found = books.applications.check(request.number, POLICY, books.now)
    assert ("amount-within-90-days" in found.raised, found.asked) == (True, None)
    assert books.application(request.number).state == ApplicationState.REVIEWING


def test_an_amount_within_the_consumption_is_not_asked_about(books: Books) -> None:
    number = reserved(books, books.record()).number
    assert books.applications.check(number, POLICY, books.now).asked is None


def test_the_policy_says_whether_alarms_ask(books: Books) -> None:
    set_policy(books.database, replace(FIRST, alarm_asks=False), "测试", 1, make_reviewer(books.database, role="supervisor"), books.now)
    number = reserved(books).number
    assert books.applications.check(number, POLICY, books.now).asked is None
    assert books.application(number).state == ApplicationState.REVIEWING


def test_the_answer_brings_it_back_with_a_promise_counted_from_then(books: Books, reviews: SqlReview) -> None:
    number, _ = asked(books)
    late = books.now + timedelta(days=4)
    assert answered(books, reviews, number, late)
    row = books.application(number)
    with books.database.read() as session:
        promise = calendar(session).promise(late, 1, 18)
    assert (row.state, row.promised_at) == (ApplicationState.REVIEWING, promise.due_at)
    assert (round_of(books, number).state, round_of(books, number).text) == (MaterialState.ANSWERED, "见附件")
    assert not answered(books, reviews, number, key="a-2")  # nothing is asked any more
    assert books.violations() == {}


def test_what_was_expedited_is_promised_for_the_same_day_again(books: Books, reviews: SqlReview) -> None:
    request = make_request(books.customer, books.record())
    books.applications.reserve(request, books.now)
    books.applications.expedite(request.number, Expedite("e-1", books.customer.user_id), POLICY, books.now)
    reviews.ask(request.number, MaterialRequest("m-1", books.reviewer, 1, ("order",)), 5, books.now)
    late = books.now + timedelta(days=3)
    assert answered(books, reviews, request.number, late)
    with books.database.read() as session:
        assert books.application(request.number).promised_at == same_day(calendar(session), late, POLICY).due_at


def test_an_answer_to_another_version_changes_nothing(books: Books, reviews: SqlReview) -> None:
    number, _ = asked(books)
    assert not answered(books, reviews, number, version=1)
    assert round_of(books, number).state == MaterialState.OPEN


def test_rounds_follow_one_another(books: Books, reviews: SqlReview) -> None:
    number, _ = asked(books)
    assert answered(books, reviews, number)
    version = books.application(number).version
    assert reviews.ask(number, MaterialRequest("m-2", books.reviewer, version, ("licence",)), 5, books.now).taken
    assert (round_of(books, number, 1).state, round_of(books, number, 2).state) == (MaterialState.ANSWERED, MaterialState.OPEN)
    books.applications.end(number, ApplicationState.CANCELLED, None, books.now)
    assert round_of(books, number, 2).state == MaterialState.CANCELLED
    assert books.violations() == {}


def test_a_reviewer_does_without_it_but_not_on_an_application_of_their_own(books: Books, reviews: SqlReview) -> None:
    number, _ = asked(books)
    stranger = books.customer.user_id  # no reviewer
    assert not answered(books, reviews, number, by=stranger, waived=True)
    assert answered(books, reviews, number, key="a-2", by=books.reviewer, waived=True, text="已电话核实")
    assert round_of(books, number).state == MaterialState.WAIVED


def test_a_lapse_releases_the_amount(books: Books) -> None:
    record = old_record(books.database, books.customer)
    number, _ = asked(books, record)
    assert books.held(record)[Bucket.RESERVED] == 10_600
    books.applications.end(number, ApplicationState.LAPSED, None, books.now)
    assert round_of(books, number).state == MaterialState.LAPSED
    assert books.held(record).get(Bucket.RESERVED, 0) == 0
    assert books.violations() == {}


def test_the_applicant_is_told_by_mail_and_sms_in_their_language_each_once(books: Books, talk: SqlMaterial) -> None:
    with books.database.write() as session:
        applicant = session.get_one(UserRow, books.customer.user_id)
        applicant.email, applicant.locale = "lin@shiguang.example", "en"
    number, when = asked(books)
    owed = talk.owed(number, MaterialNews.ASKED, when.due_at)
    assert [(each.channel, each.to, each.locale) for each in owed] == [("mail", "lin@shiguang.example", "en"), ("sms", "13800008826", "en")]
    talk.record_notice(owed[0], books.now)
    assert [each.channel for each in talk.owed(number, MaterialNews.ASKED, when.due_at)] == ["sms"]
    assert talk.owed(number, MaterialNews.LAPSED, when.due_at) == ()  # it has not
    assert talk.owed(number, MaterialNews.ASKED, when.due_at + timedelta(days=1)) == ()  # of another round


def test_somebody_who_left_is_not_written_to(books: Books, talk: SqlMaterial) -> None:
    number, when = asked(books)
    with books.database.write() as session:
        applicant = session.get_one(UserRow, books.customer.user_id)
        applicant.email, applicant.disabled = "lin@shiguang.example", True
    assert [(each.channel, each.to) for each in talk.owed(number, MaterialNews.ASKED, when.due_at)] == [
        ("mail", "finance@shiguang.example")
    ]


def test_nobody_is_reminded_of_what_came(books: Books, talk: SqlMaterial, reviews: SqlReview) -> None:
    number, when = asked(books)
    assert answered(books, reviews, number)
    assert talk.owed(number, MaterialNews.REMINDER, when.due_at) == ()
