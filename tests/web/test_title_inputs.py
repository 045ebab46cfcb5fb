"""The bad inputs T1 to T35 (tax ids, titles, bank) on the title form: each is answered by field and reason, and nothing is stored."""

import html
import re
from typing import Any

import pytest
from sqlmodel import func, select

from infra.database import Database
from infra.tables import TitleRow
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue
from web.sentences import PROBLEMS

NAME, TAX_ID = "北京拾光互动科技有限公司", "91110105MA7K3R2P5R"


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    with database.write() as session:
        session.delete(session.get_one(TitleRow, 1))


def count(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(TitleRow)).one()


def error_of(page: str, field: str) -> str:
    found = re.search(rf'id="f-{field}-error">(.*?)</p>', page, re.DOTALL)
    return html.unescape(re.sub(r"<svg.*?</svg>", "", found.group(1), flags=re.DOTALL)).strip() if found else ""


def sentence(code: str) -> str:
    """A pattern for the sentence of a code, whatever fills its places."""
    return re.sub(r"\\\{\w+\\\}", ".*", re.escape(PROBLEMS[code]))


BAD: list[tuple[str, dict[str, str], str, str]] = [
    ("T1 17 characters", {"tax_id": TAX_ID[:17]}, "tax_id", "tax-id-length"),
    ("T1 19 characters", {"tax_id": TAX_ID + "0"}, "tax_id", "tax-id-length"),
    ("T1 21 characters", {"tax_id": TAX_ID + "000"}, "tax_id", "tax-id-length"),
    ("T2 15-digit old id", {"tax_id": "110105123456789"}, "tax_id", "title-tax-id-differs"),
    ("T3 wrong check digit", {"tax_id": TAX_ID[:17] + "T"}, "tax_id", "tax-id-check-digit"),
    ("T4 letter I", {"tax_id": TAX_ID.replace("91110105", "9I110105")}, "tax_id", "tax-id-letter"),
    ("T4 letter O", {"tax_id": TAX_ID.replace("0", "O", 1)}, "tax_id", "tax-id-letter"),
    ("T4 letter Z", {"tax_id": TAX_ID.replace("2", "Z")}, "tax_id", "tax-id-letter"),
    ("T4 letter S", {"tax_id": TAX_ID.replace("5", "S", 1)}, "tax_id", "tax-id-letter"),
    ("T4 letter V", {"tax_id": TAX_ID.replace("7", "V")}, "tax_id", "tax-id-letter"),
    ("T7 Cyrillic А", {"tax_id": TAX_ID.replace("A", "А")}, "tax_id", "tax-id-letter"),
    ("T8 zero-width space inside", {"tax_id": TAX_ID[:4] + "\u200b" + TAX_ID[4:]}, "tax_id", "tax-id-letter:unsure"),
    ("T10 personal id", {"tax_id": "110105194912310021"}, "tax_id", "tax-id-citizen-check"),
    ("T11 personal id with X", {"tax_id": "11010519491231002X"}, "tax_id", "title-tax-id-differs"),
    ("T11 personal id with x", {"tax_id": "11010519491231002x"}, "tax_id", "title-tax-id-differs"),
    ("T12 all zeros", {"tax_id": "0" * 18}, "tax_id", "tax-id-authority"),
    ("T13 one character off", {"name": "北京拾光互动科枝有限公司"}, "name", "title-name-differs"),
    ("T15 traditional", {"name": "北京拾光互動科技有限公司"}, "name", "title-name-differs"),
    ("T16 one character", {"name": "京"}, "name", "text-short"),
    ("T17 201 characters", {"name": "京" * 201}, "name", "text-long"),
    ("T18 blanks", {"name": " \u3000\u00a0 "}, "name", "text-blank"),
    ("T19 tab", {"name": "北京\t拾光"}, "name", "text-control"),
    ("T19 newline", {"name": "北京\n拾光"}, "name", "text-line-break"),
    ("T20 emoji", {"name": NAME + "🙂"}, "name", "text-emoji"),
    ("T21 rare hanzi", {"name": "𠮷野家餐饮有限公司"}, "name", "title-name-differs"),
    ("T22 private use", {"name": "北京\ue000科技有限公司"}, "name", "text-private-use"),
    ("T22 GB 18030-2022", {"name": "\u9ff0记商行"}, "name", "title-name-differs"),
    ("T23 decomposed", {"name": "e\u0301cole 有限公司"}, "name", "text-combining"),
    ("T24 writing direction", {"name": "北京\u202e拾光"}, "name", "text-bidi"),
    ("T25 byte order mark", {"name": "\ufeff" + NAME}, "name", "text-invisible"),
    ("T26 null byte", {"name": "北京\0拾光"}, "name", "text-control"),
    ("T27 account with letters", {"bank_account": "33010401600088A"}, "bank_account", "account-form"),
    ("T28 40 digits", {"bank_account": "1" * 40}, "bank_account", "text-long"),
    ("T30 12 digits", {"phone": "138001380001"}, "phone", "phone-form"),
    ("T32 500 characters", {"address": "京" * 500}, "address", "text-long"),
    ("T34 the title of another customer", {"name": "上海远山贸易有限公司"}, "name", "title-name-differs"),
]


