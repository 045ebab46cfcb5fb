"""Real-name authentication: three kinds, its states, the automatic checks, and what a personal account may have invoiced.

Checks are evidence for the person who decides; nothing here decides alone (features 1, 38).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.contacts import kept_mobile, mobile_problem
from domain.emails import email_problem
from domain.errors import Problem
from domain.invoices import InvoiceKind, Party
from domain.licences import LicenceReading, agrees
from domain.messages import Policy
from domain.names import name_problems
from domain.tax_ids import TaxIdKind, check_tax_id, tidy_tax_id
from domain.titles import same_name, text_problems

NAME_LONGEST = 100
CONTACT_LONGEST = 50
LEAST_AGE = 18
"""Full civil capacity (民法典 art. 17, 18)."""
NUMBER_KIND = "RZ"
"""The letters of an authentication's number (`domain.numbers.drawn_number`)."""
PERSON = "个人"
"""A title that names nobody, which a personal account may use."""


class AuthenticationKind(StrEnum):
    ENTERPRISE = "enterprise"
    INDIVIDUAL_BUSINESS = "individual-business"
    PERSONAL = "personal"


class AuthenticationState(StrEnum):
    """Where an authentication is."""

    SUBMITTED = "submitted"
    """The form is kept; its life has not begun."""
    CHECKING = "checking"
    WAITING = "waiting-for-person"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Nobody decided in time."""

    @property
    def is_final(self) -> bool:
        return self not in OPEN_STATES


OPEN_STATES = (AuthenticationState.SUBMITTED, AuthenticationState.CHECKING, AuthenticationState.WAITING)


@dataclass(frozen=True, slots=True)
class AuthenticationRequest:
    """What a life begins with: ids only. What was typed stands in our own row under `number`."""

    number: str
    enterprise_id: int
    submitted_by: int
    kind: AuthenticationKind
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class AuthenticationOutcome:
    number: str
    state: AuthenticationState


@dataclass(frozen=True, slots=True)
class Submission:
    """What was typed into the form. `licence_number` is the unified social credit code, or the identity number of a person."""

    kind: str = AuthenticationKind.ENTERPRISE
    name: str = ""
    licence_number: str = ""
    legal_person: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""

    @property
    def is_personal(self) -> bool:
        return self.kind == AuthenticationKind.PERSONAL

    def tidied(self) -> "Submission":
        """Without blanks around, the number in its kept form; a person stands for himself."""
        name = self.name.strip()
        return Submission(
            self.kind,
            name,
            tidy_tax_id(self.licence_number),
            "" if self.is_personal else self.legal_person.strip(),
            name if self.is_personal else self.contact.strip(),
            kept_mobile(self.phone),
            self.email.strip(),
        )


def submission_problems(submission: Submission) -> tuple[Problem, ...]:
    """Everything that keeps the form from being sent, so that all can be mended at once.

    Codes: choose-one, those of `text_problems`, `name_problems`, `check_tax_id`, `mobile_problem` and `email_problem`,
    licence-number-needed, licence-number-person (a person's number for a company), licence-number-company, licence-number-old
    (the 15 digits of before).
    """
    return tuple(_submission_problems(submission))


def _submission_problems(submission: Submission) -> Iterator[Problem]:
    if submission.kind not in tuple(AuthenticationKind):
        yield Problem("kind", "choose-one")
        return
    yield from text_problems("name", submission.name, NAME_LONGEST, least=2)
    yield from _number_problems(submission)
    if not submission.is_personal:
        yield from name_problems("legal_person", submission.legal_person, CONTACT_LONGEST, least=2)
        yield from name_problems("contact", submission.contact, CONTACT_LONGEST, least=2)
    yield from filter(None, (mobile_problem("phone", submission.phone), email_problem("email", submission.email)))


def _number_problems(submission: Submission) -> Iterator[Problem]:
    found = check_tax_id(submission.licence_number, field="licence_number")
    if found.kind is TaxIdKind.NONE:
        yield Problem("licence_number", "licence-number-needed")
    elif submission.is_personal and found.kind is not TaxIdKind.CITIZEN:
        yield Problem("licence_number", "licence-number-company")
    elif found.problem is not None:
        yield found.problem
    elif not submission.is_personal and found.kind is not TaxIdKind.USCC:
        yield Problem("licence_number", "licence-number-person" if found.kind is TaxIdKind.CITIZEN else "licence-number-old")


def kind_problem(now_verified: bool, now_kind: str, wanted: str) -> Problem | None:
    """A verified company does not become a person: its titles and invoices are a company's. Code: kind-stays-company."""
    if now_verified and now_kind != AuthenticationKind.PERSONAL and wanted == AuthenticationKind.PERSONAL:
        return Problem("kind", "kind-stays-company")
    return None


# Checks


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """What the checks look at. `used_by` names another verified customer with the same number."""

    submission: Submission
    today: date
    has_picture: bool
    used_by: str = ""


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """One check's outcome; one that has not passed asks for a look. `facts` are the values its sentence needs."""

    code: str
    passed: bool
    facts: dict[str, str] = field(default_factory=dict)


def automatic_checks(facts: IdentityFacts) -> tuple[IdentityCheck, ...]:
    """Every check on what was typed, in the order in which a person reads them."""
    return tuple(_automatic_checks(facts))


def _automatic_checks(facts: IdentityFacts) -> Iterator[IdentityCheck]:
    typed = facts.submission
    finding = check_tax_id(typed.licence_number)
    yield IdentityCheck("name-form", not text_problems("name", typed.name, NAME_LONGEST, least=2) and not _odd_name(typed))
    if typed.is_personal:
        yield IdentityCheck("identity-check-digit", finding.ok and finding.kind is TaxIdKind.CITIZEN)
        born = born_on(typed.licence_number)
        yield IdentityCheck("birth-date", born is not None and born <= facts.today, {"day": born.isoformat() if born else ""})
        age = age_on(born, facts.today) if born else 0
        yield IdentityCheck("of-age", age >= LEAST_AGE, {"age": str(age), "least": str(LEAST_AGE)})
    else:
        yield IdentityCheck("code-check-digits", finding.ok and finding.kind is TaxIdKind.USCC and finding.warning is None)
        yield IdentityCheck("kind-fits-code", _kind_fits_code(typed), {"start": typed.licence_number[:2]})
    yield IdentityCheck("not-used-elsewhere", not facts.used_by, {"name": facts.used_by})
    yield IdentityCheck("picture-there", facts.has_picture)


def picture_checks(submission: Submission, reading: LicenceReading) -> tuple[IdentityCheck, ...]:
    """What the picture says beside what was typed. What could not be read agrees with nothing, and is for a person's eyes."""
    checks = [IdentityCheck("picture-readable", reading.ok, {"why": reading.problem})]
    if reading.ok:
        checks.append(_agreement("name-agrees", reading.name, submission.name))
        checks.append(_agreement("number-agrees", reading.code, submission.licence_number, secret=submission.is_personal))
        if not submission.is_personal:
            checks.append(_agreement("legal-person-agrees", reading.legal_person, submission.legal_person))
    return tuple(checks)


def _agreement(code: str, read: str, typed: str, *, secret: bool = False) -> IdentityCheck:
    return IdentityCheck(code, agrees(read, typed) is True, {"read": masked_identity(read) if secret else read})


def _odd_name(typed: Submission) -> bool:
    """A name without any letter; of a company also one that is shorter than a region and a trade."""
    letters = sum(character.isalpha() for character in typed.name)
    return letters < (2 if typed.is_personal else 4)


def _kind_fits_code(typed: Submission) -> bool:
    """Codes that begin with 92 are those of individual businesses (GB 32100)."""
    return typed.licence_number.startswith("92") is (typed.kind == AuthenticationKind.INDIVIDUAL_BUSINESS)


def born_on(identity_number: str) -> date | None:
    """The birth date within an 18-character identity number; None when there is none."""
    try:
        return date(int(identity_number[6:10]), int(identity_number[10:12]), int(identity_number[12:14]))
    except ValueError:
        return None


def age_on(born: date, day: date) -> int:
    """Full years. Somebody born on 29 February is a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def masked_identity(number: str) -> str:
    """The first three and the last four characters; the region's rest and the day of birth are not shown."""
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}" if len(number) >= 10 else "*" * len(number)


