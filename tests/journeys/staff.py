"""Signing staff in. A code counts once, so the stories share one session of each of them at each running Kaipiao."""

import time
from collections.abc import Awaitable, Callable

import pyotp

from domain.access import STAFF
from infra.demo.companies import PEOPLE
from infra.demo.people import demo_factor

STAFF_LOGINS = frozenset(person.login for person in PEOPLE if person.role in STAFF)
"""Those who are asked for a second factor."""

_STEP_S = 30
_OLD_AFTER_S = 25 * 60
"""A session that nobody used for half an hour has ended."""
_sessions: dict[tuple[str, str], tuple[str, float]] = {}


async def shared_session(base_url: str, login: str, sign_in: Callable[[], Awaitable[str]]) -> str:
    """The cookie of a session that is open already, else of the one that `sign_in` opens."""
    known = _sessions.get((base_url, login))
    cookie = known[0] if known and time.monotonic() - known[1] < _OLD_AFTER_S else await sign_in()
    _sessions[base_url, login] = (cookie, time.monotonic())
    return cookie


def codes(login: str) -> list[str]:
    """What the person's authenticator showed before, shows now and shows next: all are taken, unless a later one was."""
    totp = pyotp.TOTP(demo_factor(login))
    this = int(time.time()) // _STEP_S
    return [totp.generate_otp(step) for step in (this - 1, this, this + 1)]
