"""What a real-name form must hold, what the checks raise, and what a personal account may have invoiced."""

from dataclasses import replace
from datetime import date

import pytest

from domain.authentication import (
    AuthenticationKind,
    IdentityFacts,
    Submission,
    age_on,
    amount_problems,
    automatic_checks,
    born_on,
    invoicing_problems,
    kind_problem,
    masked_identity,
    picture_checks,
    raised,
    submission_problems,
)
from domain.invoices import InvoiceKind, Party
from domain.licences import LicenceReading
from domain.messages import Policy
from domain.numbers import drawn_number, is_application_number, is_drawn_number
from tests.authentications import COMPANY, PERSON, READING, SHOP

TODAY = date(2026, 11, 21)


def _codes(submission: Submission) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in submission_problems(submission)]


@pytest.mark.parametrize("submission", [COMPANY, SHOP, PERSON], ids=lambda each: each.kind)
def test_a_form_of_each_kind_is_accepted(submission: Submission) -> None:
    assert _codes(submission) == []


@pytest.mark.parametrize(
    ("submission", "problem"),
    [
        (replace(COMPANY, kind="bank"), ("kind", "choose-one")),
        (replace(COMPANY, name=" "), ("name", "text-blank")),
        (replace(COMPANY, name="拾光\u202e公司"), ("name", "text-bidi")),
        (replace(COMPANY, licence_number=""), ("licence_number", "licence-number-needed")),
        (replace(COMPANY, licence_number="91110108MA7Q5X2H2X"), ("licence_number", "tax-id-check-digit")),
        (replace(COMPANY, licence_number=PERSON.licence_number), ("licence_number", "licence-number-person")),
        (replace(COMPANY, licence_number="110105600037341"), ("licence_number", "licence-number-old")),
        (replace(PERSON, licence_number=COMPANY.licence_number), ("licence_number", "licence-number-company")),
        (replace(PERSON, licence_number="110105199003070020"), ("licence_number", "tax-id-citizen-check")),
        (replace(COMPANY, legal_person=""), ("legal_person", "text-blank")),
        (replace(COMPANY, phone="12345"), ("phone", "mobile-form")),
        (replace(COMPANY, email="finance.cn"), ("email", "email-at")),
    ],
)
def test_a_wrong_field_is_named(submission: Submission, problem: tuple[str, str]) -> None:
    assert _codes(submission) == [problem]


def test_what_was_typed_is_kept_without_blanks_and_in_capitals() -> None:
    typed = replace(COMPANY, name=f" {COMPANY.name} ", licence_number=" 91110108 ma7q5x2h2y ", phone="+86 138-0000 4417")
    assert typed.tidied() == COMPANY
    assert replace(PERSON, legal_person="x").tidied() == replace(PERSON, contact=PERSON.name)


def test_a_clean_form_raises_nothing() -> None:
    for submission in (COMPANY, SHOP, PERSON):
        assert raised(automatic_checks(IdentityFacts(submission, TODAY, has_picture=True))) == ()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (IdentityFacts(replace(COMPANY, name="12345678"), TODAY, has_picture=True), "name-form"),
        (IdentityFacts(replace(COMPANY, kind=SHOP.kind), TODAY, has_picture=True), "kind-fits-code"),
        (IdentityFacts(replace(SHOP, kind=COMPANY.kind), TODAY, has_picture=True), "kind-fits-code"),
        (IdentityFacts(replace(COMPANY, licence_number="91110108MA7Q5X2H2X"), TODAY, has_picture=True), "code-check-digits"),
        (IdentityFacts(COMPANY, TODAY, has_picture=True, used_by="另一家公司"), "not-used-elsewhere"),
        (IdentityFacts(COMPANY, TODAY, has_picture=False), "picture-there"),
        (IdentityFacts(PERSON, date(2008, 3, 6), has_picture=True), "of-age"),
    ],
)
def test_a_doubt_is_raised(facts: IdentityFacts, code: str) -> None:
    assert raised(automatic_checks(facts)) == (code,)


def test_a_person_born_tomorrow_is_raised() -> None:
    checks = automatic_checks(IdentityFacts(PERSON, date(1990, 3, 6), has_picture=True))
    assert raised(checks) == ("birth-date", "of-age")


