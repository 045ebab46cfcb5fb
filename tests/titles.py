"""A title that customer service has decided, for tests of what follows."""

from datetime import datetime

from domain.title_notices import decision_key
from domain.title_states import TitleState
from infra.database import Database
from infra.tables import TitleRow, UserRow
from infra.title_decisions import TitleDecision, Verdict, decide_title
from infra.titles import fingerprint
from tests.factories import Customer

MASTERS_ADDRESS = "lin@shiguang.cn"


def decided_title(database: Database, customer: Customer, staff_id: int, now: datetime, verdict: Verdict) -> str:
    """The customer's title waits and is decided; gives the decision's key. The master reads mails at MASTERS_ADDRESS."""
    with database.write() as session:
        session.get_one(UserRow, customer.user_id).email = MASTERS_ADDRESS
        row = session.get_one(TitleRow, customer.title_id)
        row.state = str(TitleState.PENDING)
        seen = fingerprint(row)
    decide_title(
        database, customer.title_id, TitleDecision(verdict, seen, "tax-id-not-proved" if verdict is Verdict.REFUSE else ""), staff_id, now
    )
    return decision_key(customer.title_id, now)


def refused_title(database: Database, customer: Customer, staff_id: int, now: datetime) -> str:
    return decided_title(database, customer, staff_id, now, Verdict.REFUSE)
