"""Back-invoicing: what is past its six months, up to a year, by a supervisor's grant (feature 15)."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from domain.eligibility import last_day_by_approval
from domain.errors import Problem

KIND = "BK"
"""The letters of a request's number (`domain.numbers.drawn_number`)."""
REASON_LONGEST = 500
MOST_RECORDS = 200
"""Records that one request names one by one; more are asked for as their month."""
GRANTED_DAYS = 30
"""How long a grant lasts unless the supervisor says otherwise, natural days."""
LONGEST_GRANT = timedelta(days=184)


class State(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"


def granted_until(day: date, until: date) -> date:
    """Until when a record of that day can be invoiced by a grant until a date: never beyond its year."""
    return min(until, last_day_by_approval(day))


def reason_problems(reason: str) -> tuple[Problem, ...]:
    if not reason.strip():
        return (Problem("reason", "back-reason-needed"),)
    return (Problem("reason", "back-reason-long", {"max": str(REASON_LONGEST)}),) if len(reason) > REASON_LONGEST else ()


def decision_problems(verdict: Verdict, reason: str, until: date, today: date) -> Sequence[Problem]:
    """What keeps a decision from being taken. A refusal needs its reason, a grant a date ahead."""
    problems = [Problem("reason", "back-refusal-needed")] if verdict is Verdict.REFUSE and not reason.strip() else []
    if len(reason) > REASON_LONGEST:
        problems.append(Problem("reason", "back-reason-long", {"max": str(REASON_LONGEST)}))
    if verdict is Verdict.GRANT and not today < until <= today + LONGEST_GRANT:
        problems.append(Problem("until", "back-until", {"last": (today + LONGEST_GRANT).isoformat()}))
    return problems
