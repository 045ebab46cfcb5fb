"""No page that staff open shows a personal value whole: phone, e-mail, identity number, bank account, address."""

from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from domain.access import STAFF
from infra.database import Database
from infra.tables import ApplicationRow, AuditRow, AuthenticationRow, EnterpriseRow, NoticeRow, ReceiverRow, TitleRow, UserRow
from tests.campaigns.a11y import NOT_PAGES
from tests.campaigns.authz import address
from tests.campaigns.authz_table import LETTERS, TABLE
from tests.campaigns.people_and_things import World
from tests.web.worlds import world

__all__ = ["world"]

STAFF_LETTERS = "rsocax"
"""With customer service while it acts for enterprise 1."""
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
    ("/apply?record=103", "x"),
    ("/receivers?text=芙蓉里", "x"),
    ("/authentication?update=1", "x"),
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
        things = {place: thing for place, thing in world.things[line.kind].items() if place != "unknown"} if line.kind else {"": ""}
        end = "?v=seen-before" if line.path.endswith("/live") else ""
        for place, thing in things.items():
            letters = (line.foreign if place == "F" else line.own) if line.kind else line.who
            found += [(address(line, thing) + end, letter) for letter in STAFF_LETTERS if letter in letters]
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
    assert {"/titles", "/titles/1", "/receivers", "/receivers/1", "/apply"} <= {path for path, letter in asked if letter == "x"}
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


def _deeds(world: World) -> list[tuple[str, str, str]]:
    with world.database.read() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.tenant == 1).order_by(col(AuditRow.position))).all()
        return [(row.action, row.subject, row.reason) for row in rows]


async def test_while_acting_a_value_is_shown_with_a_reason_and_noted(world: World) -> None:
    personal_values(world.database)
    page = (await world.ask("acting", "GET", "/titles/1")).text
    for field in ("address", "phone", "bank_account"):
        assert f'name="subject" value="title:1"><input type="hidden" name="field" value="{field}"' in page
    before = len(_deeds(world))
    form = {"subject": "title:1", "field": "bank_account", "reason": "客户核对账号", "back": "/titles/1"}
    assert "621700330000000001" in (await world.ask("acting", "POST", "/reveal", form)).text.replace(" ", "")
    assert _deeds(world)[before:] == [("reveal", "title:1", "客户核对账号")]
    short = await world.ask("acting", "POST", "/reveal", {**form, "reason": "x"})
    assert short.status_code == 422
    assert "62170033" not in short.text
    foreign = await world.ask("acting", "POST", "/reveal", {**form, "subject": "title:3"})
    assert foreign.status_code == 404, "another customer's, whose place this is not"
    assert len(_deeds(world)) == before + 1


async def test_while_acting_the_table_of_titles_stays_with_the_customer(world: World) -> None:
    values = personal_values(world.database)
    answer = await world.ask("acting", "GET", "/titles/export.csv")
    assert answer.status_code == 403
    assert "Only the customer itself" in answer.text
    assert not shown_in(answer.text, values)
    page = (await world.ask("acting", "GET", "/titles")).text
    assert "/titles/export.csv" not in page
    assert "only the customer itself exports it" in page
    assert "/titles/export.csv" in (await world.ask("master", "GET", "/titles")).text


async def test_while_acting_a_correction_keeps_what_the_form_does_not_show(world: World) -> None:
    personal_values(world.database)
    page = (await world.ask("acting", "GET", "/titles/2")).text
    assert page.count("Left empty, it stays as it is") == 3
    seen = page.split('name="seen" value="')[1].split('"')[0]
    typed = {"name": "北京拾光互动科技有限公司", "bank": "招商银行", "phone": "010-85620001", "seen": seen}
    answer = await world.ask("acting", "POST", "/titles/2", typed)
    assert answer.status_code == 303, answer.text
    with world.database.read() as session:
        row = session.get_one(TitleRow, 2)
        kept = (row.address, row.phone, row.bank, row.bank_account)
    assert kept == ("海棠路 2 号院 6 幢 1203 室", "010-85620001", "招商银行", "621700330000000002")


async def test_a_customer_who_empties_a_field_still_empties_it(world: World) -> None:
    personal_values(world.database)
    page = (await world.ask("master", "GET", "/titles/2")).text
    assert "海棠路 2 号院" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert (await world.ask("master", "POST", "/titles/2", {"name": "北京拾光互动科技有限公司", "seen": seen})).status_code == 303
    with world.database.read() as session:
        assert session.get_one(TitleRow, 2).address == ""
