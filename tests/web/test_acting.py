"""Staff act for a customer: with a reason, under a banner, for 30 minutes, and every deed under their own name."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from infra.audit import broken_entries
from infra.tables import AuditRow, TitleRow
from tests.campaigns.authz_table import KEY
from tests.campaigns.people_and_things import World
from tests.web.conftest import Clock
from tests.web.worlds import world

__all__ = ["world"]

REASON = "来电：客户请我们取消申请"


async def begin(world: World, **changes: str) -> Any:
    return await world.ask("service", "POST", "/acting", {"customer": "1", "reason": REASON, **changes})


def deeds(world: World, tenant: int = 1) -> list[tuple[str, str, str, int | None]]:
    """Action, subject, reason and actor, oldest first, without those the world was filled with."""
    with world.database.read() as session:
        assert broken_entries(session, tenant) == []
        rows = session.exec(select(AuditRow).where(AuditRow.tenant == tenant).order_by(AuditRow.position)).all()  # type: ignore[arg-type]
        return [(row.action, row.subject, row.reason, row.actor_id) for row in rows if row.reason != "核对开户行"][1:]


async def test_a_customer_is_found_by_part_of_its_name_and_acted_for_with_a_reason(world: World) -> None:
    page = (await world.ask("service", "GET", "/acting?q=拾光")).text
    assert "/acting?customer=1" in page
    assert "/acting?customer=2" not in page
    assert "北京拾光互动科技有限公司" in (await world.ask("service", "GET", "/acting?customer=1")).text
    assert (await begin(world)).headers["location"] == "/"
    home = (await world.ask("service", "GET", "/")).text
    assert "You act for 北京拾光互动科技有限公司" in home
    assert REASON in home
    assert "until 15:02" in home
    assert (await world.ask("service", "GET", "/consumption")).status_code == 200
    assert (await world.ask("service", "GET", "/acting")).status_code == 404, "their own rights rest meanwhile"
    assert deeds(world) == [("act-for", "enterprise:1", REASON, 8)]


@pytest.mark.parametrize(("reason", "says"), [("", "at least 5 characters"), ("a b", "at least 5"), ("x" * 501, "At most 500")])
async def test_without_a_reason_nobody_acts_for_anybody(world: World, reason: str, says: str) -> None:
    answer = await begin(world, reason=reason)
    assert answer.status_code == 422
    assert says in answer.text
    assert "北京拾光互动科技有限公司" in answer.text
    assert "You act for" not in (await world.ask("service", "GET", "/acting")).text
    assert deeds(world) == []


async def test_an_unknown_customer_is_not_found(world: World) -> None:
    for customer in ("987654", "0", "-1", "abc", str(2**63)):
        assert (await begin(world, customer=customer)).status_code in {404, 422}, customer
    assert deeds(world) == []


async def test_every_form_is_noted_under_the_staffs_own_name_and_the_life_hears_it_too(world: World) -> None:
    await begin(world)
    number = world.things["application"]["B"]
    answer = await world.ask("service", "POST", f"/applications/{number}/cancel", {"key": KEY})
    assert answer.status_code == 303
    ((life, name, message),) = world.temporal.signals
    assert (life, name, message.by) == (f"application:{number}", "cancel", 8)
    assert deeds(world)[-1] == ("acted-for", f"/applications/{number}/cancel", REASON, 8)
    assert (await world.ask("service", "POST", "/titles/2/default")).status_code in {303, 409, 422}
    assert deeds(world)[-1] == ("acted-for", "/titles/2/default", REASON, 8)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/receivers", {"kind": "email", "email": "mine@elsewhere.cn"}),
        ("/applications", {"number": "KP-261120-ABCDEFGH", "record": "103", "terms": "true"}),
        ("/invoices/{invoice}/return", {"key": KEY, "reason": "抬头写错了", "reissue": "true", "title": "1"}),
        ("/me/password", {}),
    ],
)
async def test_what_only_the_customer_may_do_is_refused_and_changes_nothing(world: World, path: str, form: dict[str, str]) -> None:
    await begin(world)
    before, told = world.written()
    answer = await world.ask("service", "POST", path.format(invoice=world.things["invoice"]["A"]), form)
    assert answer.status_code in {403, 404}
    if path != "/me/password":
        assert "Only the customer itself can do this" in answer.text
    assert world.written() == (before, told)


async def test_another_customers_things_stay_out_of_reach(world: World) -> None:
    await begin(world)
    for kind, path in (("application", "/applications"), ("invoice", "/invoices")):
        assert (await world.ask("service", "GET", f"{path}/{world.things[kind]['F']}")).status_code == 404
    await world.ask("service", "POST", "/titles/4/default")
    with world.database.read() as session:
        assert not session.get_one(TitleRow, 4).is_default


async def test_it_ends_by_the_button_and_by_itself(world: World, clock: Clock) -> None:
    await begin(world)
    assert (await world.ask("service", "POST", "/acting/end")).headers["location"] == "/acting"
    assert (await world.ask("service", "GET", "/acting")).status_code == 200
    assert [action for action, *_ in deeds(world)] == ["act-for", "act-for-end"]
    await begin(world)
    for minutes in (15, 14):  # seen in between, or the session itself would have idled away
        clock.moment += timedelta(minutes=minutes)
        assert "You act for" in (await world.ask("service", "GET", "/")).text
    clock.moment += timedelta(minutes=1)
    assert (await world.ask("service", "GET", "/consumption")).status_code == 404
    assert (await world.ask("service", "GET", "/acting")).status_code == 200


async def test_nobody_else_acts_for_customers(world: World) -> None:
    for login in ("master", "reviewer", "supervisor", "operator", "auditor"):
        assert (await world.ask(login, "POST", "/acting", {"customer": "2", "reason": REASON})).status_code == 404, login
    assert deeds(world) == []


async def test_ones_own_desk_says_that_acting_has_to_end_first(world: World) -> None:
    for path in ("/desk/tickets", "/titles/desk", "/titles/987654"):
        page = await world.ask("acting", "GET", path)
        assert page.status_code == 404
        assert "your own desks open again once you end that" in page.text, path
        assert page.text.partition("<main")[2].count('action="/acting/end"') >= 1
    assert "your own desks" not in (await world.ask("service", "GET", "/nowhere")).text
