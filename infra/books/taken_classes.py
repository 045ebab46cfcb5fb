"""Held negatives that are bound to what their service was billed as before its tax class changed: they take that class."""

from collections.abc import Mapping

from sqlalchemy import select as select_columns
from sqlalchemy import update
from sqlmodel import Session, col

from domain.consumption import Negative, TaxClass
from domain.ledger import Bucket, Place, Posting
from infra.books.binding import chunks
from infra.tables import ConsumptionRecordRow as Record


def take_classes(session: Session, taken: Mapping[int, tuple[Negative, TaxClass]]) -> list[Posting]:
    """Write the classes to these stored negatives, by their ids; gives the postings that move them from their rate to the other.

    They are not open yet, and the caller posts; what he moves after it is at the new rate.
    """
    for record_id, (_, tax_class) in sorted(taken.items()):
        values = {
            "classification_code": tax_class.classification_code,
            "category": tax_class.category,
            "rate_bp": tax_class.rate_bp,
            "unit": tax_class.unit,
        }
        session.execute(update(Record).where(col(Record.id) == record_id).values(**values))
    moved = sorted(record_id for record_id, (negative, tax_class) in taken.items() if negative.rate_bp != tax_class.rate_bp)
    columns = (col(Record.id), col(Record.gross_fen), col(Record.excluded_fen), col(Record.invoiceable_fen))
    postings: list[Posting] = []
    for chunk in chunks(moved):
        for row in session.execute(select_columns(*columns).where(col(Record.id).in_(chunk)).order_by(col(Record.id))):
            negative, tax_class = taken[row.id]
            old, new = place_at(negative, negative.rate_bp), place_at(negative, tax_class.rate_bp)
            for bucket, amount_fen in (
                (Bucket.CONSUMED, -row.gross_fen),
                (Bucket.EXCLUDED, row.excluded_fen),
                (Bucket.NOT_OPEN, row.invoiceable_fen),
            ):
                if amount_fen:
                    postings += [Posting(old, bucket, -amount_fen), Posting(new, bucket, amount_fen)]
    return postings


def place_at(negative: Negative, rate_bp: int) -> Place:
    """Where the postings of a stored negative go, at a rate."""
    return Place(negative.enterprise_id, negative.account_id, negative.entity, rate_bp, negative.period, negative.id)
