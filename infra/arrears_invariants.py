"""I1, of arrears: what is held is exactly what is owed, as far as there is anything to hold, and stands in its bucket (decision 0013)."""

from datetime import UTC, date, datetime

from sqlalchemy import Date, bindparam, text
from sqlmodel import Session

from domain.calendar import china_date
from domain.eligibility import earliest_day

_HELD = {
    "owed": text("""SELECT b.enterprise_id, b.held, b.free, COALESCE(p.past, 0) AS past, COALESCE(o.owed, 0) AS owed
        FROM (SELECT enterprise_id, SUM(CASE WHEN bucket = 'arrears' THEN amount_fen ELSE 0 END) AS held, SUM(amount_fen) AS free
              FROM balance WHERE bucket IN ('available', 'arrears') GROUP BY enterprise_id) b
        LEFT JOIN (SELECT a.enterprise_id, SUM(a.amount_fen) AS owed FROM arrears a
              WHERE NOT EXISTS (SELECT 1 FROM arrears n WHERE n.enterprise_id = a.enterprise_id AND n.account_id = a.account_id
                    AND (n.as_of > a.as_of OR (n.as_of = a.as_of AND n.id > a.id)))
              GROUP BY a.enterprise_id) o ON o.enterprise_id = b.enterprise_id
        LEFT JOIN (SELECT r.enterprise_id, SUM(r.invoiceable_fen - r.reserved_fen - r.invoiced_fen + COALESCE(
                    (SELECT SUM(n.invoiceable_fen - n.reserved_fen - n.invoiced_fen) FROM consumption_record n
                     WHERE n.original_id = r.id), 0)) AS past
              FROM consumption_record r
              JOIN statement s ON s.enterprise_id = r.enterprise_id AND s.period = r.period AND s.entity = r.entity
              WHERE r.standing IN ('free', 'held') AND r.day < :earliest AND (r.extended_to IS NULL OR r.extended_to < :today)
                    AND (NOT s.postpaid OR s.charged_on IS NOT NULL)
              GROUP BY r.enterprise_id) p ON p.enterprise_id = b.enterprise_id
        WHERE b.held > CASE WHEN COALESCE(o.owed, 0) < b.free THEN COALESCE(o.owed, 0) ELSE b.free END
           OR b.held < CASE WHEN COALESCE(o.owed, 0) < b.free - COALESCE(p.past, 0) THEN COALESCE(o.owed, 0)
                       ELSE b.free - COALESCE(p.past, 0) END""").bindparams(
        bindparam("earliest", type_=Date), bindparam("today", type_=Date)
    ),
    "records": text("""SELECT r.id AS record, r.held_fen, COALESCE(l.amount, 0) AS in_the_bucket FROM consumption_record r
        LEFT JOIN (SELECT record_id, SUM(amount_fen) AS amount FROM ledger_entry WHERE bucket = 'arrears' GROUP BY record_id) l
        ON l.record_id = r.id WHERE r.held_fen <> COALESCE(l.amount, 0)"""),
}


def held_is_what_is_owed(session: Session, today: date | None = None) -> list[str]:
    """I1, for arrears: a customer's held amount is the smaller of what it owes and what is free; a record's is what the ledger says.

    What passed its limit by `today` (in China, by default now) and no night has moved yet need not be held.
    """
    day = today or china_date(datetime.now(UTC))
    found = []
    for name, statement in _HELD.items():
        result = session.connection().execute(statement, {"earliest": earliest_day(day), "today": day} if name == "owed" else {})
        names = list(result.keys())
        found += [", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
    return found
