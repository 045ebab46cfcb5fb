"""Negatives that wait for their original: bound as soon as something of it is free again."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select as select_columns
from sqlalchemy import update
from sqlmodel import Session, col

from domain.consumption import bind, cuts
from domain.ledger import OPENED, Bucket, Posting, move
from infra.books.arrears import hold_for_all
from infra.books.binding import chunks, meet
from infra.books.customers import hold_customers
from infra.books.cut_waiting import cut_waiting
from infra.books.ledger import PLACE, place_of, post
from infra.books.taken_classes import take_classes
from infra.queries.open_months import out_of
from infra.tables import ConsumptionRecordRow as Record


def bind_waiting(session: Session, enterprise_ids: Collection[int], now: datetime) -> int:
    """Bind the held negatives of these customers that can be carried by now; says how many were.

    Whoever frees an amount does it in the same transaction: what was refunded meanwhile may not be invoiced whole again.
    """
    hold_customers(session, enterprise_ids)
    stored = meet(session, (), enterprise_ids)
    pieces = cuts(stored.held, stored.originals, {negative.id for negative in stored.held})
    if pieces:
        cut_waiting(session, pieces, now)
        stored = meet(session, (), enterprise_ids)
    bound = bind(stored.held, stored.originals)
    if not bound:
        return 0
    out = out_of(session, stored.statements.values())
    homes = {negative_id: stored.home(original_id, out) for negative_id, original_id in bound.items()}
    for negative_id, original_id in bound.items():
        statement = update(Record).where(col(Record.id) == negative_id)
        session.execute(statement.values(original_id=original_id, expired=homes[negative_id] is Bucket.EXPIRED))
    held = {negative.id: negative for negative in stored.held}
    classes = {id_: stored.class_taken(held[id_], original_id) for id_, original_id in bound.items()}
    taken = {id_: (held[id_], tax_class) for id_, tax_class in classes.items() if tax_class is not None}
    postings: list[Posting] = take_classes(session, taken)
    for home in OPENED:
        for chunk in chunks(sorted(negative_id for negative_id in bound if homes[negative_id] is home)):
            for row in session.execute(select_columns(*PLACE, col(Record.invoiceable_fen)).where(col(Record.id).in_(chunk))):
                postings += move(place_of(row), row.invoiceable_fen, source=Bucket.NOT_OPEN, target=home)
    cause = f"bind:{min(bound)}"
    post(session, cause, postings, now)
    hold_for_all(session, enterprise_ids, cause, now)
    return len(bound)
