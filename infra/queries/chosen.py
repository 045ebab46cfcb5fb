"""What is known of queries beside what they tick: whose records they find, and who has the records that they no longer find."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from domain.choosing import RecordQuery
from infra.queries.consumption import records_page
from infra.queries.finding_records import MOST_CHOSEN, RecordFilter, queried
from infra.queries.scope import Scope
from infra.tables import ConsumptionRecordRow

MOST_HOLDERS = 5
"""Applications named; who wants more looks into the list of consumption."""


def accounts_of_queries(
    session: Session, scope: Scope, queries: Sequence[RecordQuery], today: date, most: int = MOST_CHOSEN
) -> tuple[int, ...]:
    """The accounts whose records the queries tick, each once."""
    if not queries or scope.account_id is not None:
        return ()
    found = queried(session, scope, queries, today, most, [col(ConsumptionRecordRow.account_id)]).subquery()
    return tuple(session.execute(select(found.c.account_id).distinct().order_by(found.c.account_id)).scalars())


def taking_applications(session: Session, scope: Scope, queries: Sequence[RecordQuery], today: date) -> tuple[str, ...]:
    """Numbers of applications that have records under the queries, of the newest records first; a few only."""
    numbers: dict[str, None] = {}
    for query in queries:
        for show in ("reserved", "invoiced"):
            chosen = RecordFilter(show, query.period, query.account_id, query.entity, query.order, query.rate_bp)
            for record in records_page(session, scope, chosen, today).records:
                numbers |= dict.fromkeys([record.why_not.params.get("application", "")] if record.why_not else [])
                numbers.pop("", None)
            if len(numbers) >= MOST_HOLDERS:
                return tuple(numbers)[:MOST_HOLDERS]
    return tuple(numbers)
