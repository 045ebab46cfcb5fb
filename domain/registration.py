"""Registering: what a new customer fills in, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.authentication import AuthenticationKind
from domain.contacts import Channel, kept_address, kept_mobile, mobile_problem
from domain.emails import LOG_IN_LONGEST, email_problem
from domain.errors import Problem
from domain.names import name_problems
from domain.tax_ids import TaxIdKind, check_tax_id, tidy_tax_id
from domain.titles import text_problems

NAME_LONGEST = 100
CONTACT_LONGEST = 50


@dataclass(frozen=True, slots=True)
class Registration:
    """`kind` is one of AuthenticationKind, `by` a Channel: where the code goes. A person has no company and licence."""

    kind: str = AuthenticationKind.ENTERPRISE
    company: str = ""
    licence: str = ""
    name: str = ""
    """Of the contact, who becomes the master account."""
    mobile: str = ""
    email: str = ""
    by: str = Channel.SMS

    @property
    def is_personal(self) -> bool:
        return self.kind == AuthenticationKind.PERSONAL

    @property
    def address(self) -> str:
        """Where the code goes, and by which the new account is found."""
        return kept_address(self.email) if self.by == Channel.MAIL else kept_mobile(self.mobile)

    def tidied(self) -> "Registration":
        name = self.name.strip()
        return Registration(
            self.kind,
            name if self.is_personal else self.company.strip(),
            "" if self.is_personal else tidy_tax_id(self.licence),
            name,
            kept_mobile(self.mobile),
            kept_address(self.email),
            self.by,
        )


def registration_problems(new: Registration) -> tuple[Problem, ...]:
    """Everything that has to be mended. Codes: choose-one, field-needed, licence-number-needed, licence-number-person,
    licence-number-old, and those of `text_problems`, `name_problems`, `check_tax_id`, `mobile_problem` and `email_problem`."""
    return tuple(_problems(new))


def _problems(new: Registration) -> Iterator[Problem]:
    if new.kind not in tuple(AuthenticationKind):
        yield Problem("kind", "choose-one")
    if not new.is_personal:
        yield from text_problems("company", new.company, NAME_LONGEST, least=2)
        yield from _licence_problems(new.licence)
    yield from name_problems("name", new.name, CONTACT_LONGEST, least=2)
    if wrong := mobile_problem("mobile", new.mobile):
        yield wrong
    if (new.email.strip() or new.by == Channel.MAIL) and (wrong := email_problem("email", new.email, LOG_IN_LONGEST)):
        yield wrong
    if new.by not in tuple(Channel):
        yield Problem("by", "choose-one")


def _licence_problems(licence: str) -> Iterator[Problem]:
    found = check_tax_id(licence, field="licence")
    if found.kind is TaxIdKind.NONE:
        yield Problem("licence", "licence-number-needed")
    elif found.kind is TaxIdKind.CITIZEN:
        yield Problem("licence", "licence-number-person")
    elif found.problem is not None:
        yield found.problem
    elif found.kind is not TaxIdKind.USCC:
        yield Problem("licence", "licence-number-old")
