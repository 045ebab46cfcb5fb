"""The notice of a ticket's message: sent by its life, and again after the mail server was away."""

import pytest

from tests.tickets import answered_ticket
from tests.workflows.mailing import away_at_first
from tests.workflows.world import World
from workflows.names import LIVES, ticket_notice_workflow_id
from workflows.ticket_notice import TicketNoticeWorkflow


async def test_an_answer_is_mailed_once_the_server_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = away_at_first(world.mailer, monkeypatch)
    answer = answered_ticket(world.database, world.customer, world.reviewer, world.now())
    sent = await world.client.execute_workflow(TicketNoticeWorkflow.run, answer, id=ticket_notice_workflow_id(answer), task_queue=LIVES)
    assert sent == 1
    assert tries == ["ticket.an-answer"] * 2
    assert [mail.message_id for mail in world.mailer.sent] == ["ticket.an-answer"]
