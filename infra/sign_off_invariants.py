"""S6: what its own enterprise had to approve goes on only when it did, and nobody approves an application of their own."""

from sqlalchemy import text
from sqlmodel import Session

_WRONG = {
    "waits without being asked, or is asked without waiting": """SELECT a.number AS application, a.state, s.state AS sign_off
        FROM application a LEFT JOIN sign_off s ON s.application_number = a.number
        WHERE (a.state = 'awaiting-approval' AND (s.state IS NULL OR s.state <> 'open'))
        OR (a.state <> 'awaiting-approval' AND s.state = 'open')""",
    "went on unsigned": """SELECT a.number AS application, a.state, s.state AS sign_off
        FROM application a JOIN sign_off s ON s.application_number = a.number
        WHERE a.state IN ('reviewing', 'awaiting-material', 'issuing', 'issued', 'partly-issued', 'not-issued', 'rejected')
        AND s.state <> 'approved'""",
    "approved without a decision for each level": """SELECT s.application_number AS application, s.levels, COUNT(d.level) AS decided
        FROM sign_off s LEFT JOIN sign_off_decision d ON d.application_number = s.application_number AND d.verdict = 'approve'
        WHERE s.state = 'approved' GROUP BY s.application_number, s.levels HAVING COUNT(d.level) <> s.levels""",
    "by the applicant, or by somebody who was not asked": """SELECT d.application_number AS application, d."by" AS person
        FROM sign_off_decision d JOIN application a ON a.number = d.application_number
        JOIN sign_off s ON s.application_number = d.application_number
        LEFT JOIN sign_off_seat p ON p.application_number = d.application_number AND p.level = d.level AND p.user_id = d."by"
        WHERE d."by" = a.applicant_id OR (s.by_oa AND d."by" IS NOT NULL) OR (NOT s.by_oa AND p.user_id IS NULL)""",
    "the same person twice": """SELECT application_number AS application, "by" AS person FROM sign_off_decision
        WHERE "by" IS NOT NULL GROUP BY application_number, "by" HAVING COUNT(*) > 1""",
    "somebody is asked about what is over": """SELECT p.application_number AS application, p.user_id AS person
        FROM sign_off_seat p JOIN sign_off s ON s.application_number = p.application_number
        WHERE p.waits AND (s.state <> 'open' OR p.level <> s.level)""",
}


def sign_offs_are_kept(session: Session) -> list[str]:
    found = []
    for what, statement in _WRONG.items():
        result = session.connection().execute(text(statement))
        names = list(result.keys())
        found += [f"{what}: " + ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
    return found