@pytest.mark.parametrize(("change", "field", "code"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
async def test_a_bad_title_is_answered_by_field_and_reason(
    visit: Visit, database: Database, change: dict[str, str], field: str, code: str
) -> None:
    browser = await visit("master")
    typed = {"name": NAME, "tax_id": TAX_ID, **change}
    answer = await browser.post_form("/titles", typed)
    assert answer.status_code == 422
    assert re.fullmatch(sentence(code), error_of(answer.text, field)), error_of(answer.text, field)
    assert count(database) == 0
    assert change[field] in html.unescape(answer.text), "what was typed stands in the form"
    chinese = await browser.post_form("/titles", typed, headers={"accept-language": "zh"})
    assert chinese.status_code == 422
    assert any("\u4e00" <= character <= "\u9fff" for character in error_of(chinese.text, field))


FINE: list[tuple[str, dict[str, str]]] = [
    ("T5 lower case", {"tax_id": TAX_ID.lower()}),
    ("T6 full width", {"tax_id": "".join(chr(ord(c) + 0xFEE0) for c in TAX_ID)}),
    ("T8 inner blanks", {"tax_id": "9111 0105\u00a0MA7K3R2P5R"}),
    ("T9 trailing newline", {"tax_id": TAX_ID + "\r\n"}),
    ("T14 blanks and width", {"name": "北京拾光互动 科技有限公司"}),
    ("T29 +86", {"phone": "+86 10-85620000"}),
    ("T29 400", {"phone": "400 800 8820"}),
    ("T29 extension", {"phone": "010-6471 2288 转 801"}),
    ("T31 no address", {"address": ""}),
]


@pytest.mark.parametrize("change", [each[1] for each in FINE], ids=[each[0] for each in FINE])
async def test_a_difference_of_typing_is_none_of_the_title(visit: Visit, database: Database, change: dict[str, str]) -> None:
    answer = await (await visit("master")).post_form("/titles", {"name": NAME, "tax_id": TAX_ID, **change})
    assert answer.status_code == 303, error_of(answer.text, next(iter(change)))
    with database.read() as session:
        stored = session.exec(select(TitleRow)).one()
    assert (stored.tax_id, stored.state) == (TAX_ID, "approved")


async def test_t14_brackets_of_both_widths_are_one_name(visit: Visit, database: Database) -> None:
    from infra.tables import EnterpriseRow

    with database.write() as session:
        row = session.get_one(EnterpriseRow, 1)
        row.name = "青屿云计算（杭州）有限公司"
        session.add(row)
    browser = await visit("master")
    assert (await browser.post_form("/titles", {"name": "青屿云计算(杭州)有限公司", "tax_id": TAX_ID})).status_code == 303
    with database.read() as session:
        assert session.exec(select(TitleRow.name)).one() == "青屿云计算(杭州)有限公司", "kept as typed, for print"


async def test_t33_the_same_title_twice_is_one_row(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    form = {"name": NAME, "tax_id": TAX_ID}
    assert (await browser.post_form("/titles", form)).status_code == 303
    answer = await browser.post_form("/titles", form)
    assert answer.status_code == 422
    assert "already in your library" in error_of(answer.text, "name")
    assert count(database) == 1


async def test_all_that_is_wrong_is_said_at_once_and_kept(visit: Visit, database: Database) -> None:
    typed: dict[str, Any] = {"name": "", "tax_id": "123", "phone": "x", "bank": "招商银行", "bank_account": "y"}
    answer = await (await visit("master")).post_form("/titles", typed)
    assert all(error_of(answer.text, field) for field in ("name", "tax_id", "phone", "bank_account"))
    assert 'value="招商银行"' in answer.text
    assert "4 things to mend" in answer.text
    assert count(database) == 0
