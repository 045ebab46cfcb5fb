"""One application as a reviewer sees it: everything beside the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import china_date
from domain.lifecycle import UNDECIDED, ApplicationState
from domain.messages import Policy
from domain.review import Check, read_checks
from domain.review_phrases import Phrase
from domain.review_policy import Level
from domain.split_choice import read_choice
from domain.splitting import PlannedInvoice, SplitItem, split
from infra.queries.earlier_cases import Earlier, earlier_of
from infra.queries.evidence import EvidenceSeen, evidence_of
from infra.queries.lives import LifeEvent, events_of
from infra.queries.material import MaterialRound, rounds_of
from infra.queries.promises import PromiseSeen, promise_seen
from infra.queries.receiver_seen import ReceiverSeen, receiver_seen
from infra.queries.resubmission import Resubmission, resubmission_of
from infra.queries.review_phrases import chosen_phrase
from infra.queries.review_policy import PolicyVersion, policy_version
from infra.queries.scope import utc, utc_or_none
from infra.queries.split_items import split_item
from infra.queries.waiting_refunds import WaitingRefund, waiting_refunds
from infra.tables import (
    AccountRow,
    ApplicationItemRow,
    ApplicationRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    EntityRow,
    InvoiceRow,
    UserRow,
)


@dataclass(frozen=True, slots=True)
class CaseItem:
    """A record that the application took. Amount with tax, in fen."""

    service: str
    entity: str
    rate_bp: int
    account: str
    day: date
    order_number: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ItemSum:
    """The items of one service, entity and rate together."""

    service: str
    entity: str
    rate_bp: int
    records: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CasePlan:
    """An invoice that an approval makes, or has made. Amounts in fen; `invoice_id` is empty before the approval."""

    entity: str
    rate_bp: int
    lines: int
    net_fen: int
    tax_fen: int
    total_fen: int
    invoice_id: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything beside a decision. Amounts in fen; `consumed_fen` is what the customer consumed in the 90 days before.

    After the decision `real_name` and `real_tax_id` are those that were verified when the checks ran.
    """

    number: str
    state: str
    version: int
    kind: str
    medium: str
    expedited: bool
    amount_fen: int
    submitted_at: datetime
    due_at: datetime | None
    estimated: bool
    replaces: str
    applicant_id: int
    applicant: str
    account: str
    receiver: ReceiverSeen | None
    customer: str
    real_name: str
    real_tax_id: str
    verified: bool
    title_name: str
    title_tax_id: str
    title_address: str
    title_phone: str
    title_bank: str
    title_bank_account: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    checks: tuple[Check, ...]
    consumed_fen: int
    items: tuple[CaseItem, ...]
    plan: tuple[CasePlan, ...]
    earlier: Earlier
    events: tuple[LifeEvent, ...]
    names: Mapping[int, str] = field(default_factory=dict)
    """Names of the people in the events."""
    files: tuple[EvidenceSeen, ...] = ()
    refunds: tuple[WaitingRefund, ...] = ()
    """What came since and takes back of its orders."""
    score: int = 0
    level: Level = Level.NONE
    rounds: tuple[MaterialRound, ...] = ()
    """What the customer was asked for, and what came."""
    weighed_by: PolicyVersion | None = None
    """The review policy that gave score and level; None before the checks have run."""
    promise: PromiseSeen | None = None
    """Until when the review is promised, and why."""
    phrase: Phrase | None = None
    """The ready phrase before `reason`."""
    against: Resubmission | None = None
    """What differs from what was decided before; None of a first application."""

    @property
    def is_open(self) -> bool:
        return self.state == ApplicationState.REVIEWING

    @property
    def asked(self) -> MaterialRound | None:
        """The round that waits for the customer."""
        return self.rounds[-1] if self.rounds and self.rounds[-1].is_open else None

    @property
    def answers(self) -> dict[int, int]:
        """Files that came in a round, and in which."""
        return {file.id: each.round for each in self.rounds for file in each.files}

    @property
    def raised(self) -> int:
        return sum(check.raised for check in self.checks)

    @property
    def sums(self) -> tuple[ItemSum, ...]:
        """The items by service, entity and rate, the largest first."""
        sums: dict[tuple[str, str, int], tuple[int, int]] = {}
        for item in self.items:
            key = (item.service, item.entity, item.rate_bp)
            records, amount = sums.get(key, (0, 0))
            sums[key] = (records + 1, amount + item.amount_fen)
        found = (ItemSum(*key, records, amount) for key, (records, amount) in sums.items())
        return tuple(sorted(found, key=lambda one: (-one.amount_fen, one.service)))


