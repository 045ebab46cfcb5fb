"""Addresses and requests that no page of ours makes: an answer that fits, and never an error of ours."""

import ast
import shutil
from pathlib import Path

import pytest

from infra.books.import_report import ImportReport
from infra.database import Database
from infra.settings import Settings
from infra.tables import ImportBatchRow, LifeEventRow
from tests.web.conftest import NOW, Visit
from tests.web.rows import AGREED, add_application, add_catalogue, add_invoice, add_record
from tests.web.temporal import RecordingTemporal
from web import pages as pages_module
from web import sentences
from web.formats import visible
from web.pages import Pages

NUMBER = "KP-261120-8H3KQ0ZT"
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)


@pytest.mark.parametrize("identity", ["9223372036854775808", "-1", "9" * 40])
async def test_an_id_that_no_column_holds_is_refused(visit: Visit, temporal: RecordingTemporal, identity: str) -> None:
    browser = await visit("master")
    for path in ("/apply", "/consumption", "/consumption/sum"):
        assert (await browser.get(f"{path}?record={identity}")).status_code == 422, path
    assert (await browser.post_form("/applications", {"number": NUMBER, "record": [identity]})).status_code == 422
    assert (await browser.post_form(f"/titles/{identity}/default")).status_code == 404
    assert (await browser.post_form(f"/receivers/{identity}/default")).status_code == 404
    assert temporal.started == []


@pytest.mark.parametrize(
    ("login", "path", "place"),
    [
        (login, path, place)
        for login, path, places in [
            ("master", "/applications", ["2026-11-20_X", "0001-01-01T00:00:00%2B14:00_X", "9999-12-31T23:59:59-14:00_X", "x"]),
            ("master", "/invoices", ["2026-11-20T00:00:00_X", "0001-01-01T00:00:00%2B14:00_X", "_"]),
            ("master", "/consumption", ["2026-10-31.99999999999999999999", "2026-10-31.²", "x"]),
            (
                "reviewer",
                "/review",
                [f"{'9' * 25}~2026-11-20T00:00:00%2B00:00~x", "0~0001-01-01T00:00:00%2B14:00~x", "0~2026-11-20~x", "²~x~x"],
            ),
        ]
        for place in places
    ],
)
async def test_a_malformed_place_in_a_list_is_its_first_page(visit: Visit, database: Database, login: str, path: str, place: str) -> None:
    add_application(database, NUMBER)
    browser = await visit(login)
    first, answer = await browser.get(path), await browser.get(f"{path}?after={place}")
    assert answer.status_code == 200
    shown = {"/applications": NUMBER, "/review": NUMBER, "/consumption": "云服务器 1"}.get(path, "")
    assert shown in first.text
    assert shown in answer.text


async def test_a_filter_by_a_number_that_is_none_shows_all(visit: Visit) -> None:
    assert "云服务器 1" in (await (await visit("master")).get("/consumption?account=²")).text


async def test_head_is_get_without_the_page(visit: Visit) -> None:
    browser = await visit("master")
    for path in ("/titles", "/applications", "/static/kaipiao.css", "/health"):
        whole, head = await browser.get(path), await browser.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-type"] == whole.headers["content-type"], path
    assert (await (await visit()).head("/titles")).status_code == 303


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("PUT", "/titles", "GET, POST, HEAD"), ("DELETE", "/applications/x", "GET, HEAD"), ("GET", "/applications/x/cancel", "POST")],
)
async def test_another_method_is_a_405_that_names_the_allowed_ones(visit: Visit, method: str, path: str, allow: str) -> None:
    answer = await (await visit("master")).request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allow
    assert "cannot be done at this address" in answer.text


