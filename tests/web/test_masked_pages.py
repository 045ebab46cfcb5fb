"""No page that staff open shows a personal value whole: phone, e-mail, identity number, bank account, address."""

from typing import Any

import pytest
from sqlmodel import SQLModel, select

from domain.access import STAFF
from infra.database import Database
from infra.tables import ApplicationRow, AuthenticationRow, EnterpriseRow, NoticeRow, ReceiverRow, TitleRow, UserRow
from tests.campaigns.a11y import NOT_PAGES
from tests.campaigns.authz import address
from tests.campaigns.authz_table import LETTERS, TABLE
from tests.campaigns.people_and_things import World
from tests.web.worlds import world

__all__ = ["world"]

STAFF_LETTERS = "rsoca"
IDENTITY_NUMBERS = ("110105199003070025", "110105199003070084")
SEARCHES = (
    ("/titles/desk?text=拾光", "c"),
    ("/titles/desk?text=远山", "c"),
    ("/desk/tickets?show=all", "c"),
    ("/acting?q=拾光", "c"),
    ("/acting?q=远山", "c"),
    ("/acting?customer=2", "c"),
    ("/audit?who=林", "sa"),
    ("/audit/export.csv", "sa"),
    ("/applications/export.csv", STAFF_LETTERS),
    ("/billing-accounts?text=远山", "o"),
)


def _set(row: SQLModel, known: list[str], **values: str) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    known += values.values()


def personal_values(database: Database) -> list[str]:
    """Fill every personal field of every customer with a value that stands nowhere else."""
    known: list[str] = []
    with database.write() as session:

        def rows(table: Any) -> list[Any]:
            return list(session.execute(select(table)).scalars())

        for row in rows(UserRow):
            if row.role not in STAFF:
                login = f"1370011{row.id:04d}" if row.id % 2 else f"login-{row.id}@private.example"
                _set(row, known, login=login, phone=f"1370022{row.id:04d}", email=f"person-{row.id}@private.example")
        for row in rows(TitleRow):
            _set(
                row,
                known,
                address=f"海棠路 {row.id} 号院 6 幢 1203 室",
                phone=f"1370033{row.id:04d}",
                bank_account=f"62170033{row.id:010d}",
            )
        for row in rows(ReceiverRow):
            mail = {"email": f"receiver-{row.id}@private.example"} if row.kind == "email" else {}
            post = {} if mail else {"phone": f"1370044{row.id:04d}", "address": f"芙蓉里社区 {row.id} 号楼 2 单元 501"}
            _set(row, known, **mail, **post)
        for index, row in enumerate(rows(ApplicationRow)):
            values = {"title_address": f"玉兰大街 {index} 号院 3 幢 808 室", "title_phone": f"1370055{index:04d}"}
            _set(row, known, **values, title_bank_account=f"62170055{index:010d}")
        for index, row in enumerate(rows(AuthenticationRow)):
            _set(row, known, phone=f"1370066{index:04d}", email=f"authentication-{index}@private.example")
        for index, row in enumerate(rows(NoticeRow)):
            _set(row, known, sent_to=f"notice-{index}@private.example")
        # The foreign customer is a person: its identity number stands where a company has its tax id.
        person = session.get_one(EnterpriseRow, 2)
        person.kind, person.tax_id = "personal", ""
        for row in rows(TitleRow):
            if row.enterprise_id == 2:
                row.tax_id = IDENTITY_NUMBERS[0] if row.id == 3 else IDENTITY_NUMBERS[1]
        for row in rows(ApplicationRow):
            if row.enterprise_id == 2:
                row.title_tax_id = IDENTITY_NUMBERS[0]
        for row in rows(AuthenticationRow):
            if row.enterprise_id == 2:
                row.kind, row.licence_number = "personal", IDENTITY_NUMBERS[0]
    return [*known, *IDENTITY_NUMBERS]


