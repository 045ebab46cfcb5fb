"""Importing billing files: a file is in, whole, or not at all; the same bytes again change nothing."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import update
from sqlmodel import Session, col

from domain.amounts import plain
from domain.audit import AuditAction
from domain.calendar import china_date, period_of
from domain.consumption import PricedLine, RecordTooLarge, is_open, make_records
from domain.cut_negatives import cut_drafts
from domain.errors import Problem
from domain.focus import RowProblem
from domain.focus_file import KEPT_PROBLEMS, FocusFile, OnRows, no_rows
from domain.ledger import Bucket
from domain.statements import CustomersMonth
from infra.audit import note_deed
from infra.billing_files import read_billing_file
from infra.books.arrears import hold_for_all
from infra.books.binding import chunks
from infra.books.customers import hold_customers
from infra.books.expiry import expire
from infra.books.import_plan import Plan, make_plan
from infra.books.import_report import ImportReport, stored_report
from infra.books.import_rows import bind_freed, insert_lines, insert_records, overlaps, postings
from infra.books.known_orders import repeated_orders
from infra.books.late_rows import GRACE_DAYS, move_late_rows
from infra.books.ledger import post
from infra.books.opening import open_periods
from infra.books.references import Newcomers, References
from infra.books.statements import open_months
from infra.books.taken_classes import take_classes
from infra.books.waiting_negatives import bind_waiting
from infra.database import Database, insert_once
from infra.queries.scope import utc
from infra.tables import ImportBatchRow


class _Refused(Exception):
    """Rolls everything back; the report says why."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report.file_name)
        self.report = report


def _nothing_missing(_words: str) -> set[str]:
    return set()


