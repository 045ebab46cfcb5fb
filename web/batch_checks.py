"""The dry run of a sheet of applications: what would become of each row, by the checks of the form. Nothing is written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from domain.calendar import china_date
from domain.choosing import RecordQuery, choose
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium
from infra.batch_workbook import FilledSheet
from infra.books.batches import ApplicationPlan, CheckedEntry
from infra.people import Person
from infra.queries.consumption import chosen_records
from infra.queries.finding_records import ids_of_queries
from web.application_form import NEW
from web.application_problems import form_problems
from web.batch_cells import MOST_ROW_PROBLEMS, Row, read_cells
from web.batch_choice import named_selection, oldest_selection, take
from web.batch_known import Known, read_known
from web.selection import select_records

_COLUMN_OF = {"records": "orders", "email": "receiver", "postal": "receiver", "enterprise": "reference", "number": "reference"}
"""The column of a form's field, where it has another name there."""
_WORDS = {
    "amount-above-ticked": "batch-amount-above",
    "nothing-ticked": "batch-nothing-there",
    "too-many-ticked": "batch-too-many",
    "arrears-not-covered": "batch-arrears",
}
"""What the form says of ticked records, said of a row: nothing is ticked in a sheet."""


def check_applications(session: Session, person: Person, sheet: FilledSheet, now: datetime, batch: str) -> tuple[CheckedEntry, ...]:
    """Every row as the dry run finds it, in the order of the sheet. Rows by amount come last: they take the oldest of what is left.

    Codes beside those of the form: batch-reference-long (max), -twice (cell), -used (application), batch-what-needed, batch-what-both,
    batch-orders (value), batch-orders-many (max), batch-order-unknown (value), batch-month, -not-open (day), -needed, batch-entity-needed,
    batch-entity-unknown, batch-kind, batch-medium, batch-expedite, batch-title-unknown, batch-title-twice, batch-receiver-unknown,
    batch-receiver-twice, batch-wants-same (cell), batch-remarks-long (max), batch-amount-above (amount, most), batch-nothing-there,
    batch-too-many (max), batch-arrears (ticked, arrears).
    """
    known = read_known(session, person, sheet, now, batch)
    rows = [read_cells(known, sheet, filled) for filled in sheet.rows]
    for row in rows:
        if not row.by_amount:
            _select_named(known, sheet, row)
    _select_by_amount(known, rows)
    return tuple(_checked(known, row) for row in rows)


def _select_named(known: Known, sheet: FilledSheet, row: Row) -> None:
    """What orders or a statement bring; a record that a row above wants is not there for a second one."""
    wanted = row.entries.wanted
    if wanted.is_empty:
        return
    today, base = china_date(known.now), known.offer.selection
    if wanted.queries:
        row.selection = select_records(known.session, known.person, wanted, today)
        ids = {*wanted.records, *ids_of_queries(known.session, known.person.scope, wanted.queries, today)}
    else:
        row.selection = named_selection(base, known.records, wanted, known.arrears_fen, consolidated=known.person.consolidated)
        ids = set(wanted.records)
    first = next((known.claimed[identity] for identity in ids if identity in known.claimed), None)
    what = "month" if wanted.queries else "orders"
    if first is not None:
        row.problems.append(Problem(what, "batch-wants-same", {"cell": sheet.cell("reference", first)}))
        return
    if not row.problems:
        known.claimed |= dict.fromkeys(ids, row.filled.line)


def _select_by_amount(known: Known, rows: Sequence[Row]) -> None:
    """Each row by amount takes the oldest of what is left by the named ones and the rows above."""
    by_amount = [row for row in rows if row.by_amount]
    if not by_amount:
        return
    everything, today, scope = (RecordQuery(),), china_date(known.now), known.person.scope
    parts = {row.filled.line: row for row in rows if not row.by_amount and row.entries.wanted.limit_fen}
    whole = {identity for identity, line in known.claimed.items() if line not in parts}
    left = set(ids_of_queries(known.session, scope, everything, today)) - whole
    records = [each for each in chosen_records(known.session, scope, left, today) if each.why_not is None]
    groups = {record.id: record.group for record in records}
    for line, row in parts.items():
        own = [group for identity, group in groups.items() if known.claimed.get(identity) == line]
        choice = choose(own, known.arrears_fen, row.entries.wanted.limit_fen)
        if choice.amount_fen == row.entries.wanted.limit_fen:
            take(groups, dict(choice.items))
    for row in by_amount:
        wanted = replace(row.entries.wanted, queries=everything)
        row.entries = replace(row.entries, wanted=wanted)
        row.selection = oldest_selection(known.offer.selection, records, groups, wanted, known.arrears_fen)
        if not row.problems and row.selection.amount_fen == wanted.limit_fen:
            take(groups, dict(row.selection.choice.items))


def _checked(known: Known, row: Row) -> CheckedEntry:
    """With what the form would say against it. Where a cell is not understood, what follows from it is not said again."""
    selection = row.selection or known.offer.selection
    entities = {invoice.entity for invoice in selection.plan}
    without = tuple(name for code, name in sorted(known.without_paper.items()) if code in entities)
    offer = replace(known.offer, selection=selection, without_paper=without)
    wrong = {problem.field for problem in row.problems}
    found = [_in_column(row, each) for each in form_problems(known.person, offer, row.entries)]
    what = {"orders", "month", "entity", "amount"}
    said = [each for each in found if each.field not in wrong and not (each.field in what and wrong & what)]
    problems = list(dict.fromkeys((each.field, each.code, tuple(each.params.items())) for each in (*row.problems, *said)))
    kept = tuple(Problem(name, code, dict(params)) for name, code, params in problems[:MOST_ROW_PROBLEMS])
    return CheckedEntry(
        line=row.filled.line,
        cells=row.filled.cells,
        reference=row.filled.cells["reference"],
        number=row.entries.number,
        plan=None if kept else _plan(row),
        amount_fen=0 if wrong & what else selection.amount_fen,
        invoices=0 if wrong & what else len(selection.plan),
        problems=kept,
    )


def _in_column(row: Row, problem: Problem) -> Problem:
    name = "records" if problem.field.startswith("record-") else problem.field
    column = _COLUMN_OF.get(name, name)
    if column == "orders" and not row.filled.cells["orders"]:
        column = "month" if row.filled.cells["month"] else "amount"
    return replace(problem, field=column, code=_WORDS.get(problem.code, problem.code))


def _plan(row: Row) -> ApplicationPlan:
    entries = row.entries
    receiver = entries.postal if entries.medium == Medium.PAPER else entries.email
    return ApplicationPlan(
        record_ids=entries.wanted.records,
        queries=entries.wanted.queries,
        limit_fen=entries.wanted.limit_fen,
        by_amount=row.by_amount,
        title_id=int(entries.title),
        kind=InvoiceKind(entries.kind),
        medium=Medium(entries.medium),
        receiver_id=0 if receiver == NEW else int(receiver),
        email=row.email,
        expedite=entries.expedite,
    )
