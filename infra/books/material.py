"""Rounds of asking the customer for material: begun, answered, waived, ended with the application."""

import json
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.lifecycle import ApplicationState
from domain.material import MaterialState
from domain.messages import Note, Policy
from domain.review_messages import MaterialAnswer, MaterialAsked, MaterialOutcome, MaterialRequest
from infra.books.life import Fact, answer, application_life, tell
from infra.promises import same_day
from infra.queries.calendar import Calendar, calendar
from infra.queries.review_phrases import kept_code
from infra.queries.scope import utc
from infra.tables import ApplicationRow, MaterialRequestRow, NoteRow


def newest_round(session: Session, number: str) -> MaterialRequestRow | None:
    statement = select(MaterialRequestRow).where(MaterialRequestRow.application_number == number)
    return session.exec(statement.order_by(col(MaterialRequestRow.round).desc()).limit(1)).first()


def asked_by_alarm(session: Session, number: str) -> MaterialAsked | None:
    """What the automatic review asked for, for a repeat of it; None when it did not ask."""
    row = session.get(MaterialRequestRow, (number, 1))
    return MaterialAsked(utc(row.due_at), utc(row.remind_at)) if row is not None and row.by is None else None


def due_moments(days: Calendar, now: datetime, working_days: int) -> MaterialAsked:
    """Of what is asked for now: due at 24:00 of the last working day, reminded at 9:00 of the working day before."""
    due_at = days.promise(now, working_days, 23).due_at + timedelta(hours=1)
    return MaterialAsked(due_at, days.promise(now, max(working_days - 1, 1), 9).due_at)


def begin_round(
    session: Session,
    application: ApplicationRow,
    wanted: tuple[str, ...],
    note: str,
    by: int | None,
    working_days: int,
    now: datetime,
    *,
    phrase: str = "",
) -> MaterialAsked:
    """The application waits for its customer from now on, until 24:00 of the last working day; reminded a working day before.

    `phrase`: the code of the ready note that stands before the note.
    """
    before = newest_round(session, application.number)
    asked = due_moments(calendar(session), now, working_days)
    row = MaterialRequestRow(
        application_number=application.number,
        round=before.round + 1 if before else 1,
        by=by,
        wanted=json.dumps(list(wanted)),
        note=note,
        phrase=kept_code(session, phrase),
        state=MaterialState.OPEN,
        asked_at=now,
        remind_at=asked.remind_at,
        due_at=asked.due_at,
    )
    session.add(row)
    application.state = ApplicationState.AWAITING_MATERIAL
    application.version += 1
    application.promised_at, application.promise_estimated = None, False
    application.claimed_by = application.claimed_at = application.claimed_until = None
    session.add(application)
    facts: dict[str, Fact] = {"moment": (asked.due_at - timedelta(seconds=1)).isoformat(), "round": row.round, "wanted": " ".join(wanted)}
    tell(session, application_life(application.number), f"material-asked-{row.round}", "material-asked", now, by=by, facts=facts)
    return asked


def ask_material(
    session: Session,
    application: ApplicationRow,
    request: MaterialRequest,
    working_days: int,
    now: datetime,
    *,
    said: NoteRow | None,
    code: str,
) -> MaterialOutcome:
    """Take or refuse (`code`) a reviewer's request; `said` is the answer of an earlier try."""
    if said is not None:
        row = newest_round(session, application.number) if said.taken else None
        return MaterialOutcome(said.taken, MaterialAsked(utc(row.due_at), utc(row.remind_at)) if row else None)
    answer(session, Note(application_life(application.number), request.key, "ask", request.by, not code, code, request.note), now)
    if code:
        return MaterialOutcome(taken=False)
    asked = begin_round(session, application, request.wanted, request.note, request.by, working_days, now, phrase=request.phrase)
    return MaterialOutcome(taken=True, asked=asked)


def answer_material(
    session: Session,
    application: ApplicationRow,
    message: MaterialAnswer,
    working_days: int,
    hour: int,
    now: datetime,
    *,
    said: NoteRow | None,
    code: str = "",
) -> MaterialOutcome:
    """The customer has answered, or a reviewer waives it: the review goes on with a promise that is counted from now.

    `code`: why this person may not. What was expedited stays so: its promise is one of the same day again.
    """
    number = application.number
    if said is not None:
        return MaterialOutcome(said.taken, promised_at=utc(application.promised_at) if said.taken and application.promised_at else None)
    row = newest_round(session, number)
    code = code if row is not None and row.state == MaterialState.OPEN else "material-not-asked"
    code = code or ("" if message.version == application.version else "stale-version")
    kind = "waive" if message.waived else "answer"
    answer(session, Note(application_life(number), message.key, kind, message.by, not code, code), now)
    if code or row is None:
        return MaterialOutcome(taken=False)
    row.state = MaterialState.WAIVED if message.waived else MaterialState.ANSWERED
    row.answered_by, row.answered_at, row.text = message.by, now, message.text
    days = calendar(session)
    promise = same_day(days, now, Policy(promise_hour=hour)) if application.expedited else days.promise(now, working_days, hour)
    application.state = ApplicationState.REVIEWING
    application.version += 1
    application.promised_at, application.promise_estimated = promise.due_at, promise.estimated
    application.calendar_version = days.version
    session.add_all([row, application])
    facts: dict[str, Fact] = {"moment": promise.due_at.isoformat(), "round": row.round}
    event = "material-waived" if message.waived else "material-answered"
    tell(session, application_life(number), f"{event}-{row.round}", event, now, by=message.by, facts=facts)
    return MaterialOutcome(taken=True, promised_at=promise.due_at)


def close_round(session: Session, number: str, state: MaterialState, now: datetime) -> None:
    """The application ended while it waited."""
    row = newest_round(session, number)
    if row is not None and row.state == MaterialState.OPEN:
        row.state, row.answered_at = state, now
        session.add(row)
