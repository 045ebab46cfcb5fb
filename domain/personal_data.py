"""What is held about a person, by class: how sensitive it is, and what becomes of it when the account is deleted (PIPL).

The periods are those of docs (`reliability.md` 6, `domain.md` 1.15): vouchers are kept for 30 years, the rest only as long as the
account is there.
"""

from dataclasses import dataclass
from enum import StrEnum


class Keep(StrEnum):
    """What becomes of a class when its person's account is deleted. Each has a sentence, `data-keep:<value>`."""

    ERASED = "erased"
    SESSION = "session"
    COMPANY = "company"
    """Rows of a personal account that no application used are erased; a company's rows are the company's."""
    OWN = "own"
    """Erased with a personal account, because nobody else has a part in it."""
    EVIDENCE = "evidence"
    """Files on an application that became an invoice are part of its voucher; those of a personal account on others are erased."""
    PROOF = "proof"
    VOUCHER = "voucher"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Holding:
    """A class of data. `sensitive`: identity numbers, bank accounts and the like, which the law guards more closely."""

    name: str
    keep: Keep
    sensitive: bool = False


HOLDINGS: tuple[Holding, ...] = (
    Holding("person", Keep.ERASED),
    Holding("sessions", Keep.SESSION),
    Holding("codes", Keep.ERASED),
    Holding("consents", Keep.PROOF),
    Holding("titles", Keep.COMPANY, sensitive=True),
    Holding("receivers", Keep.COMPANY),
    Holding("authentications", Keep.OWN, sensitive=True),
    Holding("tickets", Keep.OWN),
    Holding("attachments", Keep.OWN),
    Holding("applications", Keep.VOUCHER, sensitive=True),
    Holding("evidence", Keep.EVIDENCE, sensitive=True),
    Holding("invoices", Keep.VOUCHER),
    Holding("material", Keep.VOUCHER),
    Holding("sign_offs", Keep.VOUCHER),
    Holding("reviews", Keep.VOUCHER),
    Holding("absences", Keep.ERASED),
    Holding("audit", Keep.AUDIT),
)
"""In the order in which a person reads them; the export has a file of each name."""

OWN_KINDS = frozenset({"personal"})
"""Kinds of enterprise that are one natural person, whose every row is that person's own."""


def erased_name(user_id: int) -> str:
    """What stands in place of a name and log-in that was erased: the same everywhere, so that history stays readable."""
    return f"deleted-{user_id}"
