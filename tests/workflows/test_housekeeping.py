"""The lives of the night: tickets close, files go, chains are verified and anchored."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.audit import AuditAction, AuditProgress
from infra.audit import note_deed
from infra.tables import TicketRow
from tests.infra.test_attachments import picture
from tests.tickets import answered_ticket
from tests.workflows.world import World
from workflows.names import LIVES


async def test_quiet_tickets_close_and_files_of_nobody_go(world: World) -> None:
    long_ago = world.now() - timedelta(days=60)
    answered_ticket(world.database, world.customer, world.reviewer, long_ago)
    lost = world.attachments.put(picture(1), "image/png")
    world.attachments.moments[lost] = long_ago
    kept = world.attachments.put(picture(2), "image/png")
    await world.client.execute_workflow("HousekeepingWorkflow", id="housekeeping", task_queue=LIVES)
    with world.database.read() as session:
        assert session.exec(select(TicketRow.state)).all() == ["closed"]
    assert set(world.attachments.files) == {kept}


@pytest.mark.parametrize("entries", [0, 7])
async def test_the_chains_are_verified_in_stretches_and_anchored(world: World, entries: int) -> None:
    tenant = world.customer.enterprise_id
    for number in range(entries):
        with world.database.write() as session:
            note_deed(session, world.reviewer, AuditAction.REVEAL, f"title:{number}", world.now(), tenant=tenant)
    faulty = await world.client.execute_workflow("AuditWorkflow", AuditProgress(), id="audit-now", task_queue=LIVES)
    assert faulty == 0
    marks = world.anchors.newest(max(world.anchors.days))  # the server's days may be ahead of ours
    assert marks[0].position == 0
    assert (marks[tenant].position if entries else 0) == entries
