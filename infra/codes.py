"""One-time codes by mail and SMS: six digits, five tries, five minutes, once; bound to what they are for and where they went."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from domain.contacts import kept_address
from domain.errors import Problem, Refusal
from domain.ports import OutsideDisagrees, OutsideRefused, OutsideUnavailable
from infra.database import Database
from infra.letters.codes import code_letter
from infra.limits import Limit, take
from infra.post import Post
from infra.queries.scope import utc
from infra.tables import CodeRow

VALID = timedelta(minutes=5)
TRIES = 5
DIGITS = 6

SENT_QUICKLY = Limit("code-sent", 5, timedelta(minutes=15))
SENT_A_DAY = Limit("code-sent-day", 20, timedelta(days=1))
SENT_FROM = Limit("code-from", 60, timedelta(hours=1))
"""For one network address, behind which a whole office may sit."""
CHECKED = Limit("code-checked", 30, timedelta(minutes=15))
"""Checks of one address, over all its codes. Not those of passwords: the two ways in are limited apart."""
CHECKED_FROM = Limit("code-checked-from", 100, timedelta(minutes=15))


class Purpose(StrEnum):
    REGISTER = "register"
    SIGN_IN = "sign-in"
    RESET = "reset"
    CONTACT = "contact"
    """Confirms a new number or address of somebody who is signed in."""


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """A code to be sent: what for, where to, in which language (`zh` or `en`), asked for from which network address.

    With `known` False the address belongs to nobody: it is told so there, and the asker sees no difference.
    """

    purpose: Purpose
    address: str
    locale: str
    network: str
    known: bool = True


def send(database: Database, post: Post, wanted: CodeWanted, now: datetime, overall_an_hour: int, field: str = "address") -> None:
    """Send a new code, which ends the older ones of the same purpose and address. Takes as long as the mail server: call it in a thread.

    Raises Refusal: code-wait (minutes) when a limit is reached, code-not-sent when nobody took the message.
    """
    address = kept_address(wanted.address)
    limits = [
        (SENT_QUICKLY, address),
        (SENT_A_DAY, address),
        (SENT_FROM, wanted.network),
        (Limit("code-all", overall_an_hour, timedelta(hours=1)), "all"),
    ]
    taken = take(database, limits, now)
    if taken.wait:
        raise Refusal(Problem(field, "code-wait", {"minutes": minutes(taken.wait)}))
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    with database.write() as session:
        _end(session, wanted.purpose, address, now)
        row = CodeRow(purpose=wanted.purpose, address=address, code_hash=_hash(wanted.purpose, address, code), created_at=now)
        session.add(row)
        session.flush()
        key = f"code-{row.id}-{secrets.token_hex(6)}"
    try:
        letter = code_letter(wanted.purpose, code, wanted.locale, known=wanted.known)
        post.send(key, address, letter)
    except (OutsideUnavailable, OutsideRefused, OutsideDisagrees) as problem:
        with database.write() as session:
            _end(session, wanted.purpose, address, now)
        raise Refusal(Problem(field, "code-not-sent")) from problem


def check(database: Database, purpose: Purpose, address: str, code: str, now: datetime, network: str, *, keep: bool = False) -> None:
    """Use a code up. A right one counts once, unless `keep` leaves it for another try of the form; each check is a try.

    Raises Refusal: code-wrong when it is wrong, used, too old, or for something else; code-wait when too many were tried.
    """
    kept = kept_address(address)
    taken = take(database, [(CHECKED, kept), (CHECKED_FROM, network)], now)
    if taken.wait:
        raise Refusal(Problem("code", "code-wait", {"minutes": minutes(taken.wait)}))
    digits = "".join(code.split())
    with database.write() as session:
        statement = (
            select(CodeRow)
            .where(col(CodeRow.purpose) == purpose, col(CodeRow.address) == kept, col(CodeRow.used_at).is_(None))
            .order_by(col(CodeRow.id).desc())
            .limit(1)
            .with_for_update()
        )
        row = session.exec(statement).one_or_none()
        fits = hmac.compare_digest(row.code_hash if row else "", _hash(purpose, kept, digits))
        open_still = row is not None and row.tries < TRIES and now - utc(row.created_at) <= VALID
        if row is not None:
            row.tries += 1
            row.used_at = now if fits and open_still and not keep else None
            session.add(row)
    if not (fits and open_still):
        raise Refusal(Problem("code", "code-wrong"))


def minutes(wait: timedelta) -> str:
    """A wait in whole minutes, the begun one counted."""
    return str(int(wait.total_seconds() // 60) + 1)


def _end(session: Session, purpose: Purpose, address: str, now: datetime) -> None:
    table: Any = CodeRow
    session.execute(update(CodeRow).where(table.purpose == purpose, table.address == address, table.used_at.is_(None)).values(used_at=now))


def _hash(purpose: str, address: str, code: str) -> str:
    return hashlib.sha256(f"{purpose}\0{address}\0{code}".encode()).hexdigest()
