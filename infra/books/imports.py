"""Importing billing files: a file is in, whole, or not at all; the same bytes again change nothing."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import distinct, func, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.amounts import plain
from domain.audit import AuditAction
from domain.calendar import china_date, period_of
from domain.consumption import PricedLine, RecordTooLarge, is_open, make_records
from domain.cut_negatives import cut_drafts
from domain.errors import Problem
from domain.focus import RowProblem
from domain.focus_file import KEPT_PROBLEMS, FocusFile, OnRows, no_rows
from domain.ledger import Bucket, Place, Posting, move
from domain.statements import CustomersMonth
from infra.audit import note_deed
from infra.billing_files import read_billing_file
from infra.books.arrears import hold_for_all
from infra.books.binding import chunks
from infra.books.customers import hold_customers
from infra.books.expiry import expire
from infra.books.import_plan import NEW, Plan, make_plan
from infra.books.import_report import ImportReport, stored_report
from infra.books.known_orders import repeated_orders
from infra.books.late_rows import GRACE_DAYS, move_late_rows
from infra.books.ledger import post
from infra.books.opening import open_periods
from infra.books.references import Newcomers, References
from infra.books.statements import open_months
from infra.books.taken_classes import place_at, take_classes
from infra.books.waiting_negatives import bind_waiting
from infra.database import Database, insert_once
from infra.queries.scope import utc
from infra.tables import ConsumptionRecordRow, ImportBatchRow, ImportedLineRow

_ROWS = 10_000
"""Rows handed to the driver at a time, so that a large file is not in memory a third time as parameters."""


class _Refused(Exception):
    """Rolls everything back; the report says why."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report.file_name)
        self.report = report


def _nothing_missing(_text: str) -> set[str]:
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
        ids = _insert_records(session, report.batch_id, plan)
        _insert_lines(session, report.batch_id, plan, priced, ids)
        cause = f"import:{report.batch_id[:40]}"
        taken = {freed.negative.id: (freed.negative, freed.tax_class) for freed in plan.freed if freed.tax_class is not None}
        post(session, cause, [*take_classes(session, taken), *_postings(plan, ids)], now)
        _bind_freed(session, plan, ids)
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
        warnings=(*report.warnings, *_overlaps(session, report.batch_id, plan)),
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


def _overlaps(session: Session, batch_id: str, plan: Plan) -> Iterator[Problem]:
    """Months of accounts that another file has brought already.

    Lines have no identity in FOCUS, so the same lines in two files cannot be told from a second file of other lines:
    the person who imports has to know.
    """
    wanted: dict[str, set[int]] = {}
    for draft in plan.drafts:
        wanted.setdefault(draft.key.period, set()).add(draft.key.account_id)
    record = ConsumptionRecordRow
    for period, account_ids in sorted(wanted.items()):
        accounts, file_name = 0, ""
        for chunk in chunks(sorted(account_ids)):
            statement = (
                select_columns(func.count(distinct(col(record.account_id))), func.min(col(ImportBatchRow.file_name)))
                .join(ImportBatchRow, col(ImportBatchRow.id) == col(record.batch_id))
                .where(col(record.period) == period, col(record.account_id).in_(chunk), col(record.batch_id) != batch_id)
            )
            count, name = session.execute(statement).one()
            accounts += count
            file_name = file_name or name or ""
        if accounts:
            yield Problem("file", "period-imported-before", {"period": period, "accounts": str(accounts), "file": file_name})


def _insert_records(session: Session, batch_id: str, plan: Plan) -> list[int]:
    """The id of each draft. Positive ones first, so that negatives can name them."""
    found: dict[str, int] = {}
    key_column, id_column = col(ConsumptionRecordRow.natural_key), col(ConsumptionRecordRow.id)
    keys = [draft.key.natural_key for draft in plan.drafts]
    for with_original in (False, True):
        places = [place for place, original in enumerate(plan.originals) if (original is not None) is with_original]
        rows = [_record_values(batch_id, plan, place, keys, found) for place in places]
        _insert(session, ConsumptionRecordRow, rows)
        if with_original and not rows:
            break
        statement = select_columns(key_column, id_column).where(col(ConsumptionRecordRow.batch_id) == batch_id)
        found = {row.natural_key: row.id for row in session.execute(statement)}
    return [found[key] for key in keys]


