"""What a customer writes to its library of titles: add, correct, default and template, remove and put back."""

import hashlib
from dataclasses import astuple
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.authentication import AuthenticationKind, AuthenticationState
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Party
from domain.tax_ids import check_tax_id, tidy_tax_id
from domain.title_states import (
    TitleState,
    Verified,
    can_be_corrected,
    differences,
    may_be_checked,
    tax_id_on,
)
from domain.titles import title_problems
from infra.database import Database
from infra.tables import ApplicationRow, AuthenticationRow, EnterpriseRow, TitleRow


class UnknownTitle(Exception):
    """Not there, removed, or another enterprise's."""


def add_title(
    database: Database,
    enterprise_id: int,
    party: Party,
    now: datetime,
    *,
    kind: InvoiceKind = InvoiceKind.ORDINARY,
    again: bool = False,
    check: bool = False,
) -> int:
    """Add a title and give its id. What was verified is approved at once, and the first such becomes the default.

    Raises Refusal with every problem: those of domain.titles, title-twice, and those of domain.title_states.differences.
    With `check` a title that differs is not refused but waits for a person. With `again` one that is there already is
    the answer, not a problem; it is refused with title-pending, -refused or -cleared when it cannot be used.
    """
    party = tidy_party(party)
    with database.write() as session:
        enterprise = _enterprise(session, enterprise_id)
        known = _known(session, enterprise_id, party, china_date(now))
        problems = list(title_problems(party, kind, enterprise.tax_id))
        if known is not None and known.removed_at is None:
            if again and not problems:
                if not usable(known, china_date(now)):
                    raise Refusal(Problem("title", f"title-{shown_state(known, china_date(now))}"))
                return row_id(known)
            problems.append(Problem("name", "title-twice"))
        state = _decide(party, verified_of(session, enterprise), problems, check=check)
        row = known or TitleRow(enterprise_id=enterprise_id, name=party.name, tax_id=party.tax_id, created_at=now)
        if known is not None and known.state == TitleState.APPROVED:
            state = TitleState.APPROVED  # a person has looked at this name and this tax id before it was removed
        _write(row, party, state, now)
        session.add(row)
        session.flush()
        mend_default(session, enterprise_id)
        return row_id(row)


def correct_title(
    database: Database, enterprise_id: int, title_id: int, party: Party, seen: str, now: datetime, *, check: bool = False
) -> int:
    """Correct a title that is pending, refused or cleared, which submits it anew; gives the id of the title as it is now.

    Where applications carry the old name or tax id, the old row is kept for them off the list, and a new one is made.
    Raises UnknownTitle, and Refusal as `add_title` does, title-approved, or title-changed when it is not what was `seen`.
    """
    party = tidy_party(party)
    with database.write() as session:
        enterprise = _enterprise(session, enterprise_id)
        row = title_of(session, enterprise_id, title_id)
        if not can_be_corrected(TitleState(row.state)):
            raise Refusal(Problem("title", "title-approved"))
        if seen != fingerprint(row):
            raise Refusal(Problem("title", "title-changed"))
        problems = list(title_problems(party, verified=enterprise.tax_id))
        known = _known(session, enterprise_id, party, china_date(now))
        if known is not None and known.id != row.id and known.removed_at is None:
            problems.append(Problem("name", "title-twice"))
        state = _decide(party, verified_of(session, enterprise), problems, check=check)
        if known is not row and (known is not None or _is_used(session, title_id)):
            row.removed_at, row.is_default, row.default_for = now, False, ""
            session.add(row)
            row = known or TitleRow(enterprise_id=enterprise_id, name=party.name, tax_id=party.tax_id, created_at=now)
        _write(row, party, state, now)
        session.add(row)
        session.flush()
        mend_default(session, enterprise_id)
        return row_id(row)


