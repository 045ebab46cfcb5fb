"""I1, of arrears: what is held is exactly what is owed, as far as there is anything to hold, and stands in its bucket (decision 0013)."""

from sqlalchemy import text
from sqlmodel import Session

_HELD = {
    "owed": """SELECT b.enterprise_id, b.held, b.free, COALESCE(o.owed, 0) AS owed
        FROM (SELECT enterprise_id, SUM(CASE WHEN bucket = 'arrears' THEN amount_fen ELSE 0 END) AS held, SUM(amount_fen) AS free
              FROM balance WHERE bucket IN ('available', 'arrears') GROUP BY enterprise_id) b
        LEFT JOIN (SELECT a.enterprise_id, SUM(a.amount_fen) AS owed FROM arrears a
              WHERE NOT EXISTS (SELECT 1 FROM arrears n WHERE n.enterprise_id = a.enterprise_id AND n.account_id = a.account_id
                    AND (n.as_of > a.as_of OR (n.as_of = a.as_of AND n.id > a.id)))
              GROUP BY a.enterprise_id) o ON o.enterprise_id = b.enterprise_id
        WHERE b.held <> CASE WHEN COALESCE(o.owed, 0) < b.free THEN COALESCE(o.owed, 0) ELSE b.free END""",
    "records": """SELECT r.id AS record, r.held_fen, COALESCE(l.amount, 0) AS in_the_bucket FROM consumption_record r
        LEFT JOIN (SELECT record_id, SUM(amount_fen) AS amount FROM ledger_entry WHERE bucket = 'arrears' GROUP BY record_id) l
        ON l.record_id = r.id WHERE r.held_fen <> COALESCE(l.amount, 0)""",
}


def held_is_what_is_owed(session: Session) -> list[str]:
    """I1, for arrears: a customer's held amount is the smaller of what it owes and what is free; a record's is what the ledger has of it there."""
    found = []
    for statement in _HELD.values():
        result = session.connection().execute(text(statement))
        names = list(result.keys())
        found += [", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
    return found
