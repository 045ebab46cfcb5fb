"""The second factor of staff (TOTP, RFC 6238): set up at the first sign-in, asked at each one, no code taken twice."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
import segno
from sqlalchemy import update
from sqlmodel import Session, col, select

from domain.audit import AuditAction
from infra.audit import note_deed
from infra.database import Database
from infra.factor_keys import FactorKeys, UnreadableFactor
from infra.people import open_session, token_hash
from infra.queries.scope import utc
from infra.tables import SessionRow, UserRow

ISSUER = "Kaipiao"
HALF_OPEN = timedelta(minutes=10)
"""How long a password or code alone is remembered while the second factor is asked for."""
_STEP_S = 30
_WINDOW = 1
"""Steps before and after this one whose code is taken too: clocks of phones differ."""


@dataclass(frozen=True, slots=True)
class Half:
    """Who has given the first factor in this browser. `secret` is the key to set up, empty for those who have one."""

    user_id: int
    login: str
    name: str
    csrf_token: str
    secret: str

    @property
    def address(self) -> str:
        """What an authenticator reads from the QR code."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=self.login, issuer_name=ISSUER)

    @property
    def picture(self) -> str:
        """The QR code of `address` as an SVG element without size, script or style; its margin is light in dark mode, too."""
        return segno.make_qr(self.address, error="m").svg_inline(border=4, light="#fff", omitsize=True)


def half_of(database: Database, token: str, now: datetime) -> Half | None:
    """Whom a half signed-in browser belongs to; None when it is not half signed in, or for longer than `HALF_OPEN`."""
    with database.read() as session:
        found = _half(session, token, now)
        if found is None:
            return None
        row, user = found
        assert user.id is not None  # noqa: S101 (a stored row)
        return Half(user.id, user.login, user.name, row.csrf_token, "" if user.totp_secret else _offered(token))


def pass_second_factor(database: Database, keys: FactorKeys, token: str, code: str, now: datetime) -> str | None:
    """The cookie of the whole session that follows, or None when the code is wrong, used, or the half session over.

    For those without a key the code confirms the offered one, which is kept from then on. Raises UnreadableFactor.
    """
    with database.write() as session:
        found = _half(session, token, now)
        if found is None:
            return None
        row, user = found
        assert user.id is not None  # noqa: S101 (a stored row)
        secret = keys.open(user.totp_secret, user.id) if user.totp_secret else _offered(token)
        step = _step_of(secret, code, now)
        if step is None:
            return None
        table: Any = UserRow
        taken = session.execute(
            update(UserRow)
            .where(table.id == user.id, table.totp_secret == user.totp_secret, table.totp_used_step < step)
            .values(totp_secret=user.totp_secret or keys.seal(secret, user.id), totp_used_step=step)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            return None
        if not user.totp_secret:
            note_deed(session, user.id, AuditAction.SECOND_FACTOR_SET_UP, f"user:{user.id}", now)
        user_id, address, browser = row.user_id, row.address, row.browser
    return open_session(database, user_id, now, replaces=token, address=address, browser=browser)


def next_code(session: Session, keys: FactorKeys, login: str, now: datetime) -> str | None:
    """A code that would be taken now from this person, for local runs; None when there is no key, or the codes up to now are used."""
    user = session.exec(select(UserRow).where(UserRow.login == login)).one_or_none()
    this = int(now.timestamp()) // _STEP_S
    if user is None or user.id is None or not user.totp_secret or user.totp_used_step > this:
        return None
    return pyotp.TOTP(keys.open(user.totp_secret, user.id)).generate_otp(max(this, user.totp_used_step + 1))


def seal_factors(database: Database, keys: FactorKeys) -> tuple[int, list[str]]:
    """Seal every second factor with the newest key; those that have it stay as they are.

    Gives how many were sealed, and the log-ins of those that no key opens: their people need a new factor.
    """
    sealed, unreadable = 0, []
    with database.write() as session:
        for user in session.exec(select(UserRow).where(UserRow.totp_secret != "").with_for_update()):
            assert user.id is not None  # noqa: S101 (a stored row)
            try:
                stored = keys.renewed(user.totp_secret, user.id)
            except UnreadableFactor:
                unreadable.append(user.login)
                continue
            if stored != user.totp_secret:
                user.totp_secret, sealed = stored, sealed + 1
                session.add(user)
    return sealed, unreadable


def _half(session: Session, token: str, now: datetime) -> tuple[SessionRow, UserRow] | None:
    row = session.get(SessionRow, token_hash(token))
    if row is None or row.passed or now - utc(row.created_at) > HALF_OPEN:
        return None
    user = session.exec(select(UserRow).where(col(UserRow.id) == row.user_id, ~col(UserRow.disabled))).one_or_none()
    return (row, user) if user is not None else None


def _offered(token: str) -> str:
    """The key offered to a half signed-in browser: the same on every page of it, and known to nobody without its cookie."""
    digest = hmac.new(token.encode(), b"the key of the second factor", hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step whose code this is, near now."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdecimal():
        return None
    this = int(now.timestamp()) // _STEP_S
    totp = pyotp.TOTP(secret)
    fitting = [step for step in range(this - _WINDOW, this + _WINDOW + 1) if hmac.compare_digest(totp.generate_otp(step), digits)]
    return fitting[0] if fitting else None
