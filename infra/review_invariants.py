"""I24, of automatic reviews: a score is the sum of its lines, and nobody approves only where the policy asked for nobody."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.lifecycle import ApplicationState
from domain.review import alarmed, read_checks
from domain.review_policy import Level, ReviewPolicy, read_policy
from infra.tables import ApplicationRow, ReviewPhraseRow, ReviewPolicyRow

APPROVED = (ApplicationState.ISSUING, ApplicationState.ISSUED, ApplicationState.PARTLY_ISSUED, ApplicationState.NOT_ISSUED)
_AT_ONCE = 1000


def reviews_are_as_weighed(session: Session) -> list[str]:
    """Kept points add up to the score, the level is the one of the policy's version, and what had a level was approved by a person."""
    row: Any = ApplicationRow
    policies: dict[int, ReviewPolicy] = {
        each.version: read_policy(each.rules) for each in session.execute(select(ReviewPolicyRow)).scalars().all()
    }
    columns = (row.number, row.state, row.findings, row.score, row.level, row.amount_fen, row.policy_version, row.decided_by)
    weighed = select(*columns).where(row.policy_version.is_not(None)).order_by(row.number)
    found = []
    for each in session.execute(weighed.execution_options(yield_per=_AT_ONCE)):
        checks = read_checks(each.findings)
        policy = policies.get(each.policy_version)
        if policy is None:
            found.append(f"application {each.number}, unknown policy {each.policy_version}")
            continue
        if sum(check.points for check in checks) != each.score:
            found.append(f"application {each.number}, score {each.score} is not the sum of its checks")
        judged = policy.judge(each.score, each.amount_fen, alarmed=alarmed(checks))
        passed_alone = each.level == Level.NONE and judged.why == "automatic"  # under its own life's limit
        if each.level != judged.level and not passed_alone:
            found.append(f"application {each.number}, level {each.level} is not {int(judged.level)}")
        if each.state in APPROVED and each.level != Level.NONE and each.decided_by is None:
            found.append(f"application {each.number}, level {each.level} was approved by nobody")
    return found


def reasons_can_be_read(session: Session) -> list[str]:
    """The ready phrase that a decision chose is there, retired or not: else its reason reads as none."""
    row: Any = ApplicationRow
    phrase: Any = ReviewPhraseRow
    lost = select(row.number, row.reason_phrase).outerjoin(phrase, phrase.code == row.reason_phrase)
    found = session.execute(lost.where(row.reason_phrase != "", phrase.code.is_(None)).order_by(row.number))
    return [f"application {each.number}, no phrase {each.reason_phrase}" for each in found]