def shown_number(kind: str, number: str) -> str:
    """A licence number as pages show it: a person's is masked."""
    return masked_identity(number) if kind == AuthenticationKind.PERSONAL else number


# What a personal account may have invoiced


def invoicing_problems(kind: str, verified_name: str, title: Party, invoice_kind: InvoiceKind) -> tuple[Problem, ...]:
    """Why an account of this kind may not have an invoice with this title (features 1, 2). Companies may.

    Codes: personal-company-title (from 2023-02-01 a personal account gets no enterprise-titled invoice),
    personal-special (a person cannot deduct: ordinary invoices only).
    """
    if kind != AuthenticationKind.PERSONAL:
        return ()
    problems = []
    if not is_personal_title(title, verified_name):
        problems.append(Problem("title_id", "personal-company-title"))
    if invoice_kind is InvoiceKind.SPECIAL:
        problems.append(Problem("kind", "personal-special"))
    return tuple(problems)


def amount_problems(kind: str, amount_fen: int, policy: Policy) -> tuple[Problem, ...]:
    """Individuals are invoiced from a policy amount on. Code: personal-minimum (min_fen)."""
    if kind == AuthenticationKind.PERSONAL and amount_fen < policy.personal_minimum_fen:
        return (Problem("amount", "personal-minimum", {"min_fen": str(policy.personal_minimum_fen)}),)
    return ()


def is_personal_title(title: Party, verified_name: str) -> bool:
    """Whether a title is the verified person's, or names nobody, and has no company's tax id."""
    own = same_name(title.name, verified_name) or same_name(title.name, PERSON)
    return own and check_tax_id(title.tax_id).kind in (TaxIdKind.NONE, TaxIdKind.CITIZEN)


def raised(checks: Sequence[IdentityCheck]) -> tuple[str, ...]:
    """Codes of the checks that ask for a look."""
    return tuple(check.code for check in checks if not check.passed)
