"""Promises that the calendar moved, and which lives are still to be told (`domain.promises.PromiseBooks`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select

from domain.lifecycle import ApplicationState
from domain.messages import Policy
from domain.promises import MovedPromise
from infra.database import Database
from infra.promises import move_promises
from infra.tables import ApplicationRow, MovedPromiseRow

AT_ONCE = 100
"""Messages of one step of the life that tells them."""


class SqlPromiseMoves:
    def __init__(self, database: Database) -> None:
        self._database = database

    def move(self, policy: Policy, now: datetime) -> int:
        return move_promises(self._database, policy, now)

    def moved(self, after: str) -> Sequence[MovedPromise]:
        row: Any = MovedPromiseRow
        application: Any = ApplicationRow
        over = select(application.number).where(application.state != ApplicationState.REVIEWING)
        with self._database.write() as session:
            session.execute(delete(MovedPromiseRow).where(row.application_number.in_(over)))
            waiting = select(row.application_number, row.key).where(row.application_number > after)
            found = session.execute(waiting.order_by(row.application_number).limit(AT_ONCE))
            return tuple(MovedPromise(each.application_number, each.key) for each in found)

    def told(self, moves: Sequence[MovedPromise]) -> None:
        row: Any = MovedPromiseRow
        if not moves:
            return
        # A promise that moved once more meanwhile has another key, and is told again.
        these = or_(*(and_(row.application_number == each.number, row.key == each.key) for each in moves))
        with self._database.write() as session:
            session.execute(delete(MovedPromiseRow).where(these))
