"""Rounds of material as people see them, and what of them waits for a customer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.lifecycle import ApplicationState
from domain.material import KINDS, MaterialCode, MaterialState, missing
from domain.review_phrases import Phrase
from infra.queries.evidence import EvidenceSeen
from infra.queries.review_phrases import chosen_phrases
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import ApplicationRow, MaterialRequestRow, UserRow


@dataclass(frozen=True, slots=True)
class MaterialRound:
    """One round. `by` is empty when an alarm asked; `files` are those that came while it was open."""

    round: int
    by: str
    wanted: tuple[str, ...]
    note: str
    phrase: Phrase | None
    state: str
    asked_at: datetime
    remind_at: datetime
    due_at: datetime
    answered_by: str
    answered_at: datetime | None
    text: str
    files: tuple[EvidenceSeen, ...]

    @property
    def is_open(self) -> bool:
        return self.state == MaterialState.OPEN

    @property
    def last_moment(self) -> datetime:
        """Within the last day: it is due at midnight."""
        return self.due_at - timedelta(seconds=1)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(file.kind for file in self.files)

    @staticmethod
    def kinds_for(code: str) -> tuple[str, ...]:
        """Kinds of files of which any answers it."""
        return tuple(str(kind) for kind in KINDS[MaterialCode(code)])

    def files_for(self, code: str) -> tuple[EvidenceSeen, ...]:
        return tuple(file for file in self.files if file.kind in self.kinds_for(code))

    @property
    def missing(self) -> tuple[str, ...]:
        """Codes that nothing that came answers."""
        return missing(self.wanted, self.kinds, self.text)

    @property
    def is_unsent(self) -> bool:
        """Something for the list is here, or nothing is missing, but the customer has not sent it."""
        return self.is_open and (not self.missing or any(self.files_for(code) for code in self.wanted))


def rounds_of(session: Session, number: str, files: Sequence[EvidenceSeen]) -> tuple[MaterialRound, ...]:
    """From the first on. `files`: those of the application. Whoever asks must check who may see the application."""
    row: Any = MaterialRequestRow
    asker, answerer = aliased(UserRow), aliased(UserRow)
    statement: Any = (
        select(MaterialRequestRow, col(asker.name).label("asker"), col(answerer.name).label("answerer"))
        .outerjoin(asker, col(asker.id) == row.by)
        .outerjoin(answerer, col(answerer.id) == row.answered_by)
        .where(row.application_number == number)
        .order_by(row.round)
    )
    rows = session.execute(statement).all()
    phrases = chosen_phrases(session, (found[0].phrase for found in rows))
    return tuple(_round(found[0], phrases.get(found[0].phrase), found.asker or "", found.answerer or "", files) for found in rows)


def _round(row: MaterialRequestRow, phrase: Phrase | None, asker: str, answerer: str, files: Sequence[EvidenceSeen]) -> MaterialRound:
    since, until = utc(row.asked_at), utc_or_none(row.answered_at)
    return MaterialRound(
        round=row.round,
        by=asker,
        wanted=tuple(json.loads(row.wanted)),
        note=row.note,
        phrase=phrase,
        state=row.state,
        asked_at=since,
        remind_at=utc(row.remind_at),
        due_at=utc(row.due_at),
        answered_by=answerer,
        answered_at=until,
        text=row.text,
        files=tuple(file for file in files if since <= file.at and (until is None or file.at <= until)),
    )


@dataclass(frozen=True, slots=True)
class WaitingMaterial:
    """An application that waits for its customer, or `lapsed` waiting. Amount in fen."""

    number: str
    amount_fen: int
    due_at: datetime
    lapsed: bool


def waiting_material(session: Session, scope: Scope, since: datetime, most: int) -> list[WaitingMaterial]:
    """What waits, and what lapsed from `since` on."""
    table: Any = ApplicationRow
    row: Any = MaterialRequestRow
    columns: Select[Any] = select(table.number, table.amount_fen, row.due_at, row.state).join(row, row.application_number == table.number)
    found: list[Any] = []
    for state, ended, limit in (
        (ApplicationState.AWAITING_MATERIAL, MaterialState.OPEN, None),
        (ApplicationState.LAPSED, MaterialState.LAPSED, since),
    ):
        statement = scope.narrow(columns, table).where(table.state == state, row.state == ended)
        if limit is not None:
            statement = statement.where(row.due_at >= limit)
        found += session.execute(statement.order_by(row.due_at).limit(most)).all()
    return [WaitingMaterial(each.number, each.amount_fen, utc(each.due_at), each.state == MaterialState.LAPSED) for each in found]
