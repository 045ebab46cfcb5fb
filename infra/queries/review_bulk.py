"""Applications that may be approved several at once: of level 1, without an alarm, within the policy's line, and nobody else's work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.lifecycle import ApplicationState
from domain.review import Check, alarmed, read_checks
from domain.review_policy import Level
from infra.books.life import application_life
from infra.queries.beside import decided_of
from infra.queries.evidence import evidence_mark, evidence_of_many
from infra.queries.presence import Looking, lookers_of
from infra.queries.review_policy import current_policy
from infra.queries.review_queue import in_order_of_work
from infra.queries.scope import utc
from infra.queries.waiting_refunds import waiting_refunds
from infra.tables import ApplicationRow, EnterpriseRow, NoteRow, UserRow

MOST = 50
_LOOKED_AT = 4 * MOST
"""Of the queue, so many are looked at for those that may be offered together."""


@dataclass(frozen=True, slots=True)
class Pick:
    """An application as it was seen when it was ticked."""

    number: str
    version: int
    mark: str = ""
    """`evidence_mark` of its files."""

    @property
    def text(self) -> str:
        return f"{self.number}.{self.version}.{self.mark}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why one is not approved with the others: a code of `web/sentences/review_desk.py`, with who and when where somebody did it."""

    code: str
    by: str = ""
    at: datetime | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One application. Amount in fen; `left_out` is None where it may be approved with others."""

    pick: Pick
    customer: str
    title_name: str
    amount_fen: int
    kind: str
    medium: str
    expedited: bool
    due_at: datetime
    score: int
    checks: tuple[Check, ...]
    left_out: LeftOut | None

    @property
    def number(self) -> str:
        return self.pick.number


def bulk_candidates(session: Session, person_id: int, now: datetime) -> tuple[BulkItem, ...]:
    """The first ones of the queue that this person may approve together, at most `MOST`."""
    row: Any = ApplicationRow
    line = current_policy(session).policy.bulk_up_to_score
    waiting = select(row.number).where(row.state == ApplicationState.REVIEWING, row.level == Level.ONE, row.score <= line)
    numbers = session.execute(in_order_of_work(waiting.where(row.applicant_id != person_id)).limit(_LOOKED_AT)).scalars().all()
    return tuple(item for item in bulk_items(session, numbers, person_id, now) if item.left_out is None)[:MOST]


def bulk_items(
    session: Session, numbers: Collection[str], person_id: int, now: datetime, seen: Mapping[str, Pick] | None = None
) -> tuple[BulkItem, ...]:
    """These applications in the queue's order, each with why it is left out, if it is. With `seen`, what changed since is left out."""
    row: Any = ApplicationRow
    statement = select(row, col(EnterpriseRow.name)).join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
    rows = session.execute(in_order_of_work(statement.where(row.number.in_(numbers)))).all()
    files = evidence_of_many(session, numbers)
    judge = _Judge(session, person_id, lookers_of(session, numbers, person_id, now), _holders(session, numbers, person_id, now), seen)
    found = []
    for each, customer in rows:
        pick = Pick(each.number, each.version, evidence_mark(files.get(each.number, ())))
        checks = read_checks(each.findings)
        found.append(
            BulkItem(
                pick=pick,
                customer=customer,
                title_name=each.title_name,
                amount_fen=each.amount_fen,
                kind=each.kind,
                medium=each.medium,
                expedited=each.expedited,
                due_at=utc(each.promised_at or each.submitted_at),
                score=each.score,
                checks=checks,
                left_out=judge.why_not(each, checks, pick),
            )
        )
    return tuple(found)


def _holders(session: Session, numbers: Collection[str], except_for: int, now: datetime) -> dict[str, Looking]:
    """Who else has claimed which of them, and since when."""
    row: Any = ApplicationRow
    held = select(row.number, row.claimed_at, col(UserRow.name)).join(UserRow, col(UserRow.id) == row.claimed_by)
    rows = session.execute(held.where(row.number.in_(numbers), row.claimed_by != except_for, row.claimed_until > now))
    return {each.number: Looking(each.name, utc(each.claimed_at)) for each in rows}


@dataclass
class _Judge:
    """Says why an application is not approved together with others."""

    session: Session
    person_id: int
    lookers: Mapping[str, tuple[Looking, ...]]
    holders: Mapping[str, Looking]
    seen: Mapping[str, Pick] | None
    line: int = field(init=False)

    def __post_init__(self) -> None:
        self.line = current_policy(self.session).policy.bulk_up_to_score

    def why_not(self, row: ApplicationRow, checks: Sequence[Check], pick: Pick) -> LeftOut | None:
        decided = decided_of(self.session, row)
        if decided is not None:
            return LeftOut("decided", decided.by, decided.at, decided.state)
        if row.state != ApplicationState.REVIEWING:
            return LeftOut("not-in-review", state=row.state)
        if row.applicant_id == self.person_id:
            return LeftOut("own")
        if self.seen is not None and self.seen.get(row.number) != pick:
            return LeftOut("changed")
        if row.level != Level.ONE or row.policy_version is None:
            return LeftOut("level")
        if alarmed(checks):
            return LeftOut("alarm")
        if row.score > self.line:
            return LeftOut("score")
        return self._busy(row, checks, pick)

    def _busy(self, row: ApplicationRow, checks: Sequence[Check], pick: Pick) -> LeftOut | None:
        """What came since the checks, and who is at work on it."""
        kept = {name: said for check in checks for name, said in check.evidence.items()}
        if kept.get("mark", "") != pick.mark:
            return LeftOut("files")
        if waiting_refunds(self.session, row.number):
            return LeftOut("refund")
        holder = self.holders.get(row.number)
        if holder is not None:
            return LeftOut("claimed", holder.name, holder.since)
        looking = self.lookers.get(row.number, ())
        return LeftOut("looked-at", looking[0].name, looking[0].since) if looking else None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of one message: taken or refused with a code; `code` is empty and `taken` None while it is still to come."""

    number: str
    customer: str
    amount_fen: int
    taken: bool | None
    code: str
    decided_by: str = ""
    decided_at: datetime | None = None
    state: str = ""


def bulk_outcomes(session: Session, keys: Mapping[str, str]) -> tuple[BulkOutcome, ...]:
    """What the lives made of their messages, by number and the message's key, in the order asked; unknown numbers are left out."""
    row: Any = ApplicationRow
    note: Any = NoteRow
    statement = select(row, col(EnterpriseRow.name)).join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
    rows = {each.number: (each, customer) for each, customer in session.execute(statement.where(row.number.in_(keys)))}
    lives = [application_life(number) for number in keys]
    answers = select(note).where(note.life.in_(lives), note.key.in_(keys.values()))
    notes = {each.key: each for each in session.execute(answers).scalars()}
    found = []
    for number, key in keys.items():
        if number not in rows:
            continue
        each, customer = rows[number]
        answer = notes.get(key)
        taken = None if answer is None else answer.taken
        decided = decided_of(session, each) if taken is False else None
        who = (decided.by, decided.at, decided.state) if decided is not None else ("", None, "")
        found.append(BulkOutcome(number, customer, each.amount_fen, taken, answer.code if answer is not None else "", *who))
    return tuple(found)
