"""Time limits as SQL: the rules of `domain.eligibility` for queries that look records up by day (feature 15)."""

from datetime import date
from typing import Any

from sqlalchemy import or_

from domain.eligibility import earliest_day
from infra.tables import ConsumptionRecordRow


def within_limit(today: date, record: Any = ConsumptionRecordRow) -> Any:
    """A record that can be invoiced today as far as its time limit goes: within six months, or granted longer."""
    return or_(record.day >= earliest_day(today), record.extended_to >= today)


def past_limit(today: date, record: Any = ConsumptionRecordRow) -> Any:
    """A record whose six months are over, and what was granted beyond them, too."""
    return (record.day < earliest_day(today)) & or_(record.extended_to.is_(None), record.extended_to < today)
