"""Masked values: what staff see at first, and what seeing them whole takes."""

import pytest
from sqlmodel import select

from infra.tables import AuditRow, UserRow
from tests.campaigns.people_and_things import World
from tests.web.worlds import world

__all__ = ["world"]

ACCOUNT = "110912345678906612"


def reveals(world: World) -> list[AuditRow]:
    with world.database.read() as session:
        return list(session.exec(select(AuditRow).where(AuditRow.action == "reveal", AuditRow.reason != "核对开户行")))


async def ask(world: World, login: str = "reviewer", **changes: str) -> tuple[int, str]:
    form = {
        "subject": f"application:{world.things['application']['A']}",
        "field": "bank_account",
        "reason": "与合同核对",
        "back": "/review",
    }
    answer = await world.ask(login, "POST", "/reveal", {**form, **changes})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.text


async def test_a_reviewers_page_masks_and_offers_to_show(world: World) -> None:
    page = (await world.ask("reviewer", "GET", f"/review/{world.things['application']['A']}")).text
    for whole in (ACCOUNT, "010-85620000", "望京东路 6 号 12 层", "finance@shiguang.cn"):
        assert whole not in page, whole
    assert "1109 **** **** 6612" in page
    assert page.count('action="/reveal"') == 4


async def test_a_reason_shows_the_value_once_and_is_recorded_without_it(world: World) -> None:
    status, page = await ask(world)
    assert (status, ACCOUNT in page) == (200, True)
    (deed,) = reveals(world)
    assert (deed.actor_id, deed.tenant, deed.reason) == (5, 1, "与合同核对")
    assert deed.subject == f"application:{world.things['application']['A']}"
    assert deed.facts == '{"field": "bank_account"}'
    assert ACCOUNT not in str(deed)
    assert (await world.ask("reviewer", "GET", "/reveal")).status_code == 405, "no address shows it again"


@pytest.mark.parametrize("reason", ["", "  ", "abc", "x" * 501])
async def test_without_a_reason_nothing_is_shown_or_recorded(world: World, reason: str) -> None:
    status, page = await ask(world, reason=reason)
    assert status == 422
    assert ACCOUNT not in page
    assert reveals(world) == []


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        ("title:987654", "phone"),
        ("title:1", "name"),
        ("title:1", "enterprise_id"),
        ("title:2", "phone"),
        ("title:x", "phone"),
        (f"title:{2**63}", "phone"),
        ("user:1", "password_hash"),
        ("user:5", "totp_secret"),
        ("user:5", "email"),  # one of ours: no customer is concerned
        ("session:1", "token_hash"),
        ("", ""),
    ],
)
async def test_only_listed_values_can_be_shown(world: World, subject: str, field: str) -> None:
    with world.database.write() as session:
        session.get_one(UserRow, 5).email = "shen@kaipiao.example"
    for reason in ("与合同核对", ""):
        assert (await ask(world, subject=subject, field=field, reason=reason))[0] == 404
    assert reveals(world) == []


@pytest.mark.parametrize(
    ("subject", "field", "value"),
    [
        ("title:1", "bank_account", ACCOUNT),
        ("receiver:2", "phone", "13800138826"),
        ("receiver:1", "email", "finance@shiguang.cn"),
        ("user:1", "phone", "13800138821"),
        ("authentication:RZ-261120-00000001", "licence_number", "91110105MA7K3R2P5R"),
    ],
)
async def test_each_kind_of_value_is_shown(world: World, subject: str, field: str, value: str) -> None:
    status, page = await ask(world, "service", subject=subject, field=field)
    assert (status, value in page) == (200, True)
    assert len(reveals(world)) == 1


async def test_nobody_else_may_see_whole_values(world: World) -> None:
    for login in ("master", "operator", "auditor"):
        status, page = await ask(world, login)
        assert status in {403, 404}, login
        assert ACCOUNT not in page
    assert reveals(world) == []
    page = (await world.ask("operator", "GET", f"/applications/{world.things['application']['A']}")).text
    assert 'action="/reveal"' not in page
    assert "fi***@shiguang.cn" in page


async def test_a_customer_sees_its_own_whole(world: World) -> None:
    page = (await world.ask("master", "GET", f"/applications/{world.things['application']['A']}")).text
    assert "finance@shiguang.cn" in page


async def test_the_way_back_stays_on_this_site(world: World) -> None:
    assert "//evil" not in (await ask(world, back="//evil.example"))[1]
