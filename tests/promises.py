"""Rows of applications under review, made directly: for tests of queues and days, where lives would only cost time."""

from datetime import UTC, datetime
from typing import Any

from infra.database import Database
from infra.tables import ApplicationRow
from tests.factories import Customer, next_number

PEAK = datetime(2026, 11, 30, 3, tzinfo=UTC)
"""Monday 2026-11-30 11:00 in China, the last working day of its month."""
PLAIN = datetime(2026, 11, 17, 3, tzinfo=UTC)
"""A Tuesday in the middle of the month."""


def application_row(customer: Customer, **values: Any) -> ApplicationRow:
    """An ordinary application under review, promised for the evening of the day after `PLAIN`."""
    row: dict[str, Any] = {
        "number": next_number(),
        "enterprise_id": customer.enterprise_id,
        "account_id": customer.account_id,
        "applicant_id": customer.user_id,
        "state": "reviewing",
        "kind": "ordinary",
        "medium": "electronic",
        "title_id": customer.title_id,
        "title_name": "北京拾光互动科技有限公司",
        "receiver_id": customer.email_id,
        "amount_fen": 100_00,
        "level": 1,
        "submitted_at": PLAIN,
        "promised_at": datetime(2026, 11, 18, 10, tzinfo=UTC),
        **values,
    }
    return ApplicationRow(**row)


def add_rows(database: Database, *rows: ApplicationRow) -> list[str]:
    """Their numbers."""
    numbers = [row.number for row in rows]
    with database.write() as session:
        session.add_all(rows)
    return numbers