@dataclass(frozen=True, slots=True)
class Imports:
    """The Books of consumption: imports, and opening months.

    `missing_characters` says what of a service's name no invoice could print: such a row is refused, because what it
    brings could never be invoiced.
    """

    database: Database
    missing_characters: Callable[[str], set[str]] = _nothing_missing
    grace_days: int = GRACE_DAYS
    """Days in which a statement that is out still takes rows in, see `move_late_rows`."""

    def dry_run(
        self,
        content: bytes,
        file_name: str,
        today: date | None = None,
        *,
        create_missing: bool = False,
        on_rows: OnRows = no_rows,
    ) -> ImportReport:
        """What `import_file` would do, by the same steps; nothing is written.

        `today` is the date in China, by default now.
        """
        report, file = _begin(content, file_name, self.missing_characters, on_rows)
        if not report.ok:
            return self._with_unknown(file, report, today or _today(), create_missing=create_missing)
        with self.database.read() as session:
            repeated = _stored(session, report.batch_id)
            if repeated is not None:
                return repeated
            try:
                return self._prepare(session, file, report, today or _today(), create_missing=create_missing, keep=False)[0]
            except _Refused as refused:
                return refused.report

    def import_file(
        self,
        content: bytes,
        file_name: str,
        by: int | None,
        today: date | None = None,
        *,
        create_missing: bool = False,
        on_rows: OnRows = no_rows,
    ) -> ImportReport:
        """Import a billing file (see `read_billing_file`) in one transaction, or say in the report why nothing was imported.

        `by` is the user, None for a command. `create_missing` makes enterprises, accounts and entities that the file
        names and we do not know: for trying a foreign file. They can neither apply nor issue.
        """
        report, file = _begin(content, file_name, self.missing_characters, on_rows)
        if not report.ok:
            return self._with_unknown(file, report, today or _today(), create_missing=create_missing)
        try:
            with self.database.write() as session:
                return self._import(session, file, report, by, today or _today(), create_missing=create_missing)
        except _Refused as refused:
            return refused.report

    def _with_unknown(self, file: FocusFile, report: ImportReport, today: date, *, create_missing: bool) -> ImportReport:
        """The report of a file whose bytes are wrong, with what our tables say against its other rows: one round to mend it all."""
        if not file.lines:
            return report
        with self.database.read() as session:
            references = References.read(session, today)
            if create_missing:
                Newcomers(references, None).make(file.lines)
            _price(references, file)
        problems = sorted(file.problems, key=lambda problem: problem.line)
        return replace(report, problems=tuple(problems), problem_count=file.problem_count)

    def open_periods(self, today: date, limit: int, only: CustomersMonth | None = None) -> int:
        """Make and open up to `limit` customers' months whose statement day has come; says how many there were."""
        return open_periods(self.database, today, limit, only)

    def expire(self, today: date, limit: int) -> int:
        """Expire what is past its time limit, of up to `limit` customers; says how many records."""
        return expire(self.database, today, limit)

    def _import(
        self, session: Session, file: FocusFile, report: ImportReport, by: int | None, today: date, *, create_missing: bool
    ) -> ImportReport:
        now = datetime.now(UTC)
        values = {
            "id": report.batch_id,
            "file_name": report.file_name,
            "lines": report.lines,
            "records": 0,
            "imported_at": now,
            "imported_by": by,
            "totals": _json_totals(report),
        }
        # First, because on PostgreSQL a second import of these bytes waits here until the first has ended.
        if not insert_once(session, ImportBatchRow, values):
            stored = _stored(session, report.batch_id)
            if stored is None:
                raise LookupError(report.batch_id)
            return stored
        report, plan, priced = self._prepare(session, file, report, today, create_missing=create_missing, keep=True)
        report = replace(report, imported_at=now)
        ids = insert_records(session, report.batch_id, plan)
        insert_lines(session, report.batch_id, plan, priced, ids)
        cause = f"import:{report.batch_id[:40]}"
        taken = {freed.negative.id: (freed.negative, freed.tax_class) for freed in plan.freed if freed.tax_class is not None}
        post(session, cause, [*take_classes(session, taken), *postings(plan, ids)], now)
        bind_freed(session, plan, ids)
        _open_months(session, plan, today, now)
        bind_waiting(session, {draft.key.enterprise_id for draft in plan.drafts}, now)
        # What came in covers arrears, and what negatives took back does not any more.
        hold_for_all(session, {draft.key.enterprise_id for draft in plan.drafts}, cause, now, today)
        done = {"records": report.records, "report": report.to_json()}
        session.execute(update(ImportBatchRow).where(col(ImportBatchRow.id) == report.batch_id).values(**done))
        facts = {"lines": report.lines, "records": report.records, "form": report.form}
        note_deed(session, by, AuditAction.FILE_IMPORTED, cause, now, facts=facts)
        return report

    def _prepare(
        self, session: Session, file: FocusFile, report: ImportReport, today: date, *, create_missing: bool, keep: bool
    ) -> tuple[ImportReport, Plan, list[PricedLine]]:
        """Look everything up and plan. Raises _Refused. `keep`: newcomers are stored, not only imagined."""
        references = References.read(session, today)
        if create_missing:
            Newcomers(references, session if keep else None).make(file.lines)
        priced = _price(references, file)
        if file.problem_count:
            raise _Refused(replace(report, problems=tuple(file.problems[:KEPT_PROBLEMS]), problem_count=file.problem_count))
        if keep:
            hold_customers(session, {line.enterprise_id for line in priced})
        _refuse_repeated(session, priced, file, report)
        priced, late_rows = move_late_rows(session, priced, today, self.grace_days)
        try:
            drafts = make_records(priced)
        except RecordTooLarge as large:
            problem = RowProblem(large.line, "BilledCost", "", "record-too-large")
            raise _Refused(replace(report, problems=(problem,), problem_count=1)) from large
        plan = make_plan(session, drafts, today)
        if plan.cuts:
            drafts, priced = cut_drafts(drafts, priced, plan.cuts)
            plan = make_plan(session, drafts, today)
        return _planned(session, replace(report, late_rows=late_rows), plan), plan, priced


