"""The books of a batch (`domain.batches.BatchBooks`) on the database, and keeping a dry run."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from domain.batches import (
    AT_ONCE,
    KEPT_DAYS,
    BatchBegun,
    BatchKind,
    BatchPart,
    BatchRequest,
    BatchState,
    BatchStep,
    EntryState,
)
from domain.choosing import RecordQuery, read_query
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Medium, Party
from domain.messages import ApplicationRequest
from infra.database import Database, insert_once
from infra.receivers import NewReceiver, add_receiver
from infra.tables import ApplicationRow, BatchEntryRow, BatchRow
from infra.titles import add_title

TITLE_FIELDS = ("name", "tax_id", "address", "phone", "bank", "bank_account")


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """What a good row asks for. `receiver_id` 0: the e-mail address is new and is added when the row is submitted."""

    record_ids: tuple[int, ...] = ()
    queries: tuple[RecordQuery, ...] = ()
    limit_fen: int = 0
    by_amount: bool = False
    """An amount alone, of the oldest consumption."""
    title_id: int = 0
    kind: InvoiceKind = InvoiceKind.ORDINARY
    medium: Medium = Medium.ELECTRONIC
    receiver_id: int = 0
    email: str = ""
    expedite: bool = False

    def to_json(self) -> str:
        values = {**asdict(self), "queries": [query.text for query in self.queries]}
        return json.dumps(values, ensure_ascii=False)


def read_plan(text: str) -> ApplicationPlan:
    """From `ApplicationPlan.to_json`."""
    values: dict[str, Any] = json.loads(text)
    values["queries"] = tuple(query for query in map(read_query, values["queries"]) if query is not None)
    values["record_ids"] = tuple(values["record_ids"])
    values["kind"], values["medium"] = InvoiceKind(values["kind"]), Medium(values["medium"])
    return ApplicationPlan(**values)


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """A row as the dry run found it; good without problems. `cells` by column."""

    line: int
    cells: dict[str, str]
    reference: str = ""
    number: str = ""
    plan: ApplicationPlan | None = None
    outcome: str = ""
    """The state that a title would have; of an application it is in the plan."""
    amount_fen: int = 0
    invoices: int = 0
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    id: str
    kind: BatchKind
    enterprise_id: int
    account_id: int
    file_name: str
    by: int
    entries: tuple[CheckedEntry, ...]


def keep_batch(database: Database, batch: CheckedBatch, now: datetime) -> bool:
    """Keep a dry run, or renew that of the same sheet with its numbers as they were; False when it is submitted already.

    Dry runs of this customer that nobody submitted for `KEPT_DAYS` are forgotten.
    """
    values = {
        "id": batch.id,
        "kind": str(batch.kind),
        "enterprise_id": batch.enterprise_id,
        "account_id": batch.account_id,
        "file_name": batch.file_name[:300],
        "state": str(BatchState.CHECKED),
        "checked_at": now,
        "checked_by": batch.by,
    }
    with database.write() as session:
        _forget_old(session, batch.enterprise_id, now)
        insert_once(session, BatchRow, values)
        row = session.get_one(BatchRow, batch.id, with_for_update=True)
        if row.state != BatchState.CHECKED:
            return False
        row.checked_at, row.checked_by, row.file_name = now, batch.by, batch.file_name[:300]
        session.add(row)
        found = select(col(BatchEntryRow.line), col(BatchEntryRow.number)).where(col(BatchEntryRow.batch_id) == batch.id)
        numbers = {each.line: each.number for each in session.execute(found)}
        session.execute(delete(BatchEntryRow).where(col(BatchEntryRow.batch_id) == batch.id))
        session.add_all(_entry_row(batch, replace(each, number=numbers.get(each.line, each.number))) for each in batch.entries)
        return True


def _entry_row(batch: CheckedBatch, entry: CheckedEntry) -> BatchEntryRow:
    return BatchEntryRow(
        batch_id=batch.id,
        line=entry.line,
        enterprise_id=batch.enterprise_id,
        reference=entry.reference[:60],
        number=entry.number,
        state=str(EntryState.WRONG if entry.problems else EntryState.GOOD),
        cells=json.dumps(entry.cells, ensure_ascii=False),
        plan=entry.plan.to_json() if entry.plan is not None else json.dumps({"state": entry.outcome}),
        amount_fen=entry.amount_fen,
        invoices=entry.invoices,
        problems=_problems_json(entry.problems),
    )


def _problems_json(problems: Sequence[Problem]) -> str:
    return json.dumps([asdict(each) for each in problems], ensure_ascii=False)


def _forget_old(session: Session, enterprise_id: int, now: datetime) -> None:
    table: Any = BatchRow
    old = select(table.id).where(
        table.enterprise_id == enterprise_id, table.state == BatchState.CHECKED, table.checked_at < now - timedelta(days=KEPT_DAYS)
    )
    ids = list(session.execute(old).scalars())
    if ids:
        session.execute(delete(BatchEntryRow).where(col(BatchEntryRow.batch_id).in_(ids)))
        session.execute(delete(BatchRow).where(table.id.in_(ids)))


@dataclass(frozen=True, slots=True)
class SqlBatches:
    """Implements `domain.batches.BatchBooks`."""

    database: Database

    def begin(self, request: BatchRequest, now: datetime) -> int:
        entry: Any = BatchEntryRow
        with self.database.write() as session:
            row = session.get_one(BatchRow, request.batch_id, with_for_update=True)
            if row.state == BatchState.CHECKED:
                row.state, row.submitted_at, row.submitted_by = str(BatchState.RUNNING), now, request.by
                session.add(row)
                good = update(BatchEntryRow).where(entry.batch_id == request.batch_id, entry.state == EntryState.GOOD)
                session.execute(good.values(state=str(EntryState.WAITING)))
            rest = select(func.count()).where(entry.batch_id == request.batch_id, entry.state != EntryState.WRONG)
            return int(session.execute(rest).scalar_one())

    def prepare(self, step: BatchStep, now: datetime) -> BatchPart:
        entry: Any = BatchEntryRow
        identity = step.request.batch_id
        with self.database.read() as session:
            batch = session.get_one(BatchRow, identity)
            # All rows but wrong ones, whatever became of them: a repeat walks the same way, and goes over what is done.
            rows = select(BatchEntryRow).where(entry.batch_id == identity, entry.state != EntryState.WRONG, entry.line > step.after)
            found = list(session.execute(rows.order_by(entry.line).limit(AT_ONCE)).scalars())
            session.expunge_all()
        if not found or (step.by_amount and batch.kind == BatchKind.TITLES):
            return BatchPart(last=step.after)
        asked: list[ApplicationRequest] = []
        for row in found:
            if row.state not in (EntryState.WAITING, EntryState.STARTED):
                continue
            if batch.kind == BatchKind.TITLES:
                self._add_title(batch, row, now)
                continue
            plan = read_plan(row.plan)
            request = self._application(batch, row, plan, step.request, now) if plan.by_amount is step.by_amount else None
            asked += [request] if request is not None else []
        return BatchPart(tuple(asked), found[-1].line, len(found) == AT_ONCE)

    def _application(
        self, batch: BatchRow, row: BatchEntryRow, plan: ApplicationPlan, request: BatchRequest, now: datetime
    ) -> ApplicationRequest | None:
        """The life's input; None when the new address is refused, which the row then says."""
        receiver_id = plan.receiver_id
        if not receiver_id:
            try:
                receiver_id = add_receiver(self.database, batch.enterprise_id, NewReceiver("email", plan.email), now, again=True)
            except Refusal as refusal:
                self._settle(row, EntryState.REFUSED, [replace(each, field="receiver") for each in refusal.problems])
                return None
        return ApplicationRequest(
            number=row.number,
            enterprise_id=batch.enterprise_id,
            account_id=batch.account_id,
            applicant_id=request.by,
            record_ids=plan.record_ids,
            queries=plan.queries,
            limit_fen=plan.limit_fen,
            expected_fen=row.amount_fen,
            title_id=plan.title_id,
            kind=plan.kind,
            medium=plan.medium,
            receiver_id=receiver_id,
            expedite=plan.expedite,
            terms_version=request.terms_version,
            privacy_version=request.privacy_version,
            agreed_at=request.agreed_at,
            policy=request.policy,
        )

    def _add_title(self, batch: BatchRow, row: BatchEntryRow, now: datetime) -> None:
        """Added as the form adds one that a person may look at; one that is there by now is refused as a duplicate."""
        cells: dict[str, str] = json.loads(row.cells)
        party = Party(*(cells.get(name, "") for name in TITLE_FIELDS))
        if row.state == EntryState.WAITING:
            self._settle(row, EntryState.STARTED, ())
        try:
            add_title(self.database, batch.enterprise_id, party, now, check=True)
        except Refusal as refusal:
            twice = all(each.code == "title-twice" for each in refusal.problems)
            # After a lost worker the title may be there because this very row has added it.
            state = EntryState.ADDED if twice and row.state == EntryState.STARTED else EntryState.REFUSED
            self._settle(row, state, [] if state is EntryState.ADDED else refusal.problems)
        else:
            self._settle(row, EntryState.ADDED, ())

    def _settle(self, row: BatchEntryRow, state: EntryState, problems: Sequence[Problem]) -> None:
        entry: Any = BatchEntryRow
        with self.database.write() as session:
            mine = update(BatchEntryRow).where(entry.batch_id == row.batch_id, entry.line == row.line)
            session.execute(mine.values(state=str(state), problems=_problems_json(problems)))

    def begun(self, begun: BatchBegun) -> int:
        entry: Any = BatchEntryRow
        with self.database.write() as session:
            waiting = update(BatchEntryRow).where(entry.batch_id == begun.batch_id, entry.state == EntryState.WAITING)
            session.execute(waiting.where(entry.number.in_(begun.numbers)).values(state=str(EntryState.STARTED)))
            used = _problems_json([Problem("number", "number-used")])
            refused = waiting.where(entry.number.in_(begun.taken)).values(state=str(EntryState.REFUSED), problems=used)
            session.execute(refused)
            there = select(func.count()).where(col(ApplicationRow.number).in_(begun.numbers))
            return len(begun.numbers) - int(session.execute(there).scalar_one())

    def end(self, batch_id: str, now: datetime) -> None:
        with self.database.write() as session:
            row = session.get_one(BatchRow, batch_id, with_for_update=True)
            if row.state != BatchState.DONE:
                row.state, row.done_at = str(BatchState.DONE), now
                session.add(row)