def case_of(session: Session, number: str, now: datetime, policy: Policy) -> Case | None:
    """The application with its evidence, or None when there is none of this number."""
    row = session.get(ApplicationRow, number)
    if row is None:
        return None
    enterprise = session.get_one(EnterpriseRow, row.enterprise_id)
    account = session.get_one(AccountRow, row.account_id)
    events = tuple(events_of(session, f"application:{number}"))
    people = {row.applicant_id, row.decided_by, *(event.by for event in events)} - {None}
    person: Any = UserRow
    names = {found.id: found.name for found in session.execute(select(person.id, person.name).where(person.id.in_(people)))}
    checks = read_checks(row.findings)
    kept = {} if row.state in UNDECIDED else {name: said for check in checks for name, said in check.evidence.items()}
    items, split_items = _items(session, number)
    files = evidence_of(session, number)
    return Case(
        number=row.number,
        state=row.state,
        version=row.version,
        kind=row.kind,
        medium=row.medium,
        expedited=row.expedited,
        amount_fen=row.amount_fen,
        submitted_at=utc(row.submitted_at),
        due_at=utc_or_none(row.promised_at),
        estimated=row.promise_estimated,
        replaces=row.replaces,
        applicant_id=row.applicant_id,
        applicant=names.get(row.applicant_id, ""),
        account=account.name,
        receiver=receiver_seen(session, row.receiver_id),
        customer=enterprise.name,
        real_name=kept.get("real_name", enterprise.name),
        real_tax_id=kept.get("real_tax_id", enterprise.tax_id),
        verified=enterprise.verified,
        title_name=row.title_name,
        title_tax_id=row.title_tax_id,
        title_address=row.title_address,
        title_phone=row.title_phone,
        title_bank=row.title_bank,
        title_bank_account=row.title_bank_account,
        decided_at=utc_or_none(row.decided_at),
        decided_by=names.get(row.decided_by, "") if row.decided_by is not None else "",
        reason=row.reason,
        checks=checks,
        consumed_fen=_consumed(session, row, checks, now, policy),
        items=items,
        plan=_plan(session, row, split_items, policy),
        earlier=earlier_of(session, row, now),
        events=events,
        names=names,
        files=files,
        rounds=rounds_of(session, number, files),
        refunds=waiting_refunds(session, number),
        score=row.score,
        level=Level(row.level),
        weighed_by=policy_version(session, row.policy_version) if row.policy_version is not None else None,
        promise=promise_seen(session, row, events),
        phrase=chosen_phrase(session, row.reason_phrase),
        against=resubmission_of(session, row),
    )


def _consumed(session: Session, row: ApplicationRow, checks: Sequence[Check], now: datetime, policy: Policy) -> int:
    """What the check compared with; before the check has run, the same sum as of now."""
    for check in checks:
        if "consumed_fen" in check.evidence:
            return int(check.evidence["consumed_fen"])
    record: Any = ConsumptionRecordRow
    since = china_date(now) - timedelta(days=policy.alarm_days)
    total = select(func.coalesce(func.sum(record.gross_fen), 0)).where(record.enterprise_id == row.enterprise_id, record.day >= since)
    return int(session.execute(total).scalar_one())


def _items(session: Session, number: str) -> tuple[tuple[CaseItem, ...], list[SplitItem]]:
    """The records for people, and the same as the split takes them: a record that was cut is one again."""
    item: Any = ApplicationItemRow
    record: Any = ConsumptionRecordRow
    amount = func.sum(item.amount_fen).label("amount_fen")
    rows = session.execute(
        select(record, amount, col(AccountRow.name).label("account"), col(EntityRow.name).label("entity_name"))
        .join(item, item.record_id == record.id)
        .join(AccountRow, col(AccountRow.id) == record.account_id)
        .join(EntityRow, col(EntityRow.code) == record.entity)
        .where(item.application_number == number)
        .group_by(record.id, col(AccountRow.name), col(EntityRow.name))
        .order_by(record.entity, record.rate_bp, record.day, record.id)
    ).all()
    shown = tuple(
        CaseItem(found.service, row.entity_name, found.rate_bp, row.account, found.day, found.order_number, int(row.amount_fen))
        for row in rows
        for found in (row[0],)
    )
    return shown, [split_item(row[0], int(row.amount_fen)) for row in rows]


def _plan(session: Session, row: ApplicationRow, items: list[SplitItem], policy: Policy) -> tuple[CasePlan, ...]:
    """The invoices that are there; before the approval those that the chosen split makes."""
    entity: Any = EntityRow
    names = {found.code: found.name for found in session.execute(select(entity.code, entity.name))}
    table: Any = InvoiceRow
    frozen = session.execute(
        select(table.id, table.entity, table.rate_bp, table.net_fen, table.tax_fen, table.total_fen)
        .where(table.application_number == row.number)
        .order_by(func.length(table.id), table.id)
    ).all()
    if frozen:
        return tuple(CasePlan(names[one.entity], one.rate_bp, 0, one.net_fen, one.tax_fen, one.total_fen, one.id) for one in frozen)
    limit, choice = policy.single_invoice_limit_fen, read_choice(row.split)
    planned: tuple[PlannedInvoice, ...] = split(items, limit_net_fen=limit, choice=choice)
    return tuple(CasePlan(names[one.entity], one.rate_bp, len(one.lines), one.net_fen, one.tax_fen, one.total_fen) for one in planned)
