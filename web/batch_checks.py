"""The dry run of a sheet of applications: what would become of each row, by the checks of the form. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.access import Right
from domain.amounts import parse_amount
from domain.batches import MOST_ORDERS, BatchState
from domain.calendar import china_date
from domain.choosing import RecordQuery
from domain.emails import email_problem
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Medium
from domain.statements import is_month
from infra.batch_workbook import ANSWERS, KINDS, MEDIA, FilledRow, FilledSheet, chosen
from infra.books.arrears import arrears_of
from infra.books.batches import ApplicationPlan, CheckedEntry
from infra.people import Person
from infra.queries.consumption import Record, chosen_records, ids_of_queries
from infra.queries.library import Receiver, Title, entities_without_paper
from infra.tables import ApplicationRow, BatchEntryRow, BatchRow, ConsumptionRecordRow
from web.application_form import NEW, Entries, Offer, offer_of
from web.application_problems import form_problems
from web.application_start import draw_number
from web.batch_choice import named_selection, oldest_selection, take
from web.selection import Selection, select_records
from web.wanted import Wanted

MOST_ROW_PROBLEMS = 20
"""Problems named in one row; more of the same help nobody."""
MOST_AT_ONCE = 5_000
"""Records read in one query."""
LONGEST_REFERENCE = 60
LONGEST_REMARKS = 500
WITHOUT_INVOICES = ("refused", "rejected", "cancelled", "lapsed", "not-issued")
"""States of an application whose reference may be used again."""
_ORDER_DIGITS = 18
_COLUMN_OF = {"records": "orders", "email": "receiver", "postal": "receiver", "enterprise": "reference", "number": "reference"}
"""The column of a form's field, where it has another name there."""


@dataclass(slots=True)
class _Known:
    """What the rows are compared with: read once for the whole sheet."""

    session: Session
    person: Person
    now: datetime
    offer: Offer
    """Without anything ticked."""
    without_paper: dict[str, str]
    orders: dict[str, list[int]]
    """Records by order number."""
    used: dict[str, str]
    """References of earlier batches, with the application's number."""
    records: dict[int, Record]
    """All that rows name by order number."""
    arrears_fen: int
    claimed: dict[int, int] = field(default_factory=dict)
    """The row that wants a record, by the record."""
    references: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Row:
    """A row on its way through the checks."""

    filled: FilledRow
    problems: list[Problem]
    entries: Entries
    by_amount: bool = False
    email: str = ""
    selection: Selection | None = None


def check_applications(session: Session, person: Person, sheet: FilledSheet, now: datetime, batch: str) -> tuple[CheckedEntry, ...]:
    """Every row as the dry run finds it, in the order of the sheet. Rows by amount come last: they take the oldest of what is left.

    Codes beside those of the form: batch-reference-long (max), -twice (cell), -used (application), batch-what-needed, batch-what-both,
    batch-orders (value), batch-orders-many (max), batch-order-unknown (value), batch-month, batch-month-needed, batch-entity-needed,
    batch-entity-unknown, batch-kind, batch-medium, batch-expedite, batch-title-unknown, batch-title-twice, batch-receiver-unknown,
    batch-receiver-twice, batch-wants-same (cell), batch-remarks-long (max).
    """
    known = _known(session, person, sheet, now, batch)
    rows = [_read(known, sheet, filled) for filled in sheet.rows]
    for row in rows:
        if not row.by_amount:
            _select_named(known, sheet, row)
    _select_by_amount(known, [row for row in rows if row.by_amount])
    return tuple(_checked(known, row) for row in rows)


def _known(session: Session, person: Person, sheet: FilledSheet, now: datetime, batch: str) -> _Known:
    record: Any = ConsumptionRecordRow
    numbers = sorted({each for row in sheet.rows for each in _numbers(row.cells["orders"])})
    orders: dict[str, list[int]] = {}
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        found = person.scope.narrow(select(record.id, record.order_number), record).where(
            record.order_number.in_(some), record.original_id.is_(None)
        )
        for each in session.execute(found.limit(20_000)):
            orders.setdefault(each.order_number, []).append(each.id)
    return _Known(
        session,
        person,
        now,
        offer_of(session, person, Wanted(), now),
        entities_without_paper(session),
        orders,
        _used_references(session, person, [row.cells["reference"] for row in sheet.rows], batch),
        _named_records(session, person, orders, china_date(now)),
        sum(arrears_of(session, person.enterprise_id).values()) if person.enterprise_id else 0,
    )


