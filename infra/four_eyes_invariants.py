"""I23: our review is by as many different people as its level, in turn, and never by the applicant."""

from sqlalchemy import text
from sqlmodel import Session

_WRONG = {
    "approved by fewer people than its level": """SELECT a.number AS application, a.level, COUNT(DISTINCT d."by") AS people
        FROM application a LEFT JOIN review_decision d ON d.application_number = a.number AND d.verdict = 'approve'
        WHERE a.state IN ('issuing', 'issued', 'partly-issued', 'not-issued') AND a.decided_by IS NOT NULL AND a.review_step > 0
        GROUP BY a.number, a.level HAVING COUNT(DISTINCT d."by") < CASE WHEN a.level > 1 THEN a.level ELSE 1 END""",
    "by the applicant": """SELECT d.application_number AS application, d."by" AS person
        FROM review_decision d JOIN application a ON a.number = d.application_number WHERE d."by" = a.applicant_id""",
    "the same person twice": """SELECT application_number AS application, "by" AS person FROM review_decision
        GROUP BY application_number, "by" HAVING COUNT(*) > 1""",
    "a level asked without the approvals before it": """SELECT a.number AS application, a.review_step AS step, COUNT(d.step) AS approvals
        FROM application a LEFT JOIN review_decision d ON d.application_number = a.number AND d.verdict = 'approve'
        WHERE a.state IN ('reviewing', 'awaiting-material') AND a.review_step > 1
        GROUP BY a.number, a.review_step HAVING COUNT(d.step) <> a.review_step - 1""",
    "approved although somebody rejected it": """SELECT d.application_number AS application, d."by" AS person
        FROM review_decision d JOIN application a ON a.number = d.application_number
        WHERE d.verdict = 'reject' AND a.state IN ('issuing', 'issued', 'partly-issued', 'not-issued')""",
    "held by somebody although it is decided": """SELECT number AS application, claimed_by AS person FROM application
        WHERE claimed_by IS NOT NULL AND state NOT IN ('reviewing', 'awaiting-material', 'awaiting-approval')""",
}


def four_eyes_saw_it(session: Session) -> list[str]:
    found = []
    for what, statement in _WRONG.items():
        result = session.connection().execute(text(statement))
        names = list(result.keys())
        found += [f"{what}: " + ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
    return found