def _record_values(batch_id: str, plan: Plan, place: int, keys: Sequence[str], found: dict[str, int]) -> dict[str, Any]:
    draft, original, tax_class = plan.drafts[place], plan.originals[place], plan.classes[place]
    key = draft.key
    return {
        "batch_id": batch_id,
        "natural_key": keys[place],
        "enterprise_id": key.enterprise_id,
        "account_id": key.account_id,
        "entity": key.entity,
        "rate_bp": tax_class.rate_bp,
        "service": key.service,
        "category": tax_class.category,
        "classification_code": tax_class.classification_code,
        "unit": tax_class.unit,
        "day": key.day,
        "period": key.period,
        "order_number": key.order_number,
        "original_order_number": key.original_order_number,
        "description": draft.description,
        "seller": key.seller,
        "gross_fen": draft.gross_fen,
        "excluded_fen": draft.excluded_fen,
        **dict(zip(("voucher_fen", "coupon_fen", "bonus_fen"), draft.parts_fen, strict=True)),
        "invoiceable_fen": draft.invoiceable_fen,
        "remainder": plain(draft.remainder),
        "original_id": found[keys[original - NEW]] if original is not None and original >= NEW else original,
        "assisted": key.assisted,
        "expired": plan.buckets[place] is Bucket.EXPIRED,
    }


def _insert_lines(session: Session, batch_id: str, plan: Plan, priced: Sequence[PricedLine], ids: Sequence[int]) -> None:
    record_of = {line: ids[place] for place, draft in enumerate(plan.drafts) for line in draft.lines}
    for start in range(0, len(priced), _ROWS):
        _insert(session, ImportedLineRow, [_line_values(batch_id, line, record_of) for line in priced[start : start + _ROWS]])


def _line_values(batch_id: str, priced: PricedLine, record_of: dict[tuple[int, int], int]) -> dict[str, Any]:
    line = priced.line
    return {
        "batch_id": batch_id,
        "line": line.line,
        "part": line.part,
        "record_id": record_of[line.line, line.part],
        "billed_cost": _text(line.billed_cost),
        "voucher_cost": _text(line.voucher_cost),
        "coupon_cost": _text(line.coupon_cost),
        "bonus_cost": _text(line.bonus_cost),
        "currency": line.currency,
        "rate": _text(priced.rate),
        "charge_category": str(line.charge_category),
        "service": line.service,
        "description": line.description,
    }


def _text(amount: Decimal) -> str:
    """As it came: with its zeros, without an exponent."""
    return format(amount, "f")


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _ROWS):
        session.connection().execute(insert(table), rows[start : start + _ROWS])


def _postings(plan: Plan, ids: Sequence[int]) -> Iterator[Posting]:
    """Consumed, then where it went; and held negatives of other files that are available now. Amounts of 0 are left out."""
    for draft, tax_class, bucket, record_id in zip(plan.drafts, plan.classes, plan.buckets, ids, strict=True):
        key = draft.key
        place = Place(key.enterprise_id, key.account_id, key.entity, tax_class.rate_bp, key.period, record_id)
        sides = ((Bucket.CONSUMED, -draft.gross_fen), (Bucket.EXCLUDED, draft.excluded_fen), (bucket, draft.invoiceable_fen))
        for side, amount_fen in sides:
            if amount_fen:
                yield Posting(place, side, amount_fen)
    for freed in plan.freed:
        if freed.home is not Bucket.NOT_OPEN:
            negative = freed.negative
            place = place_at(negative, freed.tax_class.rate_bp if freed.tax_class else negative.rate_bp)
            yield from move(place, negative.amount_fen, source=Bucket.NOT_OPEN, target=freed.home)


def _bind_freed(session: Session, plan: Plan, ids: Sequence[int]) -> None:
    for freed in plan.freed:
        original_id = ids[freed.original_id - NEW] if freed.original_id >= NEW else freed.original_id
        statement = update(ConsumptionRecordRow).where(col(ConsumptionRecordRow.id) == freed.negative.id)
        expired = freed.home is Bucket.EXPIRED
        session.execute(statement.values(original_id=original_id, expired=expired))
