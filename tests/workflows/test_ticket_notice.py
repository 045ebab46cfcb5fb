"""The notice of a ticket's message: sent by its life, and again after the mail server was away."""

import pytest

from domain.ports import MailMessage, OutsideUnavailable
from domain.support import Deed
from infra.queries.tickets import TicketScope
from infra.tables import UserRow
from infra.tickets import NewMessage, NewTicket, open_ticket, write_message
from tests.workflows.world import World
from workflows.names import LIVES, ticket_notice_workflow_id
from workflows.ticket_notice import TicketNoticeWorkflow


async def test_an_answer_is_mailed_once_the_server_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send, tries = world.mailer.send, []

    def late(message: MailMessage) -> None:
        tries.append(message.message_id)
        if len(tries) == 1:
            raise OutsideUnavailable("nobody there")
        send(message)

    monkeypatch.setattr(world.mailer, "send", late)
    with world.database.write() as session:
        session.get_one(UserRow, world.customer.user_id).email = "lin@shiguang.cn"
    customer = TicketScope(world.customer.user_id, world.customer.enterprise_id, world.customer.account_id, whole_enterprise=True)
    staff = TicketScope(world.reviewer, None, staff=True)
    open_ticket(world.database, customer, NewTicket("KT-261120-ABCDEFGH", "other", "", "Parcel", "Where?"), [], world.now())
    write_message(world.database, staff, "KT-261120-ABCDEFGH", NewMessage("an-answer", "Here.", Deed.ANSWER, 1), [], world.now())
    sent = await world.client.execute_workflow(
        TicketNoticeWorkflow.run, "an-answer", id=ticket_notice_workflow_id("an-answer"), task_queue=LIVES
    )
    assert sent == 1
    assert tries == ["ticket.an-answer"] * 2
    assert [mail.message_id for mail in world.mailer.sent] == ["ticket.an-answer"]
