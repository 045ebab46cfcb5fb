"""The rows of an import: records, the lines of its file, and what it posts."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import distinct, func, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.amounts import plain
from domain.consumption import PricedLine
from domain.errors import Problem
from domain.ledger import Bucket, Place, Posting, move
from infra.books.binding import chunks
from infra.books.import_plan import NEW, Plan
from infra.books.taken_classes import place_at
from infra.tables import ConsumptionRecordRow, ImportBatchRow, ImportedLineRow

_ROWS = 10_000
"""Rows handed to the driver at a time, so that a large file is not in memory a third time as parameters."""


def overlaps(session: Session, batch_id: str, plan: Plan) -> Iterator[Problem]:
    """Months of accounts that another file has brought already.

    Lines have no identity in FOCUS, so the same lines in two files cannot be told from a second file of other lines:
    the person who imports has to know.
    """
    wanted: dict[str, set[int]] = {}
    for draft in plan.drafts:
        wanted.setdefault(draft.key.period, set()).add(draft.key.account_id)
    record = ConsumptionRecordRow
    for period, account_ids in sorted(wanted.items()):
        accounts, file_name = 0, ""
        for chunk in chunks(sorted(account_ids)):
            statement = (
                select_columns(func.count(distinct(col(record.account_id))), func.min(col(ImportBatchRow.file_name)))
                .join(ImportBatchRow, col(ImportBatchRow.id) == col(record.batch_id))
                .where(col(record.period) == period, col(record.account_id).in_(chunk), col(record.batch_id) != batch_id)
            )
            count, name = session.execute(statement).one()
            accounts += count
            file_name = file_name or name or ""
        if accounts:
            yield Problem("file", "period-imported-before", {"period": period, "accounts": str(accounts), "file": file_name})


def insert_records(session: Session, batch_id: str, plan: Plan) -> list[int]:
    """The id of each draft. Positive ones first, so that negatives can name them."""
    found: dict[str, int] = {}
    key_column, id_column = col(ConsumptionRecordRow.natural_key), col(ConsumptionRecordRow.id)
    keys = [draft.key.natural_key for draft in plan.drafts]
    for with_original in (False, True):
        places = [place for place, original in enumerate(plan.originals) if (original is not None) is with_original]
        rows = [_record_values(batch_id, plan, place, keys, found) for place in places]
        _insert(session, ConsumptionRecordRow, rows)
        if with_original and not rows:
            break
        statement = select_columns(key_column, id_column).where(col(ConsumptionRecordRow.batch_id) == batch_id)
        found = {row.natural_key: row.id for row in session.execute(statement)}
    return [found[key] for key in keys]


def _record_values(batch_id: str, plan: Plan, place: int, keys: Sequence[str], found: dict[str, int]) -> dict[str, Any]:
    draft, original, tax_class = plan.drafts[place], plan.originals[place], plan.classes[place]
    key = draft.key
    return {
        "batch_id": batch_id,
        "natural_key": keys[place],
        "enterprise_id": key.enterprise_id,
        "account_id": key.account_id,
        "entity": key.entity,
        "rate_bp": tax_class.rate_bp,
        "service": key.service,
        "category": tax_class.category,
        "classification_code": tax_class.classification_code,
        "unit": tax_class.unit,
        "day": key.day,
        "period": key.period,
        "order_number": key.order_number,
        "original_order_number": key.original_order_number,
        "description": draft.description,
        "seller": key.seller,
        "gross_fen": draft.gross_fen,
        "excluded_fen": draft.excluded_fen,
        **dict(zip(("voucher_fen", "coupon_fen", "bonus_fen"), draft.parts_fen, strict=True)),
        "invoiceable_fen": draft.invoiceable_fen,
        "remainder": plain(draft.remainder),
        "original_id": found[keys[original - NEW]] if original is not None and original >= NEW else original,
        "assisted": key.assisted,
        "expired": plan.buckets[place] is Bucket.EXPIRED,
    }


def insert_lines(session: Session, batch_id: str, plan: Plan, priced: Sequence[PricedLine], ids: Sequence[int]) -> None:
    record_of = {line: ids[place] for place, draft in enumerate(plan.drafts) for line in draft.lines}
    for start in range(0, len(priced), _ROWS):
        _insert(session, ImportedLineRow, [_line_values(batch_id, line, record_of) for line in priced[start : start + _ROWS]])


def _line_values(batch_id: str, priced: PricedLine, record_of: dict[tuple[int, int], int]) -> dict[str, Any]:
    line = priced.line
    return {
        "batch_id": batch_id,
        "line": line.line,
        "part": line.part,
        "record_id": record_of[line.line, line.part],
        "billed_cost": _text(line.billed_cost),
        "voucher_cost": _text(line.voucher_cost),
        "coupon_cost": _text(line.coupon_cost),
        "bonus_cost": _text(line.bonus_cost),
        "currency": line.currency,
        "rate": _text(priced.rate),
        "charge_category": str(line.charge_category),
        "service": line.service,
        "description": line.description,
    }


def _text(amount: Decimal) -> str:
    """As it came: with its zeros, without an exponent."""
    return format(amount, "f")


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _ROWS):
        session.connection().execute(insert(table), rows[start : start + _ROWS])


def postings(plan: Plan, ids: Sequence[int]) -> Iterator[Posting]:
    """Consumed, then where it went; and held negatives of other files that are available now. Amounts of 0 are left out."""
    for draft, tax_class, bucket, record_id in zip(plan.drafts, plan.classes, plan.buckets, ids, strict=True):
        key = draft.key
        place = Place(key.enterprise_id, key.account_id, key.entity, tax_class.rate_bp, key.period, record_id)
        sides = ((Bucket.CONSUMED, -draft.gross_fen), (Bucket.EXCLUDED, draft.excluded_fen), (bucket, draft.invoiceable_fen))
        for side, amount_fen in sides:
            if amount_fen:
                yield Posting(place, side, amount_fen)
    for freed in plan.freed:
        if freed.home is not Bucket.NOT_OPEN:
            negative = freed.negative
            place = place_at(negative, freed.tax_class.rate_bp if freed.tax_class else negative.rate_bp)
            yield from move(place, negative.amount_fen, source=Bucket.NOT_OPEN, target=freed.home)


def bind_freed(session: Session, plan: Plan, ids: Sequence[int]) -> None:
    for freed in plan.freed:
        original_id = ids[freed.original_id - NEW] if freed.original_id >= NEW else freed.original_id
        statement = update(ConsumptionRecordRow).where(col(ConsumptionRecordRow.id) == freed.negative.id)
        expired = freed.home is Bucket.EXPIRED
        session.execute(statement.values(original_id=original_id, expired=expired))
