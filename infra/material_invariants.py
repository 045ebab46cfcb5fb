"""S7: an application has an open round of material exactly while it waits for its customer, and its rounds come one after the other."""

from sqlalchemy import text
from sqlmodel import Session

_WRONG = {
    "waits without a round, or has one without waiting": """SELECT a.number AS application, a.state, COUNT(m.round) AS open_rounds
        FROM application a LEFT JOIN material_request m ON m.application_number = a.number AND m.state = 'open'
        GROUP BY a.number, a.state
        HAVING COUNT(m.round) <> CASE WHEN a.state = 'awaiting-material' THEN 1 ELSE 0 END""",
    "rounds with a gap, or not over before the next": """SELECT m.application_number AS application, m.round, m.state
        FROM material_request m LEFT JOIN material_request p ON p.application_number = m.application_number AND p.round = m.round - 1
        WHERE m.round > 1 AND (p.round IS NULL OR p.state NOT IN ('answered', 'waived'))""",
    "ended in a way that its application did not": """SELECT m.application_number AS application, m.state, a.state AS ended
        FROM material_request m JOIN application a ON a.number = m.application_number
        WHERE (m.state = 'lapsed' AND a.state <> 'lapsed') OR (m.state = 'cancelled' AND a.state <> 'cancelled')""",
}


def material_is_awaited(session: Session) -> list[str]:
    found = []
    for what, statement in _WRONG.items():
        result = session.connection().execute(text(statement))
        names = list(result.keys())
        found += [f"{what}: " + ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
    return found