def _price(references: References, file: FocusFile) -> list[PricedLine]:
    """The lines with all that is known; what is not is named once for each row, however many months it is cut into."""
    priced: list[PricedLine] = []
    said: set[tuple[int, str, str]] = set()
    for line in file.lines:
        found = references.price(line)
        if isinstance(found, PricedLine):
            priced.append(found)
            continue
        for problem in found:
            if (key := (problem.line, problem.column, problem.code)) not in said:
                said.add(key)
                file.add_problem(problem)
    return priced


def _refuse_repeated(session: Session, priced: Sequence[PricedLine], file: FocusFile, report: ImportReport) -> None:
    """Raises _Refused for orders that are booked, behind `hold_customers`: of two imports at once one sees the other's."""
    for problem in repeated_orders(session, priced, report.batch_id, file.form):
        file.add_problem(problem)
    if file.problem_count:
        raise _Refused(replace(report, problems=tuple(file.problems[:KEPT_PROBLEMS]), problem_count=file.problem_count))


def _open_months(session: Session, plan: Plan, today: date, now: datetime) -> None:
    """Make the statements of months whose day has come, where there is none yet, and open what waited for them.

    What comes later to a statement that is there does not change its sums.
    """
    customers: dict[str, set[int]] = {}
    for draft in plan.drafts:
        if is_open(draft.key.period, today):
            customers.setdefault(draft.key.period, set()).add(draft.key.enterprise_id)
    for period, enterprise_ids in sorted(customers.items()):
        for chunk in chunks(sorted(enterprise_ids)):
            open_months(session, period, chunk, now)


def _today() -> date:
    return china_date(datetime.now(UTC))


def _json_totals(report: ImportReport) -> str:
    return json.dumps(dict(report.totals))


def _begin(
    content: bytes, file_name: str, missing_characters: Callable[[str], set[str]], on_rows: OnRows
) -> tuple[ImportReport, FocusFile]:
    """The report as far as the bytes alone decide it."""
    file = read_billing_file(content, on_rows)
    missing = {service: "".join(sorted(missing_characters(service))) for service in {line.service for line in file.lines}}
    unprintable = {line.line: line for line in file.lines if missing[line.service]}  # once a row, however many months it is cut into
    for line in unprintable.values():
        params = {"characters": missing[line.service]}
        file.add_problem(RowProblem(line.line, "ServiceName", line.service, "characters-not-printable", params))
    report = ImportReport(
        batch_id=file.sha256 or sha256(content).hexdigest(),
        file_name=file_name[:300],
        lines=file.row_count,
        totals={currency: plain(total) for currency, total in sorted(file.totals.items())},
        problems=tuple(file.problems),
        problem_count=file.problem_count,
        version=file.version,
        form=file.form,
        cut_rows=file.cut_rows,
        warnings=() if file.ends_with_newline else (Problem("file", "file-no-final-newline"),),
    )
    return report, file


def _stored(session: Session, batch_id: str) -> ImportReport | None:
    batch = session.get(ImportBatchRow, batch_id)
    return None if batch is None else stored_report(batch.report, utc(batch.imported_at), repeated=True)


def _planned(session: Session, report: ImportReport, plan: Plan) -> ImportReport:
    sums = plan.sums()
    keys = [draft.key for draft in plan.drafts]
    return replace(
        report,
        warnings=(*report.warnings, *overlaps(session, report.batch_id, plan)),
        records=len(keys),
        negatives=sum(key.is_negative for key in keys),
        held=plan.held,
        late=sum(period_of(key.day) < key.period for key in keys),
        gross_fen=sum(draft.gross_fen for draft in plan.drafts),
        excluded_fen=sums[Bucket.EXCLUDED],
        seller_fen=sums[Bucket.SELLER],
        available_fen=sums[Bucket.AVAILABLE],
        not_open_fen=sums[Bucket.NOT_OPEN],
        expired_fen=sums[Bucket.EXPIRED],
        periods=tuple(sorted({key.period for key in keys})),
        **plan.rounding(),
    )
