"""The passwords that are guessed first: the 30,000 most frequent of public breaches, as the package zxcvbn carries them."""

from functools import cache
from itertools import pairwise

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from domain.passwords import SHORTEST

_OUR_OWN = ("kaipiao", "fapiao", "kaifapiao", "zengzhishui")
"""What this house's own words suggest; with the usual digits after them."""
_USUAL_ENDS = ("", "1", "12", "123", "1234", "12345", "123456", "888", "666", "2024", "2025", "2026", "!", "@123", "123!")


@cache
def _known() -> frozenset[str]:
    """In small letters. 11,611 of the list are long enough to be taken otherwise."""
    found = {word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST}
    return frozenset(found | {word + end for word in _OUR_OWN for end in _USUAL_ENDS})


def is_common(password: str) -> bool:
    """Whether the password, in whatever case, is one of them, or one character or a run of digits repeated."""
    small = password.casefold()
    return small in _known() or len(set(small)) <= 2 or _is_run(small)


def _is_run(text: str) -> bool:
    """`abcdefgh`, `87654321`."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
