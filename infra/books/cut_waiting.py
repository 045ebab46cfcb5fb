"""A refund that waits in the books and fits its order's records only in pieces: its record is cut, lines and ledger with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.amounts import plain
from domain.cut_negatives import Costs, Slice, cut_costs, yuan_of
from domain.ledger import Bucket, Posting
from domain.month_parts import rest
from infra.books.ledger import place_of, post
from infra.tables import ConsumptionRecordRow as Record
from infra.tables import ImportBatchRow, ImportedLineRow

_NOT_COPIED = {"id", "standing"}
_EXCLUDED = ("excluded_fen", "voucher_fen", "coupon_fen", "bonus_fen")


def cut_waiting(session: Session, cuts: Mapping[int, Sequence[int]], now: datetime) -> None:
    """Cut these waiting records into pieces of these sizes, fen above 0; the first piece keeps the record's id.

    The caller holds the customers. Sums by account, month, entity and rate stay as they are.
    """
    for record_id, sizes in sorted(cuts.items()):
        record = session.exec(select(Record).where(Record.id == record_id).execution_options(populate_existing=True)).one()
        lines = session.exec(
            select(ImportedLineRow)
            .where(ImportedLineRow.record_id == record_id)
            .order_by(col(ImportedLineRow.line), col(ImportedLineRow.part))
            .execution_options(populate_existing=True)
        ).all()
        pieces = cut_costs([_costs(line) for line in lines], sizes[:-1])
        new = _cut_record(session, record, sizes, pieces)
        session.flush()
        _cut_lines(session, lines, pieces, [record.id, *(piece.id for piece in new)])
        postings: list[Posting] = []
        for piece in new:
            for bucket, amount in (
                (Bucket.CONSUMED, -piece.gross_fen),
                (Bucket.EXCLUDED, piece.excluded_fen),
                (Bucket.NOT_OPEN, piece.invoiceable_fen),
            ):
                if amount:
                    postings += [Posting(place_of(record), bucket, -amount), Posting(place_of(piece), bucket, amount)]
        session.flush()
        post(session, f"cut:{new[0].id}", postings, now)
        batch = session.get_one(ImportBatchRow, record.batch_id)
        batch.records += len(new)
        session.add(batch)
        session.flush()


def _costs(line: ImportedLineRow) -> Costs:
    excluded = (Decimal(line.voucher_cost), Decimal(line.coupon_cost), Decimal(line.bonus_cost))
    return Costs(Decimal(line.billed_cost), excluded, Decimal(line.rate))


def _cut_record(session: Session, record: Record, sizes: Sequence[int], pieces: Sequence[Sequence[Slice]]) -> list[Record]:
    """The new records; the given one becomes the first piece. What is excluded is all in the last."""
    values: dict[str, Any] = {name: getattr(record, name) for name in Record.model_fields if name not in _NOT_COPIED}
    new: list[Record] = []
    for number, (size, slices) in enumerate(zip(sizes, pieces, strict=True)):
        excluded = {name: values[name] if number == len(sizes) - 1 else 0 for name in _EXCLUDED}
        gross = excluded["excluded_fen"] - size
        amounts = {"gross_fen": gross, "invoiceable_fen": -size, **excluded}
        amounts["remainder"] = plain(rest(yuan_of(slices), (Decimal(gross).scaleb(-2),)))
        if number:
            new.append(Record(**values | amounts | {"natural_key": f"{record.natural_key}~{record.id}-{number}"}))
        else:
            for name, value in amounts.items():
                setattr(record, name, value)
    session.add_all([record, *new])
    return new


def _cut_lines(session: Session, lines: Sequence[ImportedLineRow], pieces: Sequence[Sequence[Slice]], ids: Sequence[int | None]) -> None:
    for slices, record_id in zip(pieces, ids, strict=True):
        for each in slices:
            line = lines[each.place]
            voucher, coupon, bonus = (format(amount, "f") for amount in each.costs.excluded)
            values = {"record_id": record_id, "billed_cost": format(each.costs.billed, "f"), "voucher_cost": voucher}
            values |= {"coupon_cost": coupon, "bonus_cost": bonus}
            if each.is_rest:
                for name, value in values.items():
                    setattr(line, name, value)
                session.add(line)
            else:
                kept = {name: getattr(line, name) for name in ImportedLineRow.model_fields} | values
                session.add(ImportedLineRow(**kept | {"part": _next_part(session, line)}))
                session.flush()


def _next_part(session: Session, line: ImportedLineRow) -> int:
    of_line = (col(ImportedLineRow.batch_id) == line.batch_id) & (col(ImportedLineRow.line) == line.line)
    return 1 + int(session.exec(select(func.max(ImportedLineRow.part)).where(of_line)).one())
