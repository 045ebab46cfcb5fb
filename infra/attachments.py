"""Files somebody sent in: bytes in the store by their hash, a row for each time one was sent."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.errors import Problem, Refusal
from domain.files import CheckedFile, FileLimits, of_file
from domain.ports import AttachmentStore, Scanner
from infra.database import Database
from infra.file_contents import looked_into
from infra.settings import Settings
from infra.tables import AttachmentRow

log = logging.getLogger(__name__)


def file_limits(settings: Settings) -> FileLimits:
    """What one file may be at most, by the settings."""
    return FileLimits(settings.attachment_mb * 1024 * 1024, settings.attachment_megapixels * 1_000_000, settings.attachment_pages)


def keep_attachment(
    database: Database,
    store: AttachmentStore,
    file: CheckedFile,
    enterprise_id: int,
    subject: str,
    user_id: int,
    now: datetime,
    limits: FileLimits | None = None,
) -> int:
    """Look into a file, keep it, and give its id. Raises Refusal (`infra.file_contents`) and OutsideUnavailable."""
    (kept,) = put_files(store, [file], limits)
    with database.write() as session:
        return add_attachment(session, kept, enterprise_id, subject, user_id, now)


def put_files(
    store: AttachmentStore, files: Sequence[CheckedFile], limits: FileLimits | None = None, scanner: Scanner | None = None
) -> list[CheckedFile]:
    """Look into all files, have them scanned as they were sent, then put their bytes into the store.

    To be called before the transaction that adds their rows. Raises Refusal and, when no scanner or store answers, OutsideUnavailable;
    what a scanner has not passed is never stored.
    """
    kept = _all_looked_into(files, limits)
    for file in files:
        if scanner is not None and (found := scanner.scan(file.content)):
            log.warning("a file of %d bytes was refused: %s, sha256 %s", len(file.content), found, file.sha256)
            raise Refusal(Problem("file", "attachment-infected", {"name": file.file_name, "found": found}))
    for file in kept:
        store.put(file.content, file.media_type)
    return kept


def _all_looked_into(files: Sequence[CheckedFile], limits: FileLimits | None) -> list[CheckedFile]:
    kept: list[CheckedFile] = []
    problems: list[Problem] = []
    for file in files:
        try:
            kept.append(looked_into(file, limits))
        except Refusal as refusal:
            problems += of_file(refusal, file.file_name)
    if problems:
        raise Refusal(*problems)
    return kept


def add_attachment(
    session: Session, file: CheckedFile, enterprise_id: int, subject: str, user_id: int, now: datetime, kind: str = ""
) -> int:
    """The row of a file whose bytes are stored, in the caller's transaction; gives its id."""
    row = AttachmentRow(
        sha256=file.sha256,
        file_name=file.file_name,
        media_type=file.media_type,
        size=len(file.content),
        enterprise_id=enterprise_id,
        subject=subject,
        kind=kind,
        uploaded_by=user_id,
        uploaded_at=now,
    )
    session.add(row)
    session.flush()
    assert row.id is not None  # noqa: S101 (the database gave it at the flush)
    return row.id


def forget_unused(database: Database, store: AttachmentStore, hashes: Iterable[str]) -> None:
    """Remove bytes that no row speaks of: what they belong to was refused after they were stored, or taken back."""
    for sha256 in set(hashes):
        with database.read() as session:
            used = session.execute(select(func.count()).select_from(AttachmentRow).where(col(AttachmentRow.sha256) == sha256)).scalar_one()
        if not used:
            store.remove(sha256)


def attachment_for(session: Session, attachment_id: int) -> AttachmentRow | None:
    """A file's row. Whoever asks must check who may see its `subject`."""
    return session.get(AttachmentRow, attachment_id)
