"""Who looks at which application: a row that the page at the desk renews while it is seen, and that goes out by itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from infra.database import Database, insert_once
from infra.queries.presence import GONE_AFTER
from infra.tables import ReviewPresenceRow

KEPT = timedelta(hours=1)
"""Rows that nobody renewed for so long are removed by whoever comes next."""


def look_at(database: Database, number: str, person_id: int, now: datetime) -> None:
    """This person has the application open now. Who was away for a while looks from now on, and not since then."""
    row: Any = ReviewPresenceRow
    mine = (row.number == number, row.person_id == person_id)
    with database.write() as session:
        still = update(row).where(*mine, row.seen_at > now - GONE_AFTER).values(seen_at=now)
        if session.connection().execute(still).rowcount:
            return
        session.connection().execute(delete(row).where((mine[0] & mine[1]) | (row.seen_at < now - KEPT)))
        insert_once(session, row, {"number": number, "person_id": person_id, "since": now, "seen_at": now})
