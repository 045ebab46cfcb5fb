"""The invariants of `reliability.md` section 3 as checks on the real database. Each gives what violates it, as sentences.

Tests, campaigns and the operators' page call the same functions. A check that finds nothing says so with an empty list.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from domain.ports import BureauRecord
from infra.arrears_invariants import held_is_what_is_owed
from infra.books.reconciliation import compare_books
from infra.four_eyes_invariants import four_eyes_saw_it
from infra.import_invariants import imports_are_whole, top_ups_are_sound, what_paid_adds_up
from infra.invariant_rows import rows
from infra.material_invariants import material_is_awaited
from infra.review_invariants import reasons_can_be_read, reviews_are_as_weighed
from infra.sign_off_invariants import sign_offs_are_kept
from infra.split_invariants import splits_add_up, splits_are_as_reserved
from infra.tables import InvoiceRow

Check = Callable[[Session], list[str]]


def every_fen_is_in_one_bucket(session: Session) -> list[str]:
    """I1: consumed = excluded + not open + expired + arrears + seller + available + reserved + invoiced, and running totals are right."""
    unbalanced = rows(
        session,
        """SELECT enterprise_id, entity, rate_bp, SUM(amount_fen) AS off_by FROM ledger_entry
        GROUP BY enterprise_id, entity, rate_bp HAVING SUM(amount_fen) <> 0""",
    )
    totals = rows(
        session,
        """SELECT e.enterprise_id, e.account_id, e.period, e.entity, e.rate_bp, e.bucket, e.total, b.amount_fen AS running_total
        FROM (SELECT enterprise_id, account_id, period, entity, rate_bp, bucket, SUM(amount_fen) AS total FROM ledger_entry
              GROUP BY enterprise_id, account_id, period, entity, rate_bp, bucket) e
        LEFT JOIN balance b ON b.enterprise_id = e.enterprise_id AND b.account_id = e.account_id AND b.period = e.period
              AND b.entity = e.entity AND b.rate_bp = e.rate_bp AND b.bucket = e.bucket
        WHERE b.amount_fen IS NULL OR b.amount_fen <> e.total""",
    )
    consumed = rows(
        session,
        """SELECT r.enterprise_id, r.gross, -COALESCE(l.posted, 0) AS posted
        FROM (SELECT enterprise_id, SUM(gross_fen) AS gross FROM consumption_record GROUP BY enterprise_id) r
        LEFT JOIN (SELECT enterprise_id, SUM(amount_fen) AS posted FROM ledger_entry WHERE bucket = 'consumed' GROUP BY enterprise_id) l
        ON l.enterprise_id = r.enterprise_id WHERE r.gross <> -COALESCE(l.posted, 0)""",
    )
    elsewhere = rows(
        session,
        """SELECT l.id AS entry, l.record_id AS record FROM ledger_entry l JOIN consumption_record r ON r.id = l.record_id
        WHERE l.enterprise_id <> r.enterprise_id OR l.account_id <> r.account_id OR l.period <> r.period OR l.entity <> r.entity""",
    )
    # A refund that took its original's class was moved: at the rate it came with nothing of it is left.
    left_behind = rows(
        session,
        """SELECT l.record_id AS record, l.rate_bp, l.bucket, SUM(l.amount_fen) AS fen
        FROM ledger_entry l JOIN consumption_record r ON r.id = l.record_id
        WHERE l.rate_bp <> r.rate_bp GROUP BY l.record_id, l.rate_bp, l.bucket HAVING SUM(l.amount_fen) <> 0""",
    )
    return [*unbalanced, *totals, *consumed, *elsewhere, *left_behind]


def running_totals_are_what_records_say(session: Session) -> list[str]:
    """I1, from the records' side: each account's month has in each bucket what its records say by their columns and statements.

    It is not open what waits for its original, and what is on a statement that is not out; a bound negative is where its original is.
    """
    return rows(
        session,
        """WITH placed AS (SELECT r.enterprise_id, r.account_id, r.period, r.entity, r.rate_bp,
                CASE WHEN r.seller <> '' THEN 'seller' WHEN r.assisted <> '' THEN 'assisted'
                WHEN (r.original_id IS NULL AND r.invoiceable_fen < 0) OR s.id IS NULL THEN 'not-open'
                WHEN r.expired THEN 'expired' ELSE 'available' END AS home,
                SUM(r.invoiceable_fen - r.reserved_fen - r.invoiced_fen - r.held_fen) AS free, SUM(r.held_fen) AS held,
                SUM(r.reserved_fen) AS reserved, SUM(r.invoiced_fen) AS invoiced, SUM(r.excluded_fen) AS excluded, SUM(r.gross_fen) AS gross
              FROM consumption_record r LEFT JOIN consumption_record o ON o.id = r.original_id
              LEFT JOIN statement s ON s.enterprise_id = r.enterprise_id AND s.period = COALESCE(o.period, r.period)
                AND s.entity = COALESCE(o.entity, r.entity) AND (NOT s.postpaid OR s.charged_on IS NOT NULL)
              GROUP BY 1, 2, 3, 4, 5, 6),
        said AS (SELECT enterprise_id, account_id, period, entity, rate_bp, home AS bucket, free AS fen FROM placed
          UNION ALL SELECT enterprise_id, account_id, period, entity, rate_bp, 'arrears', held FROM placed
          UNION ALL SELECT enterprise_id, account_id, period, entity, rate_bp, 'reserved', reserved FROM placed
          UNION ALL SELECT enterprise_id, account_id, period, entity, rate_bp, 'invoiced', invoiced FROM placed
          UNION ALL SELECT enterprise_id, account_id, period, entity, rate_bp, 'excluded', excluded FROM placed
          UNION ALL SELECT enterprise_id, account_id, period, entity, rate_bp, 'consumed', -gross FROM placed
          UNION ALL SELECT enterprise_id, account_id, period, entity, rate_bp, bucket, -amount_fen FROM balance)
        SELECT enterprise_id, account_id, period, entity, rate_bp, bucket, SUM(fen) AS off_by FROM said
        GROUP BY enterprise_id, account_id, period, entity, rate_bp, bucket HAVING SUM(fen) <> 0""",
    )


def records_are_not_taken_twice(session: Session) -> list[str]:
    """I2: what is reserved or invoiced of a record never exceeds it, and agrees with the ledger."""
    beyond = rows(
        session,
        """SELECT id AS record, invoiceable_fen, reserved_fen, invoiced_fen FROM consumption_record
        WHERE (invoiceable_fen >= 0 AND (reserved_fen < 0 OR invoiced_fen < 0 OR reserved_fen + invoiced_fen > invoiceable_fen))
        OR (invoiceable_fen < 0 AND (reserved_fen > 0 OR invoiced_fen > 0 OR reserved_fen + invoiced_fen < invoiceable_fen))""",
    )
    against_ledger = rows(
        session,
        """SELECT r.id AS record, r.reserved_fen, r.invoiced_fen, l.reserved, l.invoiced FROM consumption_record r
        JOIN (SELECT record_id, SUM(CASE WHEN bucket = 'reserved' THEN amount_fen ELSE 0 END) AS reserved,
                     SUM(CASE WHEN bucket = 'invoiced' THEN amount_fen ELSE 0 END) AS invoiced
              FROM ledger_entry GROUP BY record_id) l ON l.record_id = r.id
        WHERE r.reserved_fen <> l.reserved OR r.invoiced_fen <> l.invoiced""",
    )
    return [*beyond, *against_ledger]


def reservations_belong_to_live_applications(session: Session) -> list[str]:
    """I3: what is reserved of a record is exactly what live applications hold of it and no invoice has yet."""
    return rows(
        session,
        """SELECT r.id AS record, r.reserved_fen, COALESCE(h.held, 0) AS held FROM consumption_record r
        LEFT JOIN (SELECT i.record_id, SUM(i.amount_fen) AS held FROM application_item i
              JOIN application a ON a.number = i.application_number
              LEFT JOIN invoice v ON v.id = i.invoice_id
              WHERE a.state IN ('awaiting-approval', 'reviewing', 'awaiting-material')
                OR (i.invoice_id IS NOT NULL AND v.state IN ('issuing', 'parked') AND v.number IS NULL)
              GROUP BY i.record_id) h ON h.record_id = r.id
        WHERE r.reserved_fen <> COALESCE(h.held, 0)""",
    )


def expired_is_in_its_bucket(session: Session) -> list[str]:
    """I1, for time limits: what is free of an expired record stands in that bucket, and nothing of another; what was granted is none."""
    return rows(
        session,
        """SELECT r.id AS record, r.expired, r.extended_to, COALESCE(l.amount, 0) AS in_the_bucket FROM consumption_record r
        LEFT JOIN (SELECT record_id, SUM(amount_fen) AS amount FROM ledger_entry WHERE bucket = 'expired' GROUP BY record_id) l
        ON l.record_id = r.id
        WHERE COALESCE(l.amount, 0) <> CASE WHEN r.expired THEN r.invoiceable_fen - r.reserved_fen - r.invoiced_fen ELSE 0 END
        OR (r.extended_to IS NOT NULL AND r.extended_to < r.day)""",
    )


def transactions_balance(session: Session) -> list[str]:
    """I4: every ledger transaction sums to 0."""
    return rows(session, "SELECT cause, SUM(amount_fen) AS off_by FROM ledger_entry GROUP BY cause HAVING SUM(amount_fen) <> 0")


def numbers_are_unique(session: Session) -> list[str]:
    """I5: a number stands once, over blue and red together."""
    return rows(
        session,
        """SELECT number, COUNT(*) AS times FROM (SELECT number FROM invoice WHERE number IS NOT NULL
        UNION ALL SELECT red_number FROM invoice WHERE red_number IS NOT NULL) n GROUP BY number HAVING COUNT(*) > 1""",
    )


def books_agree(session: Session, theirs: Sequence[BureauRecord]) -> list[str]:
    """I6: every number issued for us is ours with the same amount, none of ours is unknown there, and no request was issued twice."""
    blue = session.exec(select(InvoiceRow.id, InvoiceRow.number, InvoiceRow.total_fen).where(col(InvoiceRow.number).is_not(None)))
    ours = {row[0]: (row[1] or "", row[2]) for row in blue}
    red = session.exec(select(InvoiceRow.id, InvoiceRow.red_number, InvoiceRow.total_fen).where(col(InvoiceRow.red_number).is_not(None)))
    ours |= {f"{row[0]}:red": (row[1] or "", -row[2]) for row in red}
    twice = [key for key, times in Counter(record.request_id for record in theirs).items() if times > 1]
    differing = [
        f"{found['request_id']}: {found['what']}, ours {found['ours']}, theirs {found['theirs']}" for found in compare_books(ours, theirs)
    ]
    return [*differing, *(f"{key}: issued more than once" for key in twice)]


def records_have_one_valid_invoice(session: Session) -> list[str]:
    """I7: what valid invoices hold of a record is what its running total says."""
    return rows(
        session,
        """SELECT r.id AS record, r.invoiced_fen, COALESCE(v.valid, 0) AS on_valid_invoices FROM consumption_record r
        LEFT JOIN (SELECT i.record_id, SUM(i.amount_fen) AS valid FROM application_item i JOIN invoice n ON n.id = i.invoice_id
              WHERE n.number IS NOT NULL AND n.red_number IS NULL GROUP BY i.record_id) v ON v.record_id = r.id
        WHERE r.invoiced_fen <> COALESCE(v.valid, 0)""",
    )


def red_letters_match(session: Session) -> list[str]:
    """I10: a returned invoice has exactly one red-letter invoice, and only an issued one has any."""
    return rows(
        session,
        """SELECT id AS invoice, state, number, red_number FROM invoice
        WHERE (red_number IS NOT NULL AND (number IS NULL OR state <> 'returned')) OR (state = 'returned' AND red_number IS NULL)""",
    )


def returns_release_once(session: Session) -> list[str]:
    """I11: a return gives back to each record exactly what the invoice had of it, once."""
    return rows(
        session,
        """SELECT v.id AS invoice, i.record_id AS record, SUM(i.amount_fen) AS had, COALESCE(l.back, 0) AS given_back FROM invoice v
        JOIN application_item i ON i.invoice_id = v.id
        LEFT JOIN (SELECT cause, record_id, SUM(amount_fen) AS back FROM ledger_entry
              WHERE bucket = 'available' GROUP BY cause, record_id) l
        ON l.cause = 'return:' || v.id AND l.record_id = i.record_id
        GROUP BY v.id, v.red_number, i.record_id, l.back
        HAVING (v.red_number IS NOT NULL AND COALESCE(l.back, 0) <> SUM(i.amount_fen))
        OR (v.red_number IS NULL AND COALESCE(l.back, 0) <> 0)""",
    )


def statements_are_made_once(session: Session) -> list[str]:
    """I14: one statement for a customer, entity and month; nothing after its month on it; its month opened, once, if it is out.

    That what is on it can then be invoiced, and nothing else, is `running_totals_are_what_records_say`.
    """
    twice = rows(
        session,
        """SELECT enterprise_id, entity, period, COUNT(*) AS statements FROM statement
        GROUP BY enterprise_id, entity, period HAVING COUNT(*) > 1""",
    )
    after_its_month = rows(
        session,
        """SELECT r.id AS record, r.day, r.period FROM consumption_record r
        JOIN statement s ON s.enterprise_id = r.enterprise_id AND s.period = r.period AND s.entity = r.entity
              AND (NOT s.postpaid OR s.charged_on IS NOT NULL)
        WHERE r.standing NOT IN ('seller', 'bound', 'waiting') AND SUBSTR(CAST(r.day AS VARCHAR(10)), 1, 7) > r.period""",
    )
    opened_otherwise = rows(
        session,
        """SELECT s.id AS statement, t.cause FROM statement s LEFT JOIN ledger_transaction t ON t.cause = 'open:' || s.id
        WHERE (NOT s.postpaid OR s.charged_on IS NOT NULL) <> (t.cause IS NOT NULL)
        UNION ALL SELECT s.id, t.cause FROM ledger_transaction t LEFT JOIN statement s ON t.cause = 'open:' || s.id
        WHERE t.cause LIKE 'open:%' AND t.cause NOT LIKE 'open:%:%' AND s.id IS NULL""",
    )
    sums = rows(
        session,
        """SELECT s.id AS statement, s.consumed_fen, l.consumed, s.records, l.records AS on_lines FROM statement s
        LEFT JOIN (SELECT statement_id, SUM(records) AS records, SUM(consumed_fen) AS consumed, SUM(excluded_fen) AS excluded,
                   SUM(elsewhere_fen) AS elsewhere, SUM(invoiceable_fen) AS invoiceable FROM statement_line GROUP BY statement_id) l
        ON l.statement_id = s.id
        WHERE s.consumed_fen <> s.excluded_fen + s.seller_fen + s.assisted_fen + s.invoiceable_fen
        OR s.records <> COALESCE(l.records, 0) OR s.consumed_fen <> COALESCE(l.consumed, 0) OR s.excluded_fen <> COALESCE(l.excluded, 0)
        OR s.invoiceable_fen <> COALESCE(l.invoiceable, 0) OR s.seller_fen + s.assisted_fen <> COALESCE(l.elsewhere, 0)""",
    )
    return [*twice, *after_its_month, *opened_otherwise, *sums]


def cancelled_is_never_approved(session: Session) -> list[str]:
    """I20: never both cancelled and approved, and no number for a cancelled application."""
    both = rows(
        session,
        """SELECT c.life FROM life_event c JOIN life_event a ON a.life = c.life AND a.kind = 'approved'
        WHERE c.kind IN ('cancelled', 'rejected', 'lapsed')""",
    )
    numbered = rows(
        session,
        """SELECT a.number AS application, v.id AS invoice, v.number FROM application a JOIN invoice v ON v.application_number = a.number
        WHERE a.state IN ('cancelled', 'rejected', 'lapsed', 'refused') AND v.number IS NOT NULL""",
    )
    return [*both, *numbered]


CHECKS: dict[str, Check] = {
    "I1": every_fen_is_in_one_bucket,
    "I1-records": running_totals_are_what_records_say,
    "I1-parts": what_paid_adds_up,
    "top-ups": top_ups_are_sound,
    "S1": imports_are_whole,
    "I1-expired": expired_is_in_its_bucket,
    "I2": records_are_not_taken_twice,
    "I3": reservations_belong_to_live_applications,
    "I4": transactions_balance,
    "I5": numbers_are_unique,
    "I7": records_have_one_valid_invoice,
    "I9": splits_add_up,
    "I9-plan": splits_are_as_reserved,
    "I10": red_letters_match,
    "I11": returns_release_once,
    "I14": statements_are_made_once,
    "I1-arrears": held_is_what_is_owed,
    "I20": cancelled_is_never_approved,
    "I24-policy": reviews_are_as_weighed,
    "I24-reasons": reasons_can_be_read,
    "S6": sign_offs_are_kept,
    "I23": four_eyes_saw_it,
    "S7": material_is_awaited,
}


def violations(session: Session, book: Sequence[BureauRecord] | None = None, today: date | None = None) -> dict[str, list[str]]:
    """Every invariant's violations by its id; those without any are left out. With the bureau's book, I6 too.

    `today` is the date in China, by default now.
    """
    found = {name: check(session) for name, check in CHECKS.items() if check is not held_is_what_is_owed}
    found["I1-arrears"] = held_is_what_is_owed(session, today)
    if book is not None:
        found["I6"] = books_agree(session, book)
    return {name: sentences for name, sentences in found.items() if sentences}


def records_checked(session: Session) -> int:
    """How many records the checks looked at, so that an empty database does not pass for a sound one."""
    return session.connection().execute(select(func.count()).select_from(text("consumption_record"))).scalar_one()
