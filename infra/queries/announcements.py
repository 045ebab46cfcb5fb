"""Announcements and the state of services, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from domain.status import Service
from infra.announcements import version_of
from infra.queries.scope import utc, utc_or_none
from infra.tables import AnnouncementRow, ServiceStatusRow, UserRow

MOST_AT_ONCE = 20
"""Announcements that a page may show at the same time; the newest count."""


@dataclass(frozen=True, slots=True)
class Announcement:
    id: int
    version: str
    level: str
    titles: dict[str, str]
    """By language, as `bodies` are."""
    bodies: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None

    @property
    def mark(self) -> str:
        """Names it and its wording, for the cookie of those who have closed it."""
        return f"{self.id}-{self.version}"

    def is_on(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)

    def is_over(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True, slots=True)
class ServiceWord:
    """What an operator has said of a service. `notes` by language."""

    id: int
    service: str
    state: str
    notes: dict[str, str]
    since: datetime
    set_by: str


def _announcement(row: AnnouncementRow) -> Announcement:
    assert row.id is not None  # noqa: S101 (it was read)
    return Announcement(
        row.id,
        version_of(row),
        row.level,
        {"zh": row.title_zh, "en": row.title_en},
        {"zh": row.body_zh, "en": row.body_en},
        utc(row.starts_at),
        utc_or_none(row.ends_at),
    )


def announcements_not_over(session: Session, now: datetime) -> tuple[Announcement, ...]:
    """Those that are shown now or begin later, the latest to begin first."""
    table: Any = AnnouncementRow
    statement = select(table).where(or_(table.ends_at.is_(None), table.ends_at > now)).order_by(table.starts_at.desc(), table.id.desc())
    return tuple(_announcement(row) for row in session.execute(statement.limit(200)).scalars())


def announcements_page(session: Session, before: int | None, most: int = 30) -> tuple[list[Announcement], int | None]:
    """All, the newest first, below an id; and the id below which the next page begins, None on the last."""
    table: Any = AnnouncementRow
    statement = select(table).order_by(table.id.desc()).limit(most + 1)
    rows = list(session.execute(statement if before is None else statement.where(table.id < before)).scalars())
    found = [_announcement(row) for row in rows[:most]]
    return found, found[-1].id if len(rows) > most else None


def announcement_of(session: Session, announcement_id: int) -> Announcement | None:
    row = session.get(AnnouncementRow, announcement_id)
    return None if row is None else _announcement(row)


def service_words(session: Session) -> dict[str, ServiceWord]:
    """The newest word on each service of which there is one."""
    found = {}
    for service in Service:
        newest = _words(session, None, 1, service)
        if newest:
            found[str(service)] = newest[0]
    return found


def service_history(session: Session, before: int | None, most: int = 20) -> tuple[list[ServiceWord], int | None]:
    """All that was said of services, the newest first, below an id; and the id below which the next page begins."""
    rows = _words(session, before, most + 1)
    return rows[:most], rows[most - 1].id if len(rows) > most else None


def _words(session: Session, before: int | None, most: int, service: str = "") -> list[ServiceWord]:
    table: Any = ServiceStatusRow
    user: Any = UserRow
    statement = select(table, user.name).outerjoin(user, user.id == table.set_by).order_by(table.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(table.id < before)
    if service:
        statement = statement.where(table.service == service)
    return [
        ServiceWord(row.id, row.service, row.state, {"zh": row.note_zh, "en": row.note_en}, utc(row.since), name or "")
        for row, name in session.execute(statement)
    ]
