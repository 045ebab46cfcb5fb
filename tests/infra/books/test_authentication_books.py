"""Real-name authentications on both databases: submitted once, decided once, and what an approval writes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.authentication import AuthenticationRequest, AuthenticationState, IdentityCheck, Submission, picture_checks
from domain.errors import Refusal
from domain.invoices import InvoiceKind, Party
from domain.messages import Note, Policy
from infra.audit import broken_entries
from infra.authentications import Submitting, submit_authentication
from infra.books.authentications import SqlAuthentications
from infra.queries.authentications import authentications_of, identity_case, identity_queue, own_authentication
from infra.tables import AuditRow, AuthenticationRow, EnterpriseRow, TitleRow
from infra.titles import add_title
from tests.authentications import COMPANY, PERSON, READING, make_authentication, next_number
from tests.factories import Customer, make_customer, make_request
from tests.fakes import FakeAttachments
from tests.infra.books.conftest import POLICY, Books
from tests.infra.books.dump import changed, dump


class Identities:
    """The books of authentications and a customer that is not verified."""

    def __init__(self, books: Books) -> None:
        self.all = books
        self.now = books.now
        self.database = books.database
        self.sql = SqlAuthentications(books.database)
        self.store = FakeAttachments()
        self.newcomer: Customer = make_customer(books.database, name="还没认证", tax_id="", verified=False)

    def submitted(self, submission: Submission = COMPANY, customer: Customer | None = None) -> AuthenticationRequest:
        return make_authentication(self.database, self.store, customer or self.newcomer, self.now, submission)

    def waiting(self, submission: Submission = COMPANY) -> str:
        number = self.submitted(submission).number
        self.sql.check(number, self.now)
        self.sql.record_picture(number, picture_checks(submission, READING), self.now)
        self.sql.await_person(number, POLICY, self.now)
        return number

    def decided(self, number: str, state: AuthenticationState, reason: str = "") -> None:
        verdict = "approve" if state is AuthenticationState.APPROVED else "reject"
        note = Note(f"authentication:{number}", f"key-{number}", f"identity-{verdict}", self.all.reviewer, taken=True, reason=reason)
        self.sql.end(number, state, note, self.now)

    def row(self, number: str) -> AuthenticationRow:
        with self.database.read() as session:
            return session.get_one(AuthenticationRow, number)

    def enterprise(self) -> EnterpriseRow:
        with self.database.read() as session:
            return session.get_one(EnterpriseRow, self.newcomer.enterprise_id)


@pytest.fixture
def identities(books: Books) -> Identities:
    return Identities(books)


def _codes(refusal: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def test_a_form_sent_twice_is_one_authentication(identities: Identities) -> None:
    request = identities.submitted()
    rows = dump(identities.database)
    asked = Submitting(request.number, request.enterprise_id, request.submitted_by, replace(COMPANY, name="另一个名称"))
    submit_authentication(identities.database, asked, identities.now + timedelta(minutes=1))
    assert changed(rows, dump(identities.database)) == {}


def test_a_second_one_waits_for_the_end_of_the_first(identities: Identities) -> None:
    first = identities.waiting()
    with pytest.raises(Refusal) as refusal:
        identities.submitted()
    assert _codes(refusal) == ["authentication-open"]
    identities.decided(first, AuthenticationState.REFUSED, "看不清")
    assert identities.submitted().number != first


def test_the_picture_of_another_customer_is_no_picture(identities: Identities) -> None:
    other = identities.submitted(customer=identities.all.customer)
    with pytest.raises(Refusal) as refusal:
        submit_authentication(
            identities.database,
            Submitting(next_number(), identities.newcomer.enterprise_id, identities.newcomer.user_id, COMPANY, 1),
            identities.now,
        )
    assert _codes(refusal) == ["file-needed"]
    with pytest.raises(Refusal) as refusal:
        submit_authentication(
            identities.database,
            Submitting(other.number, identities.newcomer.enterprise_id, identities.newcomer.user_id, COMPANY, 1),
            identities.now,
        )
    assert _codes(refusal) == ["number-used", "file-needed"]


def test_an_approval_makes_the_customer_verified_and_is_answered_for(identities: Identities) -> None:
    number = identities.waiting()
    identities.decided(number, AuthenticationState.APPROVED)
    enterprise = identities.enterprise()
    assert (enterprise.verified, enterprise.name, enterprise.tax_id, enterprise.kind) == (
        True,
        COMPANY.name,
        COMPANY.licence_number,
        "enterprise",
    )
    row = identities.row(number)
    assert (row.state, row.decided_by, row.version) == ("approved", identities.all.reviewer, 2)
    with identities.database.read() as session:
        entry = session.exec(select(AuditRow)).one()
        assert broken_entries(session, enterprise.id) == []
    assert (entry.action, entry.subject, entry.actor_id) == ("authentication-approved", f"authentication:{number}", identities.all.reviewer)
    assert json.loads(entry.facts) == {"kind": "enterprise"}


def test_the_identity_number_of_a_person_stands_in_no_other_row_and_in_no_page(identities: Identities) -> None:
    number = identities.waiting(PERSON)
    identities.decided(number, AuthenticationState.APPROVED)
    assert (identities.enterprise().name, identities.enterprise().tax_id, identities.enterprise().kind) == ("王小芳", "", "personal")
    elsewhere = {
        table: rows for table, rows in dump(identities.database, without={"authentication"}).items() if PERSON.licence_number in repr(rows)
    }
    assert elsewhere == {}
    with identities.database.read() as session:
        case = identity_case(session, number)
        own = authentications_of(session, identities.newcomer.enterprise_id)
    assert PERSON.licence_number not in repr((case, own))
    assert own[0].licence_number == "110***********0025"


@pytest.mark.parametrize("state", [AuthenticationState.REFUSED, AuthenticationState.WITHDRAWN, AuthenticationState.LAPSED])
def test_another_end_leaves_the_customer_as_it_was(identities: Identities, state: AuthenticationState) -> None:
    number = identities.waiting()
    before = identities.enterprise()
    identities.decided(number, state, "看不清")
    assert identities.enterprise() == before
    rows = dump(identities.database)
    identities.decided(number, AuthenticationState.APPROVED)  # a late one changes nothing
    assert changed(rows, dump(identities.database)) == {}


def test_a_number_that_another_verified_customer_has_is_raised(identities: Identities) -> None:
    make_customer(identities.database, name=COMPANY.name, tax_id=COMPANY.licence_number)
    number = identities.submitted().number
    assert identities.sql.check(number, identities.now).raised == ("not-used-elsewhere",)


def test_a_persons_number_that_another_customer_was_verified_with_is_raised(identities: Identities) -> None:
    identities.decided(identities.waiting(PERSON), AuthenticationState.APPROVED)
    other = make_customer(identities.database, name="另一个人", tax_id="", verified=False)
    number = identities.submitted(PERSON, other).number
    assert identities.sql.check(number, identities.now).raised == ("not-used-elsewhere",)


def test_the_same_customer_may_be_verified_anew(identities: Identities) -> None:
    identities.decided(identities.waiting(), AuthenticationState.APPROVED)
    number = identities.submitted(replace(COMPANY, name="北京拾光互动科技股份有限公司")).number
    assert identities.sql.check(number, identities.now).raised == ()
    with pytest.raises(Refusal):
        identities.submitted(PERSON)


def test_the_queue_has_the_oldest_first_with_its_doubts(identities: Identities) -> None:
    first = identities.waiting()
    other = make_customer(identities.database, name="另一家", tax_id="", verified=False)
    identities.now += timedelta(minutes=1)
    second = identities.submitted(customer=other).number
    identities.sql.check(second, identities.now)
    identities.sql.record_picture(second, [IdentityCheck("picture-readable", passed=False)], identities.now)
    with identities.database.read() as session:
        assert [each.number for each in identity_queue(session)] == [first]
    identities.sql.await_person(second, POLICY, identities.now)
    with identities.database.read() as session:
        queue = identity_queue(session)
        assert own_authentication(session, other.enterprise_id, first) is None
    assert [(each.number, each.doubts) for each in queue] == [(first, 0), (second, 1)]
    assert all(each.due_at for each in queue)


def _titled(identities: Identities, name: str, tax_id: str = "") -> int:
    with identities.database.write() as session:
        title = TitleRow(enterprise_id=identities.newcomer.enterprise_id, name=name, tax_id=tax_id, created_at=identities.now)
        session.add(title)
        session.flush()
        assert title.id is not None
        return title.id


def test_a_personal_account_reserves_nothing_for_a_company(identities: Identities) -> None:
    from tests.factories import make_record

    identities.decided(identities.waiting(PERSON), AuthenticationState.APPROVED)
    record = make_record(identities.database, identities.newcomer)
    request = make_request(identities.newcomer, record)
    company = replace(request, title_id=_titled(identities, COMPANY.name, COMPANY.licence_number), kind=InvoiceKind.SPECIAL)
    answer = identities.all.applications.reserve(company, identities.now)
    assert [problem.code for problem in answer.problems] == ["personal-company-title", "personal-special"]
    own = replace(request, number=f"{request.number[:-1]}X", title_id=_titled(identities, PERSON.name), kind=InvoiceKind.ORDINARY)
    small = replace(own, policy=Policy(personal_minimum_fen=10_601))
    assert [problem.code for problem in identities.all.applications.reserve(small, identities.now).problems] == ["personal-minimum"]
    again = replace(own, number=f"{request.number[:-1]}Z")
    assert identities.all.applications.reserve(again, identities.now).amount_fen == 10_600


def test_who_is_not_verified_reserves_nothing(identities: Identities) -> None:
    from tests.factories import make_record

    request = make_request(identities.newcomer, make_record(identities.database, identities.newcomer))
    codes = [problem.code for problem in identities.all.applications.reserve(request, identities.now).problems]
    assert "not-verified" in codes


def test_a_persons_title_is_compared_with_the_number_of_the_approved_authentication(identities: Identities) -> None:
    identities.decided(identities.waiting(PERSON), AuthenticationState.APPROVED)
    enterprise = identities.newcomer.enterprise_id
    added = add_title(identities.database, enterprise, Party(PERSON.name, PERSON.licence_number), identities.now)
    nobodys = add_title(identities.database, enterprise, Party("个人"), identities.now)
    with identities.database.read() as session:
        assert [session.get_one(TitleRow, each).state for each in (added, nobodys)] == ["approved", "approved"]
    with pytest.raises(Refusal) as refusal:
        add_title(identities.database, enterprise, Party(PERSON.name, "110105199003070084"), identities.now)
    assert [problem.code for problem in refusal.value.problems] == ["title-tax-id-differs"]
    assert identities.enterprise().tax_id == ""