def test_the_age_grows_on_the_birthday() -> None:
    born = born_on(PERSON.licence_number)
    assert born == date(1990, 3, 7)
    assert [age_on(born, day) for day in (date(2008, 3, 6), date(2008, 3, 7))] == [17, 18]
    leap = date(2008, 2, 29)
    assert [age_on(leap, day) for day in (date(2026, 2, 28), date(2026, 3, 1))] == [17, 18]
    assert born_on("11010519900231002X") is None
    assert born_on("") is None


def test_the_picture_is_compared_without_widths_of_brackets() -> None:
    typed = replace(COMPANY, name="拾光（北京）有限公司")
    assert raised(picture_checks(typed, replace(READING, name="拾光(北京) 有限公司"))) == ()


@pytest.mark.parametrize(
    ("reading", "codes"),
    [
        (replace(READING, name="北京星渚信息技术有限公"), ("name-agrees",)),
        (replace(READING, code=""), ("number-agrees",)),
        (replace(READING, legal_person="沈一舟"), ("legal-person-agrees",)),
        (LicenceReading(problem="reading-slow"), ("picture-readable",)),
    ],
)
def test_a_picture_that_says_something_else_is_raised(reading: LicenceReading, codes: tuple[str, ...]) -> None:
    assert raised(picture_checks(COMPANY, reading)) == codes


def test_no_check_of_a_person_holds_the_whole_number() -> None:
    reading = LicenceReading(PERSON.name, PERSON.licence_number)
    checks = [*automatic_checks(IdentityFacts(PERSON, TODAY, has_picture=True)), *picture_checks(PERSON, reading)]
    assert not [check for check in checks if PERSON.licence_number in check.facts.values()]
    assert masked_identity(PERSON.licence_number) == "110***********0025"
    assert masked_identity("1101") == "****"


def test_a_verified_company_does_not_become_a_person() -> None:
    assert kind_problem(True, AuthenticationKind.ENTERPRISE, AuthenticationKind.PERSONAL) is not None
    assert kind_problem(False, AuthenticationKind.ENTERPRISE, AuthenticationKind.PERSONAL) is None
    assert kind_problem(True, AuthenticationKind.PERSONAL, AuthenticationKind.ENTERPRISE) is None


@pytest.mark.parametrize(
    ("kind", "title", "invoice_kind", "codes"),
    [
        ("enterprise", Party(COMPANY.name, COMPANY.licence_number), InvoiceKind.SPECIAL, []),
        ("individual-business", Party(SHOP.name, SHOP.licence_number), InvoiceKind.SPECIAL, []),
        ("personal", Party("王小芳"), InvoiceKind.ORDINARY, []),
        ("personal", Party("个人"), InvoiceKind.ORDINARY, []),
        ("personal", Party("王小芳", PERSON.licence_number), InvoiceKind.ORDINARY, []),
        ("personal", Party("王小芳", COMPANY.licence_number), InvoiceKind.ORDINARY, ["personal-company-title"]),
        ("personal", Party(COMPANY.name), InvoiceKind.ORDINARY, ["personal-company-title"]),
        ("personal", Party(COMPANY.name, COMPANY.licence_number), InvoiceKind.SPECIAL, ["personal-company-title", "personal-special"]),
    ],
)
def test_a_personal_account_gets_no_invoice_of_a_company(kind: str, title: Party, invoice_kind: InvoiceKind, codes: list[str]) -> None:
    assert [problem.code for problem in invoicing_problems(kind, "王小芳", title, invoice_kind)] == codes


def test_individuals_are_invoiced_from_the_policys_amount_on() -> None:
    policy = Policy(personal_minimum_fen=500)
    assert [problem.code for problem in amount_problems("personal", 499, policy)] == ["personal-minimum"]
    assert amount_problems("personal", 500, policy) == ()
    assert amount_problems("enterprise", 1, policy) == ()


def test_the_number_of_an_authentication_is_no_application_number() -> None:
    number = drawn_number("RZ", bytes(5), TODAY)
    assert number == "RZ-261121-00000000"
    assert is_drawn_number("RZ", number)
    assert not is_application_number(number)
    assert not is_drawn_number("RZ", "KP-261121-00000000")
