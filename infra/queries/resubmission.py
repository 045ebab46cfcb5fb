"""An application beside the one before it that was approved, refused or ended: what differs (feature 47).

Records are compared by the database, as sums: an application may have taken tens of thousands.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from domain.lifecycle import ApplicationState
from domain.review_phrases import Phrase
from infra.books.life import application_life
from infra.queries.receiver_seen import ReceiverSeen, receiver_seen
from infra.queries.review_phrases import chosen_phrase
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationItemRow, ApplicationRow, AttachmentRow, InvoiceRow, UserRow

APPROVED = (ApplicationState.ISSUING, ApplicationState.ISSUED, ApplicationState.PARTLY_ISSUED, ApplicationState.NOT_ISSUED)
DECIDED = (*APPROVED, ApplicationState.REJECTED)
ENDED = (ApplicationState.REJECTED, ApplicationState.LAPSED, ApplicationState.DECLINED)
"""How an application ends that was refused, by us, by its company or by time; what its customer cancelled was never judged."""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Records of one side only, or of both: how many, and what they bring. Amounts in fen."""

    kept: int
    kept_fen: int
    kept_before_fen: int
    """The same records as they were taken before: another amount where a part is taken."""
    added: int
    added_fen: int
    removed: int
    removed_fen: int

    @property
    def same(self) -> bool:
        return not self.added and not self.removed and self.kept_fen == self.kept_before_fen


@dataclass(frozen=True, slots=True)
class FileNamed:
    """A file of either side. The same bytes are the same file, whatever their name."""

    sha256: str
    kind: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What one of the two asked for; the values are whole, for pages to mask. Amount in fen."""

    title_name: str
    title_tax_id: str
    title_address: str
    title_phone: str
    title_bank: str
    title_bank_account: str
    receiver_id: int
    receiver: ReceiverSeen | None
    kind: str
    medium: str
    amount_fen: int
    split: str
    template_code: str
    agreement_number: str
    files: tuple[FileNamed, ...]


@dataclass(frozen=True, slots=True)
class Resubmission:
    """This application against an earlier one. `why` it is that one: replaces, records, title or newest."""

    why: str
    number: str
    state: str
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str
    phrase: Phrase | None
    before: Applied
    now: Applied
    records: RecordChange


def resubmission_of(session: Session, row: ApplicationRow) -> Resubmission | None:
    """What this application is compared with: the one whose invoice it replaces; else the newest that ended with some of its records,
    else with its title; else the newest of the same account that was decided. None where there is none.
    """
    found = _earlier(session, row)
    if found is None:
        return None
    why, before = found
    decider = session.get(UserRow, before.decided_by) if before.decided_by is not None else None
    return Resubmission(
        why=why,
        number=before.number,
        state=before.state,
        submitted_at=utc(before.submitted_at),
        decided_at=utc_or_none(before.decided_at),
        decided_by=decider.name if decider is not None else "",
        reason=before.reason,
        phrase=chosen_phrase(session, before.reason_phrase),
        before=_applied(session, before),
        now=_applied(session, row),
        records=_records(session, before.number, row.number),
    )


def _earlier(session: Session, row: ApplicationRow) -> tuple[str, ApplicationRow] | None:
    if row.replaces:
        replaced = session.get(InvoiceRow, row.replaces)
        approved = session.get(ApplicationRow, replaced.application_number) if replaced is not None else None
        if approved is not None:
            return "replaces", approved
    table: Any = ApplicationRow
    earlier = (
        table.enterprise_id == row.enterprise_id,
        table.account_id == row.account_id,
        table.number != row.number,
        table.submitted_at <= row.submitted_at,
    )
    newest = select(table).where(*earlier).order_by(table.submitted_at.desc(), table.number.desc()).limit(1)
    same_title = (table.title_name == row.title_name, table.title_tax_id == row.title_tax_id)
    ways = {
        "records": newest.where(table.state.in_(ENDED), table.number.in_(_with_its_records(row.number))),
        "title": newest.where(table.state.in_(ENDED), *same_title),
        "newest": newest.where(table.state.in_(DECIDED)),
    }
    for why, statement in ways.items():
        found = session.execute(statement).scalars().first()
        if found is not None:
            return why, found
    return None


def _with_its_records(number: str) -> Any:
    """The numbers of all applications that took any of its records: by the index on records."""
    mine: Any = ApplicationItemRow
    theirs: Any = ApplicationItemRow.__table__.alias("theirs")  # type: ignore[attr-defined]
    joined = select(theirs.c.application_number).join(mine, mine.record_id == theirs.c.record_id)
    return joined.where(mine.application_number == number, theirs.c.application_number != number)


def _applied(session: Session, row: ApplicationRow) -> Applied:
    file: Any = AttachmentRow
    files = select(file.sha256, file.kind, file.file_name).where(
        file.subject == application_life(row.number), file.enterprise_id == row.enterprise_id
    )
    return Applied(
        title_name=row.title_name,
        title_tax_id=row.title_tax_id,
        title_address=row.title_address,
        title_phone=row.title_phone,
        title_bank=row.title_bank,
        title_bank_account=row.title_bank_account,
        receiver_id=row.receiver_id,
        receiver=receiver_seen(session, row.receiver_id),
        kind=row.kind,
        medium=row.medium,
        amount_fen=row.amount_fen,
        split=row.split,
        template_code=row.template_code,
        agreement_number=row.agreement_number,
        files=tuple(FileNamed(*each) for each in session.execute(files.order_by(file.id))),
    )


def _records(session: Session, before: str, now: str) -> RecordChange:
    """Both sides by record, joined once from each side. A record that the limit of an invoice cut is one again."""

    def side(number: str, name: str) -> Any:
        row: Any = ApplicationItemRow
        taken = select(row.record_id.label("record_id"), func.sum(row.amount_fen).label("fen"))
        return taken.where(col(row.application_number) == number).group_by(row.record_id).subquery(name)

    mine, theirs = side(now, "mine"), side(before, "theirs")
    in_both = theirs.c.record_id.is_not(None)
    kept, kept_fen, kept_before_fen, added, added_fen = session.execute(
        select(
            func.coalesce(func.sum(case((in_both, 1), else_=0)), 0),
            func.coalesce(func.sum(case((in_both, mine.c.fen), else_=0)), 0),
            func.coalesce(func.sum(theirs.c.fen), 0),
            func.coalesce(func.sum(case((in_both, 0), else_=1)), 0),
            func.coalesce(func.sum(case((in_both, 0), else_=mine.c.fen)), 0),
        ).select_from(mine.outerjoin(theirs, mine.c.record_id == theirs.c.record_id))
    ).one()
    total = select(func.count(), func.coalesce(func.sum(theirs.c.fen), 0)).select_from(theirs)
    all_before, all_before_fen = session.execute(total).one()
    return RecordChange(
        int(kept),
        int(kept_fen),
        int(kept_before_fen),
        int(added),
        int(added_fen),
        int(all_before) - int(kept),
        int(all_before_fen) - int(kept_before_fen),
    )
