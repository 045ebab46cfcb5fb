"""A person's right to a copy and to deletion (PIPL): the export as a ZIP, and erasing what the law does not keep."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlmodel import Session, col

from domain.access import STAFF, Role
from domain.audit import AuditAction
from domain.authentication import OPEN_STATES
from domain.cells import safe_cell
from domain.errors import Problem, Refusal
from domain.lifecycle import ApplicationState, InvoiceState, ReturnState
from domain.personal_data import OWN_KINDS, erased_name
from infra.audit import note_deed
from infra.database import Database
from infra.limits import forget_everywhere
from infra.queries.personal_data import Whose, statements
from infra.queries.scope import utc
from infra.sessions import end_sessions
from infra.tables import (
    AccountRow,
    ApplicationRow,
    AttachmentRow,
    AuthenticationRow,
    BatchEntryRow,
    BatchRow,
    CodeRow,
    EnterpriseRow,
    InvoiceRow,
    NoticeRow,
    ReceiverRow,
    TicketMessageRow,
    TicketRow,
    TitleRow,
    UserRow,
)

AT_ONCE = 500
"""Rows in memory while the export is written."""
_EVER = (1980, 1, 1, 0, 0, 0)
"""The time of files in the archive: ZIP's first moment. When it was made stands in about.json."""


def write_export(database: Database, whose: Whose, now: datetime, file: IO[bytes]) -> None:
    """Write the person's data as a ZIP: for each class a JSON and a CSV file, and about.json. Reads `AT_ONCE` rows at a time."""
    with database.write() as session:
        note_deed(session, whose.user_id, AuditAction.EXPORT_DATA, f"user:{whose.user_id}", now, tenant=whose.enterprise_id)
    with database.read() as session, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        counts = {}
        for name, statement in statements(session, whose).items():
            counts[name] = _write_json(archive, f"{name}.json", _rows(session, statement))
            _write_csv(archive, f"{name}.csv", statement, _rows(session, statement))
        about = {"made_at": now.isoformat(), "user": whose.user_id, "rows": counts, "amounts": "fen", "moments": "UTC"}
        archive.writestr(zipfile.ZipInfo("about.json", _EVER), json.dumps(about, ensure_ascii=False, indent=1))