def pages(world: World) -> list[tuple[str, str]]:
    """Every page that staff may open, for things of each customer, and searches."""
    found: list[tuple[str, str]] = []
    for line in TABLE:
        if line.method != "GET" or (line.path in NOT_PAGES and not line.path.endswith(("/live", ".csv"))):
            continue
        things = [""] if not line.kind else sorted({thing for place, thing in world.things[line.kind].items() if place != "unknown"})
        letters = (line.own + line.foreign) if line.kind else line.who
        end = "?v=seen-before" if line.path.endswith("/live") else ""
        found += [(address(line, thing) + end, letter) for thing in things for letter in STAFF_LETTERS if letter in letters]
    return found + [(path, letter) for path, letters in SEARCHES for letter in letters]


def shown_in(text: str, values: list[str]) -> list[str]:
    """Which values stand in a page, also in groups of digits as numbers are printed."""
    plain = text.replace("</span><span>", "").replace(" ", "")
    return [value for value in values if value.replace(" ", "") in plain]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_no_staff_page_shows_a_personal_value_whole(world: World, language: str) -> None:
    values = personal_values(world.database)
    assert len(set(values)) == len(values) > 60
    asked = pages(world)
    assert {"/review", "/identity/RZ-261120-00000003", "/titles/desk/3", "/desk/tickets/GD-261120-00000001", "/audit", "/operators"} <= {
        path for path, _ in asked
    }
    shown: dict[str, list[str]] = {}
    for path, letter in asked:
        answer = await world.ask(LETTERS[letter], "GET", path, language=language)
        assert answer.status_code in {200, 303}, (path, letter, answer.status_code)
        if found := shown_in(answer.text, values):
            shown[f"{letter} {path}"] = found
    assert shown == {}


async def test_the_look_itself_finds_a_value(world: World) -> None:
    values = personal_values(world.database)
    own = (await world.ask("master", "GET", "/receivers")).text
    assert shown_in(own, values)
    assert shown_in("<span>110105</span><span>199003</span><span>070025</span>", values) == [IDENTITY_NUMBERS[0]]


@pytest.mark.parametrize(("login", "may"), [("reviewer", True), ("service", True), ("operator", False), ("auditor", False)])
async def test_where_an_invoice_was_sent_is_shown_with_a_reason(world: World, login: str, may: bool) -> None:
    invoice = world.things["invoice"]["A"]
    page = (await world.ask(login, "GET", f"/invoices/{invoice}")).text
    assert "fi***@shiguang.cn" in page
    assert (f'value="notice:mail:{invoice}"' in page) is may
    form = {"subject": f"notice:mail:{invoice}", "field": "sent_to", "reason": "客户说没有收到", "back": f"/invoices/{invoice}"}
    answer = await world.ask(login, "POST", "/reveal", form)
    assert answer.status_code == (200 if may else 404)
    assert ("finance@shiguang.cn" in answer.text) is may


async def test_a_notice_of_another_life_is_not_there_to_be_shown(world: World) -> None:
    with world.database.write() as session:
        notice = session.execute(select(NoticeRow).limit(1)).scalars().one()
        notice.life = "ticket:KT-261120-ABCDEFGH"
        subject = f"notice:{notice.id}"
    form = {"subject": subject, "field": "sent_to", "reason": "客户说没有收到", "back": "/"}
    assert (await world.ask("reviewer", "POST", "/reveal", form)).status_code == 404


async def test_title_desk_values_are_shown_with_a_reason(world: World) -> None:
    personal_values(world.database)
    page = (await world.ask("service", "GET", "/titles/desk/3")).text
    for field in ("address", "phone", "bank_account", "tax_id"):
        assert f'name="field" value="{field}"' in page
    form = {"subject": "title:3", "field": "tax_id", "reason": "核对身份证", "back": "/titles/desk/3"}
    assert IDENTITY_NUMBERS[0] in (await world.ask("service", "POST", "/reveal", form)).text
