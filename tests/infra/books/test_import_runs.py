"""How far an import is: what has ended stays so, whatever a step that goes on says."""

from domain.imports import ImportEnding, ImportPhase, ImportRequest
from infra.books.import_runs import SqlImportRuns
from infra.books.imports import Imports
from infra.queries.imports import import_run
from tests.billing import billing_csv
from tests.imports import billable
from tests.infra.books.conftest import Books


def test_a_check_that_goes_on_after_the_import_was_cancelled_changes_nothing(books: Books) -> None:
    content = billing_csv(billable(books.database, books.customer))
    asked, runs = ImportRequest("cd" * 32, "october.csv"), SqlImportRuns(Imports(books.database))

    def cancel(_rows: int, _total: int) -> None:
        runs.end(ImportEnding(asked, ImportPhase.CANCELLED), books.now)

    assert runs.check(asked, content, cancel, books.now).phase is ImportPhase.WRITING
    with books.database.read() as session:
        run = import_run(session, asked.batch_id)
    assert run is not None
    assert run.phase is ImportPhase.CANCELLED
    assert runs.check(asked, content, lambda _rows, _total: None, books.now).phase is ImportPhase.WRITING
    with books.database.read() as session:
        again = import_run(session, asked.batch_id)
    assert again is not None
    assert again.phase is ImportPhase.WRITING, "the same file can be imported after it was cancelled"