def _rows(session: Session, statement: Select[Any]) -> Iterator[dict[str, Any]]:
    for row in session.execute(statement.execution_options(yield_per=AT_ONCE)).mappings():
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _write_json(archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with archive.open(zipfile.ZipInfo(name, _EVER), "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8") as text:
        text.write("[")
        for row in rows:
            text.write((",\n " if count else "\n ") + json.dumps(row, ensure_ascii=False))
            count += 1
        text.write("\n]\n")
    return count


def _write_csv(archive: zipfile.ZipFile, name: str, statement: Select[Any], rows: Iterator[dict[str, Any]]) -> None:
    with archive.open(zipfile.ZipInfo(name, _EVER), "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
        table = csv.writer(text)
        table.writerow(statement.selected_columns.keys())
        for row in rows:
            table.writerow([safe_cell(value) if isinstance(value, str) else value for value in row.values()])


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Why an account cannot be deleted now; all empty when it can. `successors`: id and name of members who could be master."""

    staff: bool = False
    only_master: bool = False
    under_way: int = 0
    """Applications, invoices and returns."""
    authenticating: bool = False
    """A real-name authentication waits for its result."""
    successors: tuple[tuple[int, str], ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        if self.staff:
            return (Problem("account", "staff-account"),)
        if self.only_master:
            return (Problem("account", "hand-over-first"),)
        open_ones = [Problem("account", "applications-open", {"count": str(self.under_way)})] if self.under_way else []
        return (*open_ones, Problem("account", "authentication-waits")) if self.authenticating else tuple(open_ones)


def obstacles(session: Session, user_id: int) -> Obstacles:
    """What stands in the way of deleting this account."""
    user = session.get_one(UserRow, user_id)
    if user.role in STAFF or user.enterprise_id is None:
        return Obstacles(staff=True)
    enterprise = session.get_one(EnterpriseRow, user.enterprise_id)
    if enterprise.kind in OWN_KINDS:
        own = user.enterprise_id
        return Obstacles(under_way=_under_way(session, own), authenticating=_is_authenticating(session, own))
    if user.role != Role.CUSTOMER_MASTER:
        return Obstacles()
    table: Any = UserRow
    others = select(table.id, table.name, table.role).where(
        table.enterprise_id == user.enterprise_id, table.id != user_id, ~table.disabled, table.password_hash != ""
    )
    found = session.execute(others.order_by(table.id)).all()
    if any(each.role == Role.CUSTOMER_MASTER for each in found):
        return Obstacles()
    return Obstacles(only_master=True, successors=tuple((each.id, each.name) for each in found))


def _under_way(session: Session, enterprise_id: int) -> int:
    """Applications, invoices and returns of the enterprise that are not over."""
    application: Any = ApplicationRow
    invoice: Any = InvoiceRow
    moving = [state for state in ApplicationState if not state.is_final]
    returning = invoice.return_state.not_in((ReturnState.NONE, ReturnState.DONE)) & (invoice.state == InvoiceState.ISSUED)
    counts = (
        select(func.count()).where(application.enterprise_id == enterprise_id, application.state.in_(moving)),
        select(func.count()).where(
            invoice.enterprise_id == enterprise_id, or_(invoice.state.in_((InvoiceState.ISSUING, InvoiceState.PARKED)), returning)
        ),
    )
    return sum(int(session.execute(statement).scalar_one()) for statement in counts)


def _is_authenticating(session: Session, enterprise_id: int) -> bool:
    own = select(col(AuthenticationRow.number)).where(
        col(AuthenticationRow.enterprise_id) == enterprise_id, col(AuthenticationRow.state).in_(OPEN_STATES)
    )
    return session.execute(own.limit(1)).first() is not None


def hand_over(database: Database, master_id: int, member_id: int, now: datetime) -> None:
    """Make a member of the same company a master, too. Its sessions end, as with every change of rights.

    Raises Refusal choose-one for anybody who cannot be one.
    """
    with database.write() as session:
        master = session.get_one(UserRow, master_id)
        _lock_enterprise(session, master.enterprise_id)
        member = session.get(UserRow, member_id)
        fits = member is not None and member.enterprise_id == master.enterprise_id and not member.disabled and member.password_hash != ""
        if member is None or not fits or master.role != Role.CUSTOMER_MASTER or master.disabled or master.enterprise_id is None:
            raise Refusal(Problem("successor", "choose-one"))
        if member.role == Role.CUSTOMER_MASTER:
            return
        member.role, member.withdrawn, member.account_id = str(Role.CUSTOMER_MASTER), "", master.account_id
        end_sessions(session, member_id)
        note_deed(session, master_id, AuditAction.HAND_OVER, f"user:{member_id}", now, tenant=master.enterprise_id)


def _lock_enterprise(session: Session, enterprise_id: int | None) -> None:
    """So that two masters who leave at once do not both find the other."""
    if enterprise_id is not None:
        session.get_one(EnterpriseRow, enterprise_id, with_for_update=True)


def delete_account(database: Database, user_id: int, now: datetime) -> tuple[str, ...]:
    """Erase the person: name, contacts, password, sign-ins; with a personal account also what no voucher needs.

    The row stays under a token, because invoices, ledger and audit refer to it. Gives the hashes of files of which no row
    speaks any more: the caller removes their bytes. Raises Refusal (`Obstacles`). One that is deleted already stays so.
    """
    with database.write() as session:
        user = session.get_one(UserRow, user_id, with_for_update=True)
        if user.disabled and user.login == erased_name(user_id):
            return ()
        _lock_enterprise(session, user.enterprise_id)
        found = obstacles(session, user_id)
        if found.problems:
            raise Refusal(*found.problems)
        enterprise_id = user.enterprise_id
        assert enterprise_id is not None  # noqa: S101 (obstacles refuses our own people)
        enterprise = session.get_one(EnterpriseRow, enterprise_id)
        counts = _erase_person(session, user)
        gone: tuple[str, ...] = ()
        if enterprise.kind in OWN_KINDS:
            more, gone = _erase_personal_account(session, enterprise, user_id)
            counts |= more
        note_deed(session, user_id, AuditAction.DELETE_ACCOUNT, f"user:{user_id}", now, tenant=enterprise_id, facts=counts)
        return gone


def _erase_person(session: Session, user: UserRow) -> dict[str, int]:
    """Contacts, password, second factor, sessions, codes and tries. Gives what was erased, in counts."""
    assert user.id is not None  # noqa: S101 (it was read)
    names = [name for name in (user.login, user.phone, user.email) if name]
    codes = session.execute(delete(CodeRow).where(col(CodeRow.address).in_(names)))
    tries = forget_everywhere(session, [], [each.lower() for each in names])
    end_sessions(session, user.id)
    user.login = user.name = erased_name(user.id)
    user.password_hash = user.phone = user.email = user.locale = user.totp_secret = ""
    user.disabled = True
    session.flush()
    return {"codes": _count(codes), "tries": tries}


def _erase_personal_account(session: Session, enterprise: EnterpriseRow, user_id: int) -> tuple[dict[str, int], tuple[str, ...]]:
    """What else a personal account has. Titles and receivers that an application used stay: they are part of its voucher."""
    own = enterprise.id
    token = erased_name(user_id)
    application: Any = ApplicationRow
    own_titles = session.execute(select(col(TitleRow.id)).where(col(TitleRow.enterprise_id) == own)).scalars()
    decided = [f"title:{title_id}" for title_id in own_titles]  # read before the titles themselves go
    used_titles = select(application.title_id).where(application.enterprise_id == own)
    used_receivers = select(application.receiver_id).where(application.enterprise_id == own)
    titles = session.execute(delete(TitleRow).where(col(TitleRow.enterprise_id) == own, col(TitleRow.id).not_in(used_titles)))
    receivers = session.execute(
        delete(ReceiverRow).where(col(ReceiverRow.enterprise_id) == own, col(ReceiverRow.id).not_in(used_receivers))
    )
    _erase_from_checks_of_others(session, enterprise, token)
    blank = {"legal_person": "", "contact": "", "phone": "", "email": "", "picture": "", "name": token, "licence_number": ""}
    blank |= {"checks": "[]", "reason": ""}  # what was read in the picture, and what one of us wrote
    session.execute(update(AuthenticationRow).where(col(AuthenticationRow.enterprise_id) == own).values(**blank))
    tickets = select(col(TicketRow.number)).where(col(TicketRow.enterprise_id) == own)
    messages = update(TicketMessageRow).where(col(TicketMessageRow.ticket_number).in_(tickets))
    said = session.execute(messages.values(text=token).execution_options(synchronize_session=False))
    session.execute(update(TicketRow).where(col(TicketRow.enterprise_id) == own).values(subject=token))
    lives = select("application:" + application.number).where(application.enterprise_id == own)
    invoices = select("invoice:" + col(InvoiceRow.id)).where(col(InvoiceRow.enterprise_id) == own)
    submitted = select("authentication:" + col(AuthenticationRow.number)).where(col(AuthenticationRow.enterprise_id) == own)
    asked = select("ticket:" + col(TicketRow.number)).where(col(TicketRow.enterprise_id) == own)
    told = or_(*(col(NoticeRow.life).in_(of) for of in (lives, invoices, submitted, asked, decided)))
    notices = update(NoticeRow).where(told).values(sent_to=token)
    session.execute(notices.execution_options(synchronize_session=False))
    issued = select("application:" + col(InvoiceRow.application_number)).where(
        col(InvoiceRow.enterprise_id) == own, col(InvoiceRow.state) != InvoiceState.REFUSED
    )
    erased = (col(AttachmentRow.enterprise_id) == own) & col(AttachmentRow.subject).not_in(issued)
    # Sheets of batches have addresses in them; what was applied for stands in the applications.
    entries = session.execute(update(BatchEntryRow).where(col(BatchEntryRow.enterprise_id) == own).values(cells="{}", plan="{}"))
    session.execute(update(BatchRow).where(col(BatchRow.enterprise_id) == own).values(file_name=token))
    files = set(session.execute(select(col(AttachmentRow.sha256)).where(erased)).scalars())
    session.execute(delete(AttachmentRow).where(erased).execution_options(synchronize_session=False))
    still = set(session.execute(select(col(AttachmentRow.sha256)).where(col(AttachmentRow.sha256).in_(files))).scalars())
    session.execute(update(AccountRow).where(col(AccountRow.enterprise_id) == own).values(name=token))
    enterprise.name, enterprise.tax_id, enterprise.verified = token, "", False
    session.flush()
    counts = {"titles": _count(titles), "receivers": _count(receivers), "messages": _count(said), "files": len(files)}
    counts["rows_of_sheets"] = _count(entries)
    return counts, tuple(sorted(files - still))


def _erase_from_checks_of_others(session: Session, enterprise: EnterpriseRow, token: str) -> None:
    """Who submitted the same number later has a check that names this customer."""
    numbers = select(col(AuthenticationRow.licence_number)).where(col(AuthenticationRow.enterprise_id) == enterprise.id)
    table: Any = AuthenticationRow
    others = select(AuthenticationRow).where(table.enterprise_id != enterprise.id, table.licence_number.in_(numbers))
    for row in session.execute(others).scalars():
        checks = json.loads(row.checks)
        for check in checks:
            if check["code"] == "not-used-elsewhere" and check["facts"].get("name") == enterprise.name:
                check["facts"]["name"] = token
        row.checks = json.dumps(checks, ensure_ascii=False)


def _count(result: Any) -> int:
    return max(0, int(result.rowcount))