def _named_records(session: Session, person: Person, orders: dict[str, list[int]], today: date) -> dict[int, Record]:
    ids = sorted({identity for found in orders.values() for identity in found})
    some = (ids[start : start + MOST_AT_ONCE] for start in range(0, len(ids), MOST_AT_ONCE))
    return {each.id: each for part in some for each in chosen_records(session, person.scope, part, today)}


def _used_references(session: Session, person: Person, references: Sequence[str], batch: str) -> dict[str, str]:
    """References that an application of this customer has which was taken: the same one again would be a second application."""
    entry: Any = BatchEntryRow
    over = select(col(ApplicationRow.number)).where(col(ApplicationRow.state).in_(WITHOUT_INVOICES))
    used: dict[str, str] = {}
    wanted = sorted({each[:LONGEST_REFERENCE] for each in references if each})
    for start in range(0, len(wanted), 500):
        found = (
            select(entry.reference, entry.number)
            .join(BatchRow, col(BatchRow.id) == entry.batch_id)
            .where(entry.enterprise_id == person.enterprise_id, entry.reference.in_(wanted[start : start + 500]))
            .where(entry.batch_id != batch, col(BatchRow.state) != BatchState.CHECKED, entry.state.in_(("waiting", "started")))
            .where(entry.number.not_in(over))
        )
        used |= {each.reference: each.number for each in session.execute(found)}
    return used


def _numbers(text: str) -> list[str]:
    for sign in ",，;；、\n\t\u3000":
        text = text.replace(sign, " ")
    return list(dict.fromkeys(text.split()))


def _read(known: _Known, sheet: FilledSheet, filled: FilledRow) -> _Row:
    """What the cells say, and which of them say nothing that can be understood."""
    cells, problems = filled.cells, list(filled.problems)
    _check_reference(known, sheet, filled, problems)
    kind = chosen(cells["kind"], KINDS)
    medium = chosen(cells["medium"], MEDIA)
    expedite = chosen(cells["expedite"], ANSWERS) if cells["expedite"] else "no"
    for name, found in (("kind", kind), ("medium", medium), ("expedite", expedite)):
        if found is None:
            problems.append(Problem(name, f"batch-{name}" if cells[name] else "value-missing"))
    if len(cells["remarks"]) > LONGEST_REMARKS:
        problems.append(Problem("remarks", "batch-remarks-long", {"max": str(LONGEST_REMARKS)}))
    wanted = _wanted(known, filled, problems)
    by_amount = wanted.is_empty and bool(cells["amount"]) and not cells["orders"] and not cells["month"]
    title = _title(known, cells["title"], problems)
    on_paper = medium == Medium.PAPER
    receiver = _receiver(known, cells["receiver"], known.offer.addresses if on_paper else known.offer.emails, problems, on_paper=on_paper)
    entries = Entries(
        number=draw_number(known.now),
        wanted=wanted,
        title=str(title.id) if title is not None else "",
        kind=kind or InvoiceKind.ORDINARY,
        medium=medium or Medium.ELECTRONIC,
        email="" if on_paper else receiver,
        postal=receiver if on_paper else "",
        expedite=expedite == "yes",
    )
    return _Row(filled, problems, entries, by_amount, cells["receiver"] if receiver == NEW else "")


def _check_reference(known: _Known, sheet: FilledSheet, filled: FilledRow, problems: list[Problem]) -> None:
    reference = filled.cells["reference"]
    if not reference:
        problems.append(Problem("reference", "value-missing"))
    elif len(reference) > LONGEST_REFERENCE:
        problems.append(Problem("reference", "batch-reference-long", {"max": str(LONGEST_REFERENCE)}))
    elif reference in known.references:
        problems.append(Problem("reference", "batch-reference-twice", {"cell": sheet.cell("reference", known.references[reference])}))
    elif reference in known.used:
        problems.append(Problem("reference", "batch-reference-used", {"application": known.used[reference]}))
    known.references.setdefault(reference, filled.line)


def _wanted(known: _Known, filled: FilledRow, problems: list[Problem]) -> Wanted:
    """Order numbers, or a statement, each also up to an exact amount; an amount alone is empty here."""
    cells = filled.cells
    limit = 0
    if cells["amount"]:
        try:
            limit = parse_amount(cells["amount"])
            if not limit:
                problems.append(Problem("amount", "amount-zero"))
        except Refusal as refusal:
            problems += refusal.problems
    if not cells["orders"] and not cells["month"] and not cells["amount"]:
        problems.append(Problem("orders", "batch-what-needed"))
    if cells["orders"] and cells["month"]:
        problems.append(Problem("month", "batch-what-both"))
    records = _records(known, cells["orders"], problems)
    queries = _statement(known, cells, problems)
    return Wanted(records, queries, cells["amount"], limit)