def choose_default_title(database: Database, enterprise_id: int, title_id: int, kind: str, now: datetime) -> None:
    """Make this title the one that forms offer first; with a kind, the template of that kind; with `none`, of no kind.

    Raises UnknownTitle, and Refusal: title-pending and the like for one that cannot be used, tax-id-needed.
    """
    with database.write() as session:
        row = title_of(session, enterprise_id, title_id)
        day = china_date(now)
        if not usable(row, day):
            raise Refusal(Problem("title", f"title-{shown_state(row, day)}"))
        table: Any = TitleRow
        mine = table.enterprise_id == enterprise_id
        if not kind:
            session.execute(update(TitleRow).where(mine).values(is_default=table.id == title_id))
            return
        if kind == InvoiceKind.SPECIAL and not check_tax_id(valid_tax_id(row, day)).fits_special_invoice:
            raise Refusal(Problem("title", "tax-id-needed"))
        chosen = kind if kind in tuple(InvoiceKind) else ""
        if chosen:
            session.execute(update(TitleRow).where(mine, table.default_for == chosen).values(default_for=""))
        session.execute(update(TitleRow).where(table.id == title_id).values(default_for=chosen))


def remove_title(database: Database, enterprise_id: int, title_id: int, now: datetime) -> None:
    """Take a title off the list; what was applied for with it keeps its copy. Removing it again changes nothing. Raises UnknownTitle."""
    with database.write() as session:
        row = title_of(session, enterprise_id, title_id, removed=True)
        if row.removed_at is None:
            row.removed_at, row.is_default, row.default_for = now, False, ""
            session.add(row)
            session.flush()
            mend_default(session, enterprise_id)


def restore_title(database: Database, enterprise_id: int, title_id: int) -> None:
    """Put a removed title back, in the state it had. Raises UnknownTitle."""
    with database.write() as session:
        row = title_of(session, enterprise_id, title_id, removed=True)
        if row.removed_at is not None:
            row.removed_at = None
            session.add(row)
            session.flush()
            mend_default(session, enterprise_id)


def approve_what_is_verified(session: Session, enterprise_id: int, now: datetime) -> None:
    """After a real-name authentication, in its transaction: the rule looks again at the titles that wait.

    A customer without any title gets the verified one, so that the first application finds it filled in.
    """
    enterprise = _enterprise(session, enterprise_id)
    rows = session.execute(select(TitleRow).where(col(TitleRow.enterprise_id) == enterprise_id)).scalars().all()
    if not rows and enterprise.name:
        rows = [TitleRow(enterprise_id=enterprise_id, name=enterprise.name, tax_id=enterprise.tax_id, state="pending", created_at=now)]
    for row in rows:
        if row.state == TitleState.PENDING and not differences(party_of(row), verified_of(session, enterprise)):
            row.state, row.decided_at = TitleState.APPROVED, now
        if row.next_tax_id and row.next_tax_id == enterprise.tax_id:
            row.next_tax_id_approved = True
        session.add(row)
    session.flush()
    mend_default(session, enterprise_id)


def mend_default(session: Session, enterprise_id: int) -> None:
    """While any title can be used, one is the default: when none is, the oldest becomes it."""
    table: Any = TitleRow
    live = (table.enterprise_id == enterprise_id) & table.removed_at.is_(None) & (table.state == TitleState.APPROVED)
    if session.execute(select(table.id).where(live, table.is_default)).first() is None:
        oldest = session.execute(select(table.id).where(live).order_by(table.id).limit(1)).scalar_one_or_none()
        session.execute(update(TitleRow).where(table.enterprise_id == enterprise_id).values(is_default=table.id == (oldest or 0)))


def title_of(session: Session, enterprise_id: int | None, title_id: int, *, removed: bool = False) -> TitleRow:
    """The enterprise's title (anybody's for None), locked until the transaction ends. Raises UnknownTitle."""
    row = session.get(TitleRow, title_id, with_for_update=True)
    if row is None or enterprise_id not in (None, row.enterprise_id) or (row.removed_at is not None and not removed):
        raise UnknownTitle(str(title_id))
    return row


def tidy_party(party: Party) -> Party:
    """As it is kept: blanks around each field out, the tax id in half-width capitals."""
    return Party(
        name=party.name.strip(),
        tax_id=tidy_tax_id(party.tax_id),
        address=party.address.strip(),
        phone=party.phone.strip(),
        bank=party.bank.strip(),
        bank_account=party.bank_account.strip(),
    )


def party_of(row: TitleRow, day: date | None = None) -> Party:
    """What a title prints; with a China day, with the tax id that is valid on it."""
    tax_id = valid_tax_id(row, day) if day else row.tax_id
    return Party(row.name, tax_id, row.address, row.phone, row.bank, row.bank_account)


