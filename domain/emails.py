"""What is wrong with an e-mail address, as far as its text tells (RFC 5321 and 5322, without quoted names and literals)."""

import re

from domain.errors import Problem

LONGEST = 200
LOG_IN_LONGEST = 100
"""Of an address that signs in: what a log-in has room for."""
LOCAL_LONGEST = 64
LABEL_LONGEST = 63

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]")


def email_problem(field: str, text: str, longest: int = LONGEST) -> Problem | None:
    """The first thing wrong with an address, blanks around it aside; None when it can be written to.

    Codes: field-needed, email-long (max), email-character (character), email-at, email-two-ats, email-name, email-dots,
    email-number, email-hyphen, email-domain.
    """
    text = text.strip()
    if not text:
        return Problem(field, "field-needed")
    if len(text) > longest:
        return Problem(field, "email-long", {"max": str(longest)})
    local, at, domain = text.partition("@")
    if not at or not domain:
        return Problem(field, "email-at")
    if "@" in domain:
        return Problem(field, "email-two-ats")
    wrong = [each for each in local if not _LOCAL.fullmatch(each)] + [each for each in domain if not _DOMAIN.fullmatch(each)]
    if wrong and not (domain.startswith("[") and domain.endswith("]")):
        shown = wrong[0] if wrong[0].isprintable() and not wrong[0].isspace() else f"U+{ord(wrong[0]):04X}"
        return Problem(field, "email-character", {"character": shown})
    code = _local_fault(local) or _domain_fault(domain)
    return Problem(field, code) if code else None


def _local_fault(local: str) -> str:
    if not local or len(local) > LOCAL_LONGEST:
        return "email-name"
    return "email-dots" if local.startswith(".") or local.endswith(".") or ".." in local else ""


def _domain_fault(domain: str) -> str:
    labels = domain.split(".")
    if domain.startswith("[") or all(label.isdigit() for label in labels):
        return "email-number"
    if not all(labels):
        return "email-dots"
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        return "email-hyphen"
    fits = len(labels) > 1 and all(len(label) <= LABEL_LONGEST for label in labels) and not labels[-1].isdigit() and len(labels[-1]) > 1
    return "" if fits else "email-domain"
