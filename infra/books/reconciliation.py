"""Comparing the tax bureau's book with ours, both directions (I6)."""

import json
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.ports import BureauRecord
from infra.database import Database
from infra.tables import InvoiceRow, ReconciliationRow

Difference = dict[str, str]


class SqlReconciliation:
    def __init__(self, database: Database) -> None:
        self._database = database

    def compare(self, day: date, theirs: Sequence[BureauRecord], since: datetime) -> int:
        with self._database.write() as session:
            ours = {**_blue(session, since), **_red(session, since)}
            differences = compare_books(ours, theirs)
            row = session.get(ReconciliationRow, day) or ReconciliationRow(day=day, compared=0, differences="[]")
            row.compared = len(theirs)
            row.differences = json.dumps(differences, ensure_ascii=False)
            session.add(row)
            return len(differences)


Entry = tuple[str, int]
"""Number and total in fen."""


def compare_books(ours: dict[str, Entry], theirs: Sequence[BureauRecord]) -> list[Difference]:
    """What differs: numbers issued for us that we do not have, other amounts, and ours that the bureau does not know."""
    differences: list[Difference] = []
    found: set[str] = set()
    for record in theirs:
        mine = ours.get(record.request_id)
        if mine is None or mine[0] != record.number:
            differences.append(
                {"request_id": record.request_id, "what": "not-ours", "ours": mine[0] if mine else "", "theirs": record.number}
            )
        elif mine[1] != record.total_fen:
            differences.append({"request_id": record.request_id, "what": "amount", "ours": str(mine[1]), "theirs": str(record.total_fen)})
            found.add(record.request_id)
        else:
            found.add(record.request_id)
    missing = [key for key in ours if key not in found and key not in {record.request_id for record in theirs}]
    differences += [{"request_id": key, "what": "not-theirs", "ours": ours[key][0], "theirs": ""} for key in missing]
    return differences


def _blue(session: Session, since: datetime) -> dict[str, Entry]:
    statement = select(InvoiceRow.id, InvoiceRow.number, InvoiceRow.total_fen).where(col(InvoiceRow.issued_at) >= since)
    return {row[0]: (row[1] or "", row[2]) for row in session.exec(statement)}


def _red(session: Session, since: datetime) -> dict[str, Entry]:
    statement = select(InvoiceRow.id, InvoiceRow.red_number, InvoiceRow.total_fen).where(col(InvoiceRow.red_issued_at) >= since)
    return {f"{row[0]}:red": (row[1] or "", -row[2]) for row in session.exec(statement)}
