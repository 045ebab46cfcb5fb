"""How an application ends: its row, its events, and what of its amount is released."""

from datetime import datetime

from sqlmodel import Session

from domain.ledger import Bucket
from domain.lifecycle import APPLICATION_STEPS, ApplicationState
from domain.material import MaterialState
from domain.messages import Note
from domain.sign_off import SignOffState
from infra.books.items import items_of, move_items
from infra.books.life import answer, application_life, tell
from infra.books.material import close_round
from infra.books.sign_offs import close
from infra.queries.review_phrases import kept_code
from infra.tables import ApplicationRow

_ENDED_UNSIGNED = {
    ApplicationState.LAPSED: SignOffState.LAPSED,
    ApplicationState.CANCELLED: SignOffState.CANCELLED,
}
"""How a sign-off ends with an application that waited for it."""


def end_application(session: Session, number: str, state: ApplicationState, note: Note | None, now: datetime) -> None:
    """See `domain.books.ApplicationBooks.end`; in the caller's transaction."""
    application = session.get(ApplicationRow, number, with_for_update=True)
    if application is None:
        return
    allowed = APPLICATION_STEPS.get(ApplicationState(application.state), frozenset())
    if application.state != state and state in allowed:
        before = ApplicationState(application.state)
        application.state = state
        application.version += 1
        application.claimed_by = application.claimed_at = application.claimed_until = None
        if note is not None and state is ApplicationState.REJECTED:
            application.decided_at, application.decided_by, application.reason = now, note.by, note.reason
            application.reason_phrase = kept_code(session, note.phrase)
        session.add(application)
        by = note.by if note else None
        kind = str(state)
        if before is ApplicationState.AWAITING_APPROVAL:
            close(session, number, _ENDED_UNSIGNED[state], now)
            kind = "sign-off-lapsed" if state is ApplicationState.LAPSED else kind
        elif before is ApplicationState.AWAITING_MATERIAL:
            lapsed = state is ApplicationState.LAPSED
            close_round(session, number, MaterialState.LAPSED if lapsed else MaterialState.CANCELLED, now)
            kind = "material-lapsed" if lapsed else kind
        tell(session, application_life(number), kind, kind, now, by=by, facts={"amount_fen": application.amount_fen})
    if note is not None:
        answer(session, note, now)
    unassigned = [item for item in items_of(session, application=number) if item.invoice_id is None]
    if unassigned and application.state == state and state is not ApplicationState.REFUSED:
        move_items(session, f"release:{number}", unassigned, now, source=Bucket.RESERVED, target=Bucket.AVAILABLE)
