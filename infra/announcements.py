"""Writing announcements and the state of services. Each deed is in the audit trail."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.announcements import Wording, wording_problems
from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.status import Service, status_problems
from infra.audit import note_deed
from infra.database import Database
from infra.queries.scope import utc, utc_or_none
from infra.tables import AnnouncementRow, ServiceStatusRow


class UnknownAnnouncement(Exception):
    """Not there."""


def version_of(row: AnnouncementRow) -> str:
    """Changes with every edit: an edited one is shown again to those who had closed it, and two editors notice each other."""
    ends_at = utc_or_none(row.ends_at)
    said = (row.level, row.title_zh, row.title_en, row.body_zh, row.body_en, utc(row.starts_at), ends_at)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:8]


def add_announcement(database: Database, new: Wording, by: int, now: datetime) -> int:
    """Add one and give its id. The very same words and times again are the one that is there, so a form sent twice is one.

    Raises Refusal with every problem of `wording_problems`.
    """
    new = new.tidy()
    _refuse_wrong(new)
    with database.write() as session:
        known = _same(session, new)
        if known is not None:
            return known
        row = AnnouncementRow(**_values(new), created_by=by, created_at=now)
        session.add(row)
        session.flush()
        assert row.id is not None  # noqa: S101 (the database gave it at the flush)
        note_deed(session, by, AuditAction.ANNOUNCE, f"announcement:{row.id}", now, facts={"level": new.level, "version": version_of(row)})
        return row.id


def edit_announcement(database: Database, announcement_id: int, version: str, new: Wording, by: int, now: datetime) -> None:
    """Change one as it was when `version` was shown.

    Raises UnknownAnnouncement; Refusal with every problem, or announcement-changed when somebody else was first.
    """
    new = new.tidy()
    _refuse_wrong(new)
    with database.write() as session:
        row = session.get(AnnouncementRow, announcement_id, with_for_update=True)
        if row is None:
            raise UnknownAnnouncement(str(announcement_id))
        before = version_of(row)
        for name, value in _values(new).items():
            setattr(row, name, value)
        after = version_of(row)
        if after == before:
            return
        if before != version:
            raise Refusal(Problem("version", "announcement-changed"))
        note_deed(
            session, by, AuditAction.EDIT_ANNOUNCEMENT, f"announcement:{announcement_id}", now, facts={"before": before, "version": after}
        )


def end_announcement(database: Database, announcement_id: int, by: int, now: datetime) -> None:
    """Take it down now; one that is over already stays as it is. Raises UnknownAnnouncement."""
    with database.write() as session:
        row = session.get(AnnouncementRow, announcement_id, with_for_update=True)
        if row is None:
            raise UnknownAnnouncement(str(announcement_id))
        if row.ends_at is not None and utc(row.ends_at) <= now:
            return
        row.ends_at = now
        note_deed(session, by, AuditAction.END_ANNOUNCEMENT, f"announcement:{announcement_id}", now)


def set_service_state(database: Database, service: str, state: str, note_zh: str, note_en: str, by: int, now: datetime) -> None:
    """Say how a service is from now on. The same words again write nothing. Raises Refusal (`status_problems`)."""
    note_zh, note_en = " ".join(note_zh.split()), " ".join(note_en.split())
    problems = status_problems(service, state, note_zh, note_en)
    if problems:
        raise Refusal(*problems)
    table: Any = ServiceStatusRow
    with database.write() as session:
        newest = session.execute(select(table).where(table.service == service).order_by(table.id.desc()).limit(1)).scalars().first()
        if newest is not None and (newest.state, newest.note_zh, newest.note_en) == (state, note_zh, note_en):
            return
        session.add(ServiceStatusRow(service=Service(service), state=state, note_zh=note_zh, note_en=note_en, since=now, set_by=by))
        note_deed(session, by, AuditAction.SET_STATUS, f"service:{service}", now, facts={"state": state})


def _refuse_wrong(new: Wording) -> None:
    problems = wording_problems(new)
    if problems:
        raise Refusal(*problems)


def _values(new: Wording) -> dict[str, Any]:
    said = {name: getattr(new, name) for name in ("level", "title_zh", "title_en", "body_zh", "body_en")}
    assert new.starts_at is not None  # noqa: S101 (wording_problems refuses an announcement without)
    return {**said, "starts_at": utc(new.starts_at), "ends_at": utc_or_none(new.ends_at)}


def _same(session: Session, new: Wording) -> int | None:
    table: Any = AnnouncementRow
    values = _values(new)
    ends_at = values.pop("ends_at")
    statement = select(table.id).where(*(getattr(table, name) == value for name, value in values.items()))
    statement = statement.where(table.ends_at.is_(None) if ends_at is None else table.ends_at == ends_at)
    found: int | None = session.execute(statement.limit(1)).scalar_one_or_none()
    return found