@pytest.mark.parametrize(("language", "says"), [("en", "sent from another site"), ("zh", "此表单来自其他网站")])
async def test_another_sites_form_is_refused_with_a_page(visit: Visit, language: str, says: str) -> None:
    browser = await visit("master", language)
    answer = await browser.post_form("/titles", {"name": "x"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert says in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in answer.headers


async def test_a_long_search_finds_nothing_and_is_no_error(visit: Visit) -> None:
    browser = await visit("master")
    for text in ("x" * 500, "9" * 500):
        answer = await browser.get(f"/search?q={text}")
        assert answer.status_code == 303
        assert (await browser.get(answer.headers["location"])).status_code == 200


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("a..b@c.com", "A dot cannot come first, last or twice"),
        ("a@127.0.0.1", "not an IP address"),
        ("a@-b.com", "cannot begin or end with a hyphen"),
        ("a@b.com>", "&gt; cannot stand in an e-mail address"),
        ("a.b.com", "The @ or the part after it is missing"),
        ("a@b@c.com", "has one @"),
    ],
)
async def test_a_wrong_email_is_refused_with_what_is_wrong_with_it(
    visit: Visit, temporal: RecordingTemporal, address: str, says: str
) -> None:
    browser = await visit("master")
    form = {"number": NUMBER, "record": ["1"], "title": "1", "email": "new", "new_email": address, "terms": AGREED}
    for answer in (
        await browser.post_form("/receivers", {"kind": "email", "email": address}),
        await browser.post_form("/applications", form),
    ):
        assert answer.status_code == 422
        assert says in answer.text
    assert temporal.started == []


async def test_a_good_email_is_taken(visit: Visit) -> None:
    answer = await (await visit("master")).post_form("/receivers", {"kind": "email", "email": " o'neil+tax@sub-a.company.cn "})
    assert answer.status_code == 303


async def test_a_file_name_that_turns_the_writing_is_shown_escaped(visit: Visit, database: Database) -> None:
    assert visible("账单\u202evsc.exe") == "账单⟨U+202E⟩vsc.exe"
    with database.write() as session:
        name = "bill\u202evsc.exe"
        report = ImportReport("1" * 64, name, 1, records=1).to_json()
        session.add(ImportBatchRow(id="1" * 64, file_name=name, lines=1, records=1, imported_at=NOW, totals="{}", report=report))
    page = (await (await visit("operator")).get("/imports")).text
    assert "bill⟨U+202E⟩vsc.exe" in page
    assert "\u202e" not in page


def test_templates_that_change_on_disk_do_not_reach_a_running_process(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "templates"
    shutil.copytree(pages_module.TEMPLATES, copied)
    monkeypatch.setattr(pages_module, "TEMPLATES", copied)
    made = Pages(settings)
    shutil.rmtree(copied)
    environment = made._environments["en"]
    for name in ("base.html", "errors/404.html", "components/forms.html"):
        assert environment.get_template(name) is not None


def codes_of_the_bureau() -> set[str]:
    tree = ast.parse((CHECKOUT / "simulators" / "bureau_rules.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"]
    return {str(node.args[0].value) for node in calls if isinstance(node.args[0], ast.Constant)}


def test_every_code_of_the_tax_platform_has_a_sentence() -> None:
    codes = codes_of_the_bureau()
    assert {"buyer-tax-id", "not-whole"} <= codes
    assert codes == set(sentences.BUREAU)


@pytest.mark.parametrize(("code", "says"), [("buyer-tax-id", "tax ID is not valid"), ("new-code", "gave another reason")])
async def test_a_refused_invoice_says_why_with_the_platforms_code(visit: Visit, database: Database, code: str, says: str) -> None:
    add_application(database, NUMBER, "not-issued")
    invoice = add_invoice(database, NUMBER, "refused", refusal_code=code)
    with database.write() as session:
        session.add(LifeEventRow(life=f"invoice:{invoice}", key="r", at=NOW, kind="refused-by-bureau", facts=f'{{"code": "{code}"}}'))
    page = (await (await visit("master")).get(f"/invoices/{invoice}")).text
    assert page.count(says) == 2
    assert f"({code})" in page


@pytest.mark.parametrize(("language", "words"), [("en", ("Special e-invoice", "Under review")), ("zh", ("数电专票", "审核"))])
async def test_the_export_speaks_the_readers_language(visit: Visit, database: Database, language: str, words: tuple[str, str]) -> None:
    add_application(database, NUMBER)
    line = (await (await visit("master", language)).get("/applications/export.csv")).text.splitlines()[1]
    assert all(word in line for word in words), line
    assert "reviewing" not in line
    assert "special" not in line


async def test_one_of_a_thing_is_said_in_the_singular(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER, "issued")
    add_invoice(database, NUMBER)
    with database.write() as session:
        session.add(LifeEventRow(life=f"application:{NUMBER}", key="split", at=NOW, kind="split", facts='{"count": 1}'))
    for login, path in (("master", f"/applications/{NUMBER}"), ("reviewer", f"/review/{NUMBER}")):
        page = (await (await visit(login)).get(path)).text
        assert "1 invoices" not in page, path
        assert "1 applications" not in page, path
