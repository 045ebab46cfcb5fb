"""What a new password must be: long enough, not one of those that everybody guesses first, not the person's own name."""

from collections.abc import Callable, Collection

from domain.errors import Problem

SHORTEST = 8
LONGEST = 200
_TELLING = 4
"""A name shorter than this says nothing: it stands in many words by chance."""


def password_problems(field: str, password: str, own: Collection[str], is_common: Callable[[str], bool]) -> tuple[Problem, ...]:
    """The first thing wrong with a new password; empty when it can be taken. No rules on what it is made of (ASVS 6.2.5).

    `own` are the person's login, name, company, address and number; `is_common` knows the passwords that are guessed first.
    Codes: password-needed, password-short (min), password-long (max), password-own, password-common.
    """
    code, params = "", {}
    if not password:
        code = "password-needed"
    elif len(password) < SHORTEST:
        code, params = "password-short", {"min": str(SHORTEST)}
    elif len(password) > LONGEST:
        code, params = "password-long", {"max": str(LONGEST)}
    elif _is_own(password, own):
        code = "password-own"
    elif is_common(password):
        code = "password-common"
    return (Problem(field, code, params),) if code else ()


def _is_own(password: str, own: Collection[str]) -> bool:
    """Whether it is one of the person's own words, alone, twice, turned round or with a few signs around it."""
    core = password.casefold()
    bare = core.strip("0123456789!@#$%^&*()_+-=.,?~ ")
    for word in own:
        for known in {word.casefold().strip(), word.casefold().strip().partition("@")[0]}:
            if len(known) >= _TELLING and (core in {known, known * 2, known[::-1]} or bare == known):
                return True
            if known and core.replace(known, "") == "":
                return True
    return False
