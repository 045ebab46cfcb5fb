"""What an applicant agreed to is written with the application, once."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlmodel import select

from domain.consents import agreed_value, agreement_problems, editions_to_agree
from infra.consents import agree, consents_of
from infra.tables import ApplicationRow, ConsentRow
from tests.factories import make_request
from tests.infra.books.conftest import Books


def test_an_application_notes_both_texts_once(books: Books) -> None:
    request = make_request(books.customer, books.record())
    first = books.applications.reserve(request, books.now)
    assert books.applications.reserve(request, books.now) == first
    with books.database.read() as session:
        noted = consents_of(session, request.number)
        assert [(each.document, each.version) for each in noted] == [("terms", "2026-11"), ("privacy", "2026-11")]
        assert {each.agreed_at for each in noted} == {request.agreed_at}
        assert {row.user_id for row in session.exec(select(ConsentRow))} == {books.customer.user_id}


def test_without_the_agreement_nothing_is_reserved(books: Books) -> None:
    asked = make_request(books.customer, books.record())
    for request in (replace(asked, agreed_at=None), replace(asked, number="KP-261120-0000TERM", terms_version="")):
        answer = books.applications.reserve(request, books.now)
        assert [(problem.field, problem.code) for problem in answer.problems] == [("terms", "terms-needed")]
        with books.database.read() as session:
            assert session.get_one(ApplicationRow, request.number).amount_fen == 0


def test_a_reissue_notes_what_was_agreed_to_for_it(books: Books) -> None:
    returned = books.issued()
    books.issuing.record_red_issued(returned, books.answer(returned, red=True), books.now)
    asked = make_request(books.customer, books.record(), replaces=returned)
    assert not books.applications.reserve(asked, books.now).refused
    before_the_tick = replace(make_request(books.customer, books.record(), replaces=returned), terms_version="", privacy_version="")
    assert not books.applications.reserve(before_the_tick, books.now).refused
    with books.database.read() as session:
        assert [each.version for each in consents_of(session, asked.number)] == ["2026-11", "2026-11"]
        assert consents_of(session, before_the_tick.number) == ()


def test_who_registers_may_agree_without_an_application(books: Books) -> None:
    with books.database.write() as session:
        agree(session, books.customer.user_id, editions_to_agree(books.now.date()), books.now)
    with books.database.read() as session:
        assert {(row.document, row.application_number) for row in session.exec(select(ConsentRow))} == {("terms", ""), ("privacy", "")}


def test_a_form_agrees_to_what_it_showed_and_to_nothing_newer() -> None:
    today = datetime(2026, 11, 20, tzinfo=UTC).date()
    shown = agreed_value(editions_to_agree(today))
    assert agreement_problems(shown, today) == ()
    assert [problem.code for problem in agreement_problems("", today)] == ["terms-needed"]
    for other in ("true", shown + " ", "terms-2025-01.privacy-2026-11", "privacy-2026-11.terms-2026-11"):
        assert [problem.code for problem in agreement_problems(other, today)] == ["terms-changed"]