def valid_tax_id(row: TitleRow, day: date) -> str:
    """The tax id of a China day: the announced one from its day on."""
    return tax_id_on(row.tax_id, row.next_tax_id, row.next_tax_id_from, day)


def shown_state(row: TitleRow, day: date) -> TitleState:
    """The title's state on a China day: one whose new tax id came into effect before anybody approved it waits."""
    waits = valid_tax_id(row, day) != row.tax_id and not row.next_tax_id_approved
    return TitleState.PENDING if waits and row.state == TitleState.APPROVED else TitleState(row.state)


def usable(row: TitleRow, day: date) -> bool:
    """Whether an application of this China day may take it."""
    return row.removed_at is None and shown_state(row, day) is TitleState.APPROVED


def fingerprint(row: TitleRow) -> str:
    """Changes when anything does that a decision rests on: two people never decide over each other."""
    parts = (
        astuple(party_of(row)),
        row.state,
        row.refusal,
        row.next_tax_id,
        row.next_tax_id_from,
        row.next_tax_id_approved,
        row.removed_at,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def verified_of(session: Session, enterprise: EnterpriseRow) -> Verified:
    """What was verified of a customer. A person's identity number stands in its newest approved authentication alone."""
    tax_id = enterprise.tax_id
    if enterprise.kind == AuthenticationKind.PERSONAL and enterprise.verified:
        row: Any = AuthenticationRow
        approved = select(row.licence_number).where(
            row.enterprise_id == enterprise.id, row.state == AuthenticationState.APPROVED, row.kind == AuthenticationKind.PERSONAL
        )
        tax_id = session.execute(approved.order_by(row.decided_at.desc()).limit(1)).scalar_one_or_none() or ""
    return Verified(enterprise.name, tax_id, enterprise.kind, enterprise.verified)


def row_id(row: TitleRow) -> int:
    assert row.id is not None  # noqa: S101 (the database gave it at the flush)
    return row.id


def _enterprise(session: Session, enterprise_id: int) -> EnterpriseRow:
    """Locked: of two who write to one library at once the second sees what the first wrote."""
    enterprise = session.get(EnterpriseRow, enterprise_id, with_for_update={"key_share": True})
    if enterprise is None:
        raise UnknownTitle(str(enterprise_id))
    return enterprise


def _known(session: Session, enterprise_id: int, party: Party, today: date) -> TitleRow | None:
    """The enterprise's title of this name and tax id, also a removed one, also one that has the tax id by an announcement."""
    table: Any = TitleRow
    same = select(TitleRow).where(table.enterprise_id == enterprise_id, table.name == party.name)
    rows = session.execute(same.with_for_update()).scalars().all()
    exact = [row for row in rows if row.tax_id == party.tax_id]
    live = [row for row in rows if row.removed_at is None and party.tax_id in {row.next_tax_id, valid_tax_id(row, today)} - {""}]
    return next(iter([*(row for row in exact if row.removed_at is None), *live, *exact]), None)


def _decide(party: Party, verified: Verified, problems: list[Problem], *, check: bool) -> TitleState:
    """Approved by the rule, or pending where a person is to look. Raises Refusal."""
    found = differences(party, verified)
    unproved = tuple(each for each in found if each.code != "title-not-verified")
    if unproved and not (check and may_be_checked(found)):
        problems += unproved
    if problems:
        raise Refusal(*problems)
    return TitleState.PENDING if found else TitleState.APPROVED


def _write(row: TitleRow, party: Party, state: TitleState, now: datetime) -> None:
    """The row as submitted now: nothing of an earlier decision or announcement stays."""
    for name in ("name", "tax_id", "address", "phone", "bank", "bank_account"):
        setattr(row, name, getattr(party, name))
    row.state, row.refusal, row.created_at, row.removed_at = state, "", now, None
    row.decided_by, row.decided_at = None, now if state is TitleState.APPROVED else None
    row.next_tax_id, row.next_tax_id_from, row.next_tax_id_approved = "", None, False


def _is_used(session: Session, title_id: int) -> bool:
    found = select(col(ApplicationRow.number)).where(col(ApplicationRow.title_id) == title_id).limit(1)
    return session.execute(found).first() is not None
