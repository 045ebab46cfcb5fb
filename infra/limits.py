"""How often something may be tried, counted in the database: a limit holds over all web processes and restarts."""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, text
from sqlmodel import Session, col, delete

from infra.database import Database
from infra.queries.scope import utc
from infra.tables import TryRow

LONGEST = timedelta(days=1)
"""No limit looks further back; older tries are swept away."""
_SWEEP_EVERY = 200
_WHOLE_KEY = 120
"""Characters of a name that are kept as they are; a longer one is kept as its hash."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in `within`. The name stands first in the key of each try."""

    name: str
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of asking: the ids of the noted tries, or how long to wait. `left` are the tries after this one."""

    ids: tuple[int, ...]
    wait: timedelta
    left: int


def take(database: Database, asked: Sequence[tuple[Limit, str]], now: datetime) -> Taken:
    """Note one try under each limit for each name, or none at all when one of them is used up.

    Counting and noting are one transaction in which the keys are locked, so that a hundred tries at once are no more than allowed.
    """
    with database.write() as session:
        keys = [_key(limit, name) for limit, name in asked]
        _lock(session, keys)
        wait, left = timedelta(0), min(limit.most for limit, _name in asked)
        for (limit, _name), key in zip(asked, keys, strict=True):
            times = _times(session, key, now - limit.within, limit.most)
            if len(times) >= limit.most:
                wait = max(wait, times[-1] + limit.within - now)
            left = min(left, limit.most - len(times) - 1)
        if wait:
            return Taken((), wait, 0)
        rows = [TryRow(key=key, at=now) for key in keys]
        session.add_all(rows)
        session.flush()
        ids = tuple(row.id for row in rows if row.id is not None)
        if any(number % _SWEEP_EVERY == 0 for number in ids):
            session.execute(delete(TryRow).where(col(TryRow.at) < now - LONGEST))
        return Taken(ids, timedelta(0), left)


def give_back(database: Database, taken: Taken) -> None:
    """The try was a right one: it does not count."""
    with database.write() as session:
        session.execute(delete(TryRow).where(col(TryRow.id).in_(taken.ids)))


def forget(database: Database, limit: Limit, name: str) -> None:
    """Let somebody begin anew, after a success that proves who it is."""
    with database.write() as session:
        session.execute(delete(TryRow).where(col(TryRow.key) == _key(limit, name)))


def forget_everywhere(session: Session, limits: Sequence[Limit], names: Sequence[str]) -> int:
    """Delete what these names have tried under these limits, alone or from any network (`name@network`); gives how many tries.

    With no limits it is all of them. Of a name too long to be kept whole, tries from a network are not found: they stand under a hash.
    """
    kinds = {limit.name for limit in limits}
    found: set[str] = set()
    for name in filter(None, names):
        whole = _key(Limit("", 0, LONGEST), name)
        like = or_(col(TryRow.key).endswith(whole, autoescape=True), col(TryRow.key).contains(f"{whole}@", autoescape=True))
        for key in session.execute(select(col(TryRow.key)).where(like).distinct()).scalars():
            kind, _, who = key.partition(":")
            rest = who.removeprefix(whole[1:])
            if (not kinds or kind in kinds) and rest != who and (not rest or _is_network(rest.removeprefix("@"))):
                found.add(key)
    if not found:
        return 0
    return max(0, int(session.connection().execute(delete(TryRow).where(col(TryRow.key).in_(found))).rowcount))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def tries_of(database: Database, limit: Limit, name: str, now: datetime) -> int:
    """How many count at this moment."""
    with database.read() as session:
        key = _key(limit, name)
        statement = select(func.count()).select_from(TryRow).where(col(TryRow.key) == key, col(TryRow.at) > now - limit.within)
        return int(session.execute(statement).scalar_one())


def _key(limit: Limit, name: str) -> str:
    kept = name if len(name) <= _WHOLE_KEY else hashlib.sha256(name.encode()).hexdigest()
    return f"{limit.name}:{kept}"


def _times(session: Session, key: str, since: datetime, most: int) -> list[datetime]:
    """The newest `most` of a key, newest first."""
    statement = select(col(TryRow.at)).where(col(TryRow.key) == key, col(TryRow.at) > since).order_by(col(TryRow.at).desc()).limit(most)
    return [utc(at) for at in session.execute(statement).scalars()]


def _lock(session: Session, keys: Sequence[str]) -> None:
    """On PostgreSQL by advisory locks, always in one order; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        for number in sorted({int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True) for key in keys}):
            session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
