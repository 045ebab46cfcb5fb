"""A ticket that customer service has answered, for tests of what follows."""

from datetime import datetime

from domain.support import Deed
from infra.database import Database
from infra.queries.tickets import TicketScope
from infra.tables import UserRow
from infra.tickets import NewMessage, NewTicket, open_ticket, write_message
from tests.factories import Customer

NUMBER = "KT-261120-ABCDEFGH"
ANSWER = "an-answer"
"""The key of the answer's message."""


def answered_ticket(database: Database, customer: Customer, staff_id: int, now: datetime) -> str:
    """The customer asks, customer service answers; gives the answer's key. The customer reads mails at lin@shiguang.cn."""
    with database.write() as session:
        session.get_one(UserRow, customer.user_id).email = "lin@shiguang.cn"
    asker = TicketScope(customer.user_id, customer.enterprise_id, customer.account_id, whole_enterprise=True)
    open_ticket(database, asker, NewTicket(NUMBER, "other", "", "Parcel", "Where?"), [], now)
    message = NewMessage(ANSWER, "On its way.", Deed.ANSWER, 1)
    if not write_message(database, TicketScope(staff_id, None, staff=True), NUMBER, message, [], now):
        raise RuntimeError("the answer was not taken")
    return ANSWER
