"""Applications that the automatic review asks about, and the files that answer."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.calendar import china_date
from domain.review_policy import FIRST
from infra.database import Database
from infra.review_policy import set_policy
from infra.tables import AttachmentRow
from tests.factories import Customer, make_record

ABOVE = timedelta(days=120)
"""So long ago consumption does not count for the alarm any more, and can still be invoiced."""


def old_record(database: Database, customer: Customer, amount_fen: int = 10_600) -> int:
    """A record that alone makes an application above the last 90 days' consumption."""
    return make_record(database, customer, amount_fen, day=china_date(datetime.now(UTC)) - ABOVE)


def one_level(database: Database, by: int) -> None:
    """Whatever the score, one reviewer decides."""
    set_policy(database, replace(FIRST, level_2_from_score=900, supervisor_from_score=900), "测试", 1, by, datetime.now(UTC))


def add_file(database: Database, customer: Customer, number: str, kind: str = "contract", *, at: datetime | None = None) -> int:
    """A file on an application, or a draft of one that is to come, without bytes in a store."""
    moment = at or datetime.now(UTC)
    with database.write() as session:
        row = AttachmentRow(
            enterprise_id=customer.enterprise_id,
            subject=f"application:{number}",
            kind=kind,
            file_name=f"{kind}.pdf",
            media_type="application/pdf",
            size=1000,
            sha256=hashlib.sha256(f"{number}{kind}{moment}".encode()).hexdigest(),
            uploaded_by=customer.user_id,
            uploaded_at=moment,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id
