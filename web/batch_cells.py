"""What the cells of a row of a sheet of applications say, and which of them say nothing that can be understood."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.access import Right
from domain.amounts import parse_amount
from domain.batches import MOST_ORDERS
from domain.calendar import china_date, opens_on
from domain.choosing import RecordQuery
from domain.emails import email_problem
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Medium
from domain.statements import is_month
from infra.batch_workbook import ANSWERS, KINDS, MEDIA, FilledRow, FilledSheet, chosen
from infra.queries.library import Receiver, Title
from web.application_form import NEW, Entries
from web.application_start import draw_number
from web.batch_known import LONGEST_REFERENCE, Known, numbers_in
from web.selection import Selection
from web.wanted import Wanted

MOST_ROW_PROBLEMS = 20
"""Problems named in one row; more of the same help nobody."""
LONGEST_REMARKS = 500
_ORDER_DIGITS = 18


@dataclass(slots=True)
class Row:
    """A row on its way through the checks."""

    filled: FilledRow
    problems: list[Problem]
    entries: Entries
    by_amount: bool = False
    email: str = ""
    selection: Selection | None = None


def read_cells(known: Known, sheet: FilledSheet, filled: FilledRow) -> Row:
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
    return Row(filled, problems, entries, by_amount, cells["receiver"] if receiver == NEW else "")


def _check_reference(known: Known, sheet: FilledSheet, filled: FilledRow, problems: list[Problem]) -> None:
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


def _wanted(known: Known, filled: FilledRow, problems: list[Problem]) -> Wanted:
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


def _records(known: Known, text: str, problems: list[Problem]) -> tuple[int, ...]:
    numbers = numbers_in(text)
    if len(numbers) > MOST_ORDERS:
        problems.append(Problem("orders", "batch-orders-many", {"max": str(MOST_ORDERS)}))
        return ()
    for number in numbers[:MOST_ROW_PROBLEMS]:
        if not (len(number) == _ORDER_DIGITS and number.isascii() and number.isdecimal()):
            problems.append(Problem("orders", "batch-orders", {"value": number[:40]}))
        elif number not in known.orders:
            problems.append(Problem("orders", "batch-order-unknown", {"value": number}))
    return tuple(dict.fromkeys(identity for number in numbers for identity in known.orders.get(number, ())))


def _statement(known: Known, cells: dict[str, str], problems: list[Problem]) -> tuple[RecordQuery, ...]:
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
    if china_date(known.now) < opens_on(month):
        problems.append(Problem("month", "batch-month-not-open", {"day": opens_on(month).isoformat()}))
        return ()
    names = known.offer.selection.entities
    code = next((code for code, name in names.items() if entity in (code, name)), "")
    if not code:
        problems.append(Problem("entity", "batch-entity-unknown"))
        return ()
    return (RecordQuery(month, None, code),)


def _title(known: Known, text: str, problems: list[Problem]) -> Title | None:
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


def _receiver(known: Known, text: str, there: Sequence[Receiver], problems: list[Problem], *, on_paper: bool) -> str:
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