def _records(known: _Known, text: str, problems: list[Problem]) -> tuple[int, ...]:
    numbers = _numbers(text)
    if len(numbers) > MOST_ORDERS:
        problems.append(Problem("orders", "batch-orders-many", {"max": str(MOST_ORDERS)}))
        return ()
    for number in numbers[:MOST_ROW_PROBLEMS]:
        if not (len(number) == _ORDER_DIGITS and number.isascii() and number.isdecimal()):
            problems.append(Problem("orders", "batch-orders", {"value": number[:40]}))
        elif number not in known.orders:
            problems.append(Problem("orders", "batch-order-unknown", {"value": number}))
    return tuple(identity for number in numbers for identity in known.orders.get(number, ()))


def _statement(known: _Known, cells: dict[str, str], problems: list[Problem]) -> tuple[RecordQuery, ...]:
    month, entity = cells["month"], cells["entity"]
    if not month:
        if entity and not cells["orders"]:
            problems.append(Problem("month", "batch-month-needed"))
        return ()
    if not is_month(month):
        problems.append(Problem("month", "batch-month"))
        return ()
    if not entity:
        problems.append(Problem("entity", "batch-entity-needed"))
        return ()
    names = known.offer.selection.entities
    code = next((code for code, name in names.items() if entity in (code, name)), "")
    if not code:
        problems.append(Problem("entity", "batch-entity-unknown"))
        return ()
    return (RecordQuery(month, None, code),)


def _title(known: _Known, text: str, problems: list[Problem]) -> Title | None:
    """By name; where two have one name, by tax id."""
    if not text:
        problems.append(Problem("title", "value-missing"))
        return None
    found = [each for each in known.offer.titles if text in (each.name, each.tax_id)]
    usable = [each for each in found if each.is_usable] or found
    if len(usable) != 1:
        problems.append(Problem("title", "batch-title-twice" if usable else "batch-title-unknown"))
        return None
    return usable[0]


def _receiver(known: _Known, text: str, there: Sequence[Receiver], problems: list[Problem], *, on_paper: bool) -> str:
    """The receiver's id as the form sends it; a new e-mail address is `NEW`, a postal one has to be on the list."""
    if not text:
        problems.append(Problem("receiver", "value-missing"))
        return ""
    found = [each for each in there if text in ((each.recipient, each.address) if on_paper else (each.email,))]
    if len(found) == 1:
        return str(found[0].id)
    if found or on_paper:
        problems.append(Problem("receiver", "batch-receiver-twice" if found else "batch-receiver-unknown"))
        return ""
    wrong = email_problem("receiver", text)
    if wrong is not None:
        problems.append(wrong)
    elif not known.person.may(Right.KEEP_TITLES):
        problems.append(Problem("receiver", "titles-not-yours"))
    return NEW


def _select_named(known: _Known, sheet: FilledSheet, row: _Row) -> None:
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


def _select_by_amount(known: _Known, rows: Sequence[_Row]) -> None:
    """Each row takes the oldest of what is left by the named ones and the rows above."""
    if not rows:
        return
    everything, today, scope = (RecordQuery(),), china_date(known.now), known.person.scope
    left = set(ids_of_queries(known.session, scope, everything, today)) - set(known.claimed)
    records = [each for each in chosen_records(known.session, scope, left, today) if each.why_not is None]
    groups = {record.id: record.group for record in records}
    for row in rows:
        wanted = replace(row.entries.wanted, queries=everything)
        row.entries = replace(row.entries, wanted=wanted)
        row.selection = oldest_selection(known.offer.selection, records, groups, wanted, known.arrears_fen)
        if not row.problems and row.selection.amount_fen == wanted.limit_fen:
            take(groups, dict(row.selection.choice.items))


def _checked(known: _Known, row: _Row) -> CheckedEntry:
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


def _in_column(row: _Row, problem: Problem) -> Problem:
    name = "records" if problem.field.startswith("record-") else problem.field
    column = _COLUMN_OF.get(name, name)
    if column == "orders" and not row.filled.cells["orders"]:
        column = "month" if row.filled.cells["month"] else "amount"
    return replace(problem, field=column)


def _plan(row: _Row) -> ApplicationPlan:
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
