"""The notice of a decision on a title: sent by its life, and again after the mail server was away."""

import pytest

from tests.titles import MASTERS_ADDRESS, refused_title
from tests.workflows.mailing import away_at_first
from tests.workflows.world import World
from workflows.names import LIVES, title_notice_workflow_id
from workflows.title_notice import TitleNoticeWorkflow


async def test_a_decision_is_mailed_once_the_server_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = away_at_first(world.mailer, monkeypatch)
    key = refused_title(world.database, world.customer, world.reviewer, world.now())
    sent = await world.client.execute_workflow(TitleNoticeWorkflow.run, key, id=title_notice_workflow_id(key), task_queue=LIVES)
    assert sent == 1
    assert tries == [f"title.{key}"] * 2
    assert [mail.to for mail in world.mailer.sent] == [MASTERS_ADDRESS]
