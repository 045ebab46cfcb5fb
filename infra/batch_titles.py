"""The dry run of a sheet of titles: what adding each to the library would come to. Nothing is written."""

from datetime import date

from sqlmodel import Session

from domain.errors import Problem
from domain.invoices import Party
from domain.title_states import TitleState, differences, may_be_checked
from domain.titles import title_problems
from infra.batch_workbook import FilledRow, FilledSheet
from infra.books.batches import TITLE_FIELDS, CheckedEntry
from infra.queries.library import titles
from infra.tables import EnterpriseRow
from infra.titles import tidy_party, verified_of


def check_titles(session: Session, enterprise_id: int, sheet: FilledSheet, today: date) -> tuple[CheckedEntry, ...]:
    """Every row, with what the form would say. A title that differs from what was verified is good: a person looks at it afterwards.

    Codes: of cells, of domain.titles and domain.title_states, title-twice (in the library), batch-title-same (cell).
    """
    enterprise = session.get_one(EnterpriseRow, enterprise_id)
    verified = verified_of(session, enterprise)
    library = {
        (each.name, tax_id) for each in titles(session, enterprise_id, today) for tax_id in (each.tax_id, each.next_tax_id or each.tax_id)
    }
    seen: dict[tuple[str, str], int] = {}
    checked = []
    for row in sheet.rows:
        party = tidy_party(Party(*(row.cells[name] for name in TITLE_FIELDS)))
        problems = _problems(row, party, enterprise.tax_id)
        found = differences(party, verified)
        if not may_be_checked(found):
            problems += found
        same = (party.name, party.tax_id)
        if same in library:
            problems.append(Problem("name", "title-twice"))
        elif same in seen:
            problems.append(Problem("name", "batch-title-same", {"cell": sheet.cell("name", seen[same])}))
        seen.setdefault(same, row.line)
        state = TitleState.PENDING if found else TitleState.APPROVED
        checked.append(CheckedEntry(row.line, row.cells, outcome="" if problems else str(state), problems=tuple(problems)))
    return tuple(checked)


def _problems(row: FilledRow, party: Party, verified_tax_id: str) -> list[Problem]:
    """A cell that could not be read is named once."""
    unread = {problem.field for problem in row.problems}
    return [*row.problems, *(each for each in title_problems(party, verified=verified_tax_id) if each.field not in unread)]
