"""Invariants of what came in with imports: callable checks that give sentences, none when all is well."""

from sqlmodel import Session

from infra.invariant_rows import rows


def what_paid_adds_up(session: Session) -> list[str]:
    """I1, for a record: what vouchers, coupons and bonus paid is what is excluded, and with the rest it is the consumption."""
    return rows(
        session,
        """SELECT id AS record, gross_fen, excluded_fen, voucher_fen, coupon_fen, bonus_fen, invoiceable_fen FROM consumption_record
        WHERE voucher_fen + coupon_fen + bonus_fen <> excluded_fen OR gross_fen <> excluded_fen + invoiceable_fen""",
    )


def top_ups_are_sound(session: Session) -> list[str]:
    """Feature 5: a payment is above 0, and of an account of its own customer: nobody else sees it."""
    return rows(
        session,
        """SELECT t.number AS top_up, t.amount_fen, t.enterprise_id, a.enterprise_id AS of_account FROM top_up t
        JOIN account a ON a.id = t.account_id WHERE t.amount_fen <= 0 OR a.enterprise_id <> t.enterprise_id""",
    )


def imports_are_whole(session: Session) -> list[str]:
    """S1: a batch has all its lines, each in a record of its own batch; a run that is done has its batch."""
    partial = rows(
        session,
        """SELECT b.id AS batch, b.lines, COUNT(DISTINCT l.line) AS stored, COUNT(l.line) - COUNT(r.id) AS without_record
        FROM import_batch b
        LEFT JOIN imported_line l ON l.batch_id = b.id LEFT JOIN consumption_record r ON r.id = l.record_id AND r.batch_id = b.id
        WHERE EXISTS (SELECT 1 FROM imported_line i WHERE i.batch_id = b.id)
        GROUP BY b.id, b.lines HAVING COUNT(DISTINCT l.line) <> b.lines OR COUNT(r.id) <> COUNT(l.line)""",
    )
    without = rows(
        session,
        # The run of a file that came compressed says in its report which batch its bytes are, unpacked.
        """SELECT u.batch_id AS run FROM import_run u LEFT JOIN import_batch b ON b.id = u.batch_id
        WHERE u.phase = 'done' AND b.id IS NULL
        AND NOT EXISTS (SELECT 1 FROM import_batch p WHERE u.report LIKE '%"batch_id": "' || p.id || '"%')""",
    )
    return [*partial, *without]
