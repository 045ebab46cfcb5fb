"""Who is at the other end before anybody has signed in, and the one door through which every way of signing in leads."""

import ipaddress
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse

from domain.contacts import Channel, channel_of
from infra.people import needs_second_factor, open_session
from infra.tables import UserRow
from web.dependencies import SESSION_COOKIE, Services
from web.pages import LANGUAGE_COOKIE, safe_path
from web.words import LOCALES


def network_of(request: Request) -> str:
    """The visitor's network address for limits: IPv6 by its /64, which one household has to itself."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:45]
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address.ipv4_mapped if address.version == 6 and address.ipv4_mapped else address)


def set_session(answer: RedirectResponse, token: str, held: Services) -> None:
    answer.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", path="/", secure=held.settings.deployment == "production")


async def let_in(request: Request, held: Services, user_id: int, target: str) -> RedirectResponse:
    """Open a session for somebody who has proved to be this user, under a new cookie, and lead on.

    Every way of signing in ends here: password, code, registration; a company account (OIDC) will, too. Staff are only half in:
    they are asked for the second factor, whichever way they came.
    """
    now = held.pages.clock()
    staff = await held.in_thread(needs_second_factor, held.database, user_id)
    token = await held.in_thread(
        open_session,
        held.database,
        user_id,
        now,
        replaces=request.cookies.get(SESSION_COOKIE, ""),
        passed=not staff,
        address=request.client.host if request.client else "",
        browser=request.headers.get("user-agent", ""),
    )
    answer = RedirectResponse(_second_factor(target) if staff else safe_path(target), 303)
    set_session(answer, token, held)
    if LANGUAGE_COOKIE not in request.cookies:
        chosen = await held.in_thread(_language, held, user_id)
        if chosen in LOCALES:
            set_language(answer, chosen)
    return answer


def set_language(answer: RedirectResponse, locale: str) -> None:
    answer.set_cookie(LANGUAGE_COOKIE, locale, max_age=365 * 86_400, samesite="lax", path="/", httponly=True)


def sent_to(address: str) -> str:
    """What a code went out by, for the words of the page: `mail` or `sms`."""
    return Channel(channel_of(address)).value


def _second_factor(target: str) -> str:
    path = safe_path(target)
    return "/second-factor" if path == "/" else f"/second-factor?next={quote(path, safe='')}"


def _language(held: Services, user_id: int) -> str:
    with held.database.read() as session:
        return session.get_one(UserRow, user_id).locale
