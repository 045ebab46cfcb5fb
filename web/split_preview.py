"""The invoices that the form's choice makes, line by line, and to which other invoice each line can be moved."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from domain.errors import Problem
from domain.invoices import InvoiceLine
from domain.split_choice import choice_problems, letter, letter_order, line_id
from domain.splitting import PlannedInvoice, plan_problems
from web.selection import Selection

MOST_BY_HAND = 100
"""Lines that a page lets move by hand."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line; `letters` are the invoices it can be on, empty where it cannot be moved: `why_not` is the reason's code then."""

    id: str
    line: InvoiceLine
    letters: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class PreviewInvoice:
    """One invoice to be. `part` counts those of one letter that the limit of an invoice makes; 0 when it is one."""

    entity: str
    letter: str
    part: int
    planned: PlannedInvoice
    lines: tuple[PreviewLine, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    invoices: tuple[PreviewInvoice, ...]
    can_move: bool
    """Whether any line can be moved by hand."""
    why_not: str = ""
    """The reason's code when none can."""


def preview(selection: Selection) -> Preview:
    """What the choice makes, in the order in which it is issued."""
    groups: dict[tuple[str, int], list[PlannedInvoice]] = defaultdict(list)
    for invoice in selection.plan:
        groups[invoice.entity, invoice.rate_bp].append(invoice)
    lines = sum(len(invoice.lines) for invoice in selection.plan)
    blocked = "split-statement" if selection.has_statements else "split-many-lines" if lines > MOST_BY_HAND else ""
    shown = [each for (entity, _), plan in groups.items() for each in _invoices(selection.entities.get(entity, entity), plan, blocked)]
    can_move = any(line.letters for invoice in shown for line in invoice.lines)
    return Preview(tuple(shown), can_move, "" if can_move else blocked or "split-only-lines")


def _invoices(entity: str, plan: list[PlannedInvoice], blocked: str) -> list[PreviewInvoice]:
    known = {line_id(invoice.entity, line): None for invoice in plan for line in invoice.lines}
    why_not = blocked or ("split-only-line" if len(known) < 2 else "")
    letters = () if why_not else _letters({invoice.letter for invoice in plan}, len(known))
    parts = Counter(invoice.letter for invoice in plan)
    seen: set[str] = set()
    part: Counter[str] = Counter()
    shown = []
    for invoice in plan:
        part[invoice.letter] += 1
        lines = []
        for line in invoice.lines:
            identity = line_id(invoice.entity, line)
            again = identity in seen
            seen.add(identity)
            lines.append(PreviewLine(identity, line, () if again else letters, why_not or ("split-cut" if again else "")))
        number = part[invoice.letter] if parts[invoice.letter] > 1 else 0
        shown.append(PreviewInvoice(entity, invoice.letter, number, invoice, tuple(lines)))
    return shown


def _letters(used: set[str], lines: int) -> tuple[str, ...]:
    """Those in use and one more, as long as there are lines for them."""
    offered = list(used)
    for position in range(lines):
        if letter(position) not in used:
            offered.append(letter(position))
            break
    return tuple(sorted(offered, key=letter_order))


def split_problems(selection: Selection, expected_plan: str = "") -> list[Problem]:
    """Why the invoices cannot be split as chosen, or that they are others than the form showed."""
    wanted = selection.wanted
    problems = [*choice_problems(wanted.split, wanted.queries, wanted.limit_fen), *plan_problems(selection.plan, wanted.split)]
    if not problems and expected_plan and expected_plan != selection.plan_digest:
        problems.append(Problem("split", "split-changed"))
    return problems
