"""Import on the web: first the dry run, then the same bytes; a bad file is named by line and changes nothing."""

import csv
import gzip
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import func, select

from activities.imports import ImportActivities
from domain.amounts import plain
from domain.calendar import china_date
from domain.focus import RowProblem
from domain.focus_file import no_rows
from domain.imports import ImportPhase, ImportRequest
from infra.books.import_runs import SqlImportRuns
from infra.books.imports import Imports
from infra.database import Database
from infra.demo.companies import HANGZHOU, LINCHUAN
from infra.demo.people import seed
from infra.demo.sample import sample_csv
from infra.queries.imports import import_run
from infra.settings import Settings
from infra.tables import ConsumptionRecordRow, ImportBatchRow, ImportRunRow
from infra.uploads import Uploads
from tests.fakes import FakeAttachments, FakeInbox
from tests.orders import ORDER, workbook
from tests.web.conftest import NOW, Browser, Clock, Visit
from tests.web.temporal import RecordingTemporal
from web import limits
from web.imports import problem_rows
from web.words import words

SAMPLE = sample_csv(china_date(NOW), lines=80)


class Working(RecordingTemporal):
    """Lives each import at once, as a worker does a little later; with `idle` nobody works."""

    idle = False
    database: Database
    attachments: FakeAttachments

    async def start_workflow(self, _workflow: Any, argument: Any = None, *, args: Any = None, **options: Any) -> None:
        await super().start_workflow(_workflow, argument, args=args, **options)
        [argument] = args or [argument]
        if isinstance(argument, ImportRequest) and not self.idle:
            steps = ImportActivities(SqlImportRuns(Imports(self.database)), self.attachments, lambda: NOW)
            content = self.attachments.read(argument.batch_id)
            if steps.runs.check(argument, content, no_rows, NOW).phase is ImportPhase.WRITING:
                steps.runs.write(argument, content, no_rows, NOW)


@pytest.fixture
def temporal(database: Database, attachments: FakeAttachments) -> Working:
    made = Working()
    made.database, made.attachments = database, attachments
    return made


@pytest.fixture
def people(database: Database) -> None:
    seed(database, china_date(NOW), lambda _password: "not for signing in")


async def send(browser: Browser, content: bytes, name: str = "october.csv") -> str:
    """Upload a file; gives the address of its dry run."""
    answer = await browser.post_form("/imports", files={"file": (name, content, "text/csv")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def stored(database: Database) -> tuple[int, int]:
    with database.read() as session:
        batches = session.exec(select(func.count()).select_from(ImportBatchRow)).one()
        return batches, session.exec(select(func.count()).select_from(ConsumptionRecordRow)).one()


@pytest.mark.parametrize("login", ["master", "member", "other", "reviewer"])
async def test_only_operators_import(visit: Visit, people: None, database: Database, login: str) -> None:
    browser = await visit(login)
    digest = sha256(SAMPLE).hexdigest()
    for path in ("/imports", f"/imports/files/{digest}", f"/imports/files/{digest}/problems.csv", f"/imports/{digest}"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post_form("/imports", files={"file": ("a.csv", SAMPLE)})).status_code == 404
    assert (await browser.post_form(f"/imports/files/{digest}")).status_code == 404
    assert stored(database) == (0, 0)


async def test_a_dry_run_reports_and_changes_nothing(visit: Visit, people: None, database: Database) -> None:
    browser = await visit("operator")
    page = (await browser.get(await send(browser, SAMPLE))).text
    assert "Dry run: nothing is imported yet" in page
    assert "october.csv" in page
    assert "Import 80 lines" in page
    assert "Sum USD" in page
    assert stored(database) == (0, 0)


async def test_the_import_takes_the_very_bytes_of_the_dry_run(visit: Visit, people: None, database: Database, settings: Settings) -> None:
    browser = await visit("operator")
    assert "Nothing imported yet" in (await browser.get("/imports")).text
    address = await send(browser, SAMPLE)
    answer = await browser.post_form(address)
    assert answer.headers["location"] == f"/imports/{sha256(SAMPLE).hexdigest()}?done=1"
    batches, records = stored(database)
    assert batches == 1
    assert f"{records} records were booked." in (await browser.get(answer.headers["location"])).text
    listed = (await browser.get("/imports")).text
    assert "october.csv" in listed
    assert "何川" in listed
    assert list((settings.data_dir / "uploads").iterdir()) == []


async def test_what_rounding_left_over_is_listed_and_adds_up(visit: Visit, people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.imports.ROWS_AT_ONCE", 3)  # so that the download reads more than once
    head, *lines = SAMPLE.decode().splitlines(keepends=True)
    content = "".join([head, *(line for line in lines if ",CNY," in line)]).encode()
    browser = await visit("operator")
    address = await send(browser, content)
    planned = (await browser.get(address)).text
    await browser.post_form(address)
    batch = sha256(content).hexdigest()
    page = (await browser.get(f"/imports/{batch}")).text
    answer = await browser.get(f"/imports/{batch}/remainders.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert len(rows) > 3
    total = sum((Decimal(row["Remainder (CNY)"]) for row in rows), Decimal(0))
    sums = re.search(r"Sum CNY</dt><dd class=\"kp-num\">([0-9.]+)<", page)
    assert sums is not None
    for text in (planned, page):
        assert "Rounded to the cent" in text
        assert re.search(rf"Exact sum in CNY</dt><dd class=\"kp-num\">{re.escape(sums[1])}<", text)
        assert f">{plain(total)}<" in text
        assert text.count(f">{rows[0]['Remainder (CNY)']}<") >= 1
    assert (await browser.get("/imports/unknown/remainders.csv")).status_code == 404
    assert (await (await visit("master")).get(f"/imports/{batch}/remainders.csv")).status_code == 404


async def test_the_same_file_twice_changes_nothing_the_second_time(visit: Visit, people: None, database: Database) -> None:
    browser = await visit("operator")
    await browser.post_form(await send(browser, SAMPLE))
    before = stored(database)
    address = await send(browser, SAMPLE, "again.csv")
    page = (await browser.get(address)).text
    assert "These very bytes were imported already" in page
    assert "Import 80 lines" not in page
    answer = await browser.post_form(address)
    assert answer.headers["location"].endswith("?again=1")
    assert "These very bytes were imported already" in (await browser.get(answer.headers["location"])).text
    assert stored(database) == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "This is not a text file."),
        (b"", "The file is empty."),
        ("服务,金额\r\n云服务器,1\r\n".encode("gbk"), "The file is not UTF-8"),
        (b"a,b\r\n1,2\r\n", "The column BilledCost is missing."),
        (SAMPLE.split(b"\r\n")[0] + b"\r\n", "The file has a header but no rows."),
        (SAMPLE[: len(SAMPLE) // 2].rsplit(b",", 3)[0], "The file may be cut off."),
        (SAMPLE.split(b"\r\n")[0] + b'\r\n"1', "A quotation mark is not closed"),
    ],
)
async def test_a_bad_file_is_named_and_changes_nothing(
    visit: Visit, people: None, database: Database, content: bytes, sentence: str
) -> None:
    browser = await visit("operator")
    address = await send(browser, content)
    page = (await browser.get(address)).text
    assert "Cannot be imported" in page
    assert sentence in page
    answer = await browser.post_form(address)
    assert answer.status_code == 303
    refused = await browser.get(answer.headers["location"])
    assert "The import was refused: nothing is imported" in refused.text
    assert sentence in refused.text
    problems = (await browser.get(f"{answer.headers['location']}/problems.csv")).text
    assert problems.count("\n") > 1
    assert stored(database) == (0, 0)


def changed(line: int, **cells: str) -> bytes:
    """The sample with other cells in one line; the header is line 1."""
    rows = list(csv.DictReader(io.StringIO(SAMPLE.decode())))
    rows[line - 2].update(cells)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def test_a_wrong_row_has_its_line_column_value_and_reason(visit: Visit, people: None, database: Database) -> None:
    browser = await visit("operator")
    address = await send(browser, changed(6, BilledCost="1E-7"))
    page = (await browser.get(address)).text
    table = re.sub(r"<[^>]+>", "|", page.split("<tbody>")[1].split("</tbody>")[0])
    assert re.search(r"6\|+BilledCost\|+1E-7\|+Write the amount with all its digits", table)
    assert "1 problem. Nothing was changed" in page
    chinese = (await (await visit("operator", "zh")).get(address)).text
    assert "1 处问题。什么都没有改动" in chinese
    assert stored(database) == (0, 0)


async def test_the_problems_can_be_downloaded_as_a_table(visit: Visit, people: None) -> None:
    browser = await visit("operator")
    formula = '=HYPERLINK("http://evil.example")'
    download = await browser.get(f"{await send(browser, changed(11, BillingAccountId=formula))}/problems.csv")
    assert download.headers["content-type"].startswith("text/csv")
    assert "attachment" in download.headers["content-disposition"]
    listed = list(csv.reader(io.StringIO(download.text.removeprefix("\ufeff"))))
    assert listed[0] == ["Line number", "Column", "Value", "Problem"]
    assert listed[1] == ["11", "BillingAccountId", "'" + formula, "No customer has this billing account."]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"])
def test_no_cell_of_the_download_is_a_formula(value: str) -> None:
    [row] = problem_rows(words("en"), (RowProblem(2, "BilledCost", value, "amount-malformed"),))
    assert row[2] == "'" + value


async def test_no_file_chosen_says_so(visit: Visit, people: None) -> None:
    browser = await visit("operator")
    for files in ({"file": ("", b"")}, {"other": ("a.csv", SAMPLE)}):
        answer = await browser.post_form("/imports", files=files)
        assert answer.status_code == 422
        assert "Choose a file." in answer.text


async def test_a_file_above_the_limit_is_refused_while_it_is_read(
    visit: Visit, people: None, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UPLOAD_LIMIT", 4096)
    monkeypatch.setattr(limits, "FORM_ROOM", 1024)
    browser = await visit("operator")
    answer = await browser.post_form("/imports", files={"file": ("a.csv", SAMPLE)})
    assert answer.status_code == 413
    assert "File too large" in answer.text
    assert not (settings.data_dir / "uploads").exists()
    assert stored(database) == (0, 0)


async def test_a_body_without_a_length_is_not_read_for_ever(visit: Visit, people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UPLOAD_LIMIT", 4096)
    monkeypatch.setattr(limits, "FORM_ROOM", 1024)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        while sent < 10_000_000:
            sent += 1000
            yield b"a" * 1000

    browser = await visit("operator")
    answer = await browser.post("/imports", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 413
    assert sent < 30_000


async def test_an_upload_is_forgotten_after_a_day(visit: Visit, people: None, clock: Clock, settings: Settings) -> None:
    uploads = Uploads(settings.data_dir / "uploads")
    first = uploads.keep(b"first", "a.csv", NOW)
    found = uploads.read(first)
    assert found is not None
    assert found.file_name == "a.csv"
    uploads.keep(b"second", "b.csv", NOW + timedelta(days=40_000))
    assert uploads.read(first) is None


@pytest.mark.parametrize("digest", ["x", "0" * 64, "..%2f..%2fkaipiao.db", "A" * 64])
async def test_a_file_that_was_never_uploaded_is_not_found(visit: Visit, people: None, digest: str) -> None:
    browser = await visit("operator")
    assert (await browser.get(f"/imports/files/{digest}")).status_code == 404
    assert (await browser.post_form(f"/imports/files/{digest}")).status_code == 404


def test_a_changed_upload_is_not_read(settings: Settings) -> None:
    uploads = Uploads(settings.data_dir / "uploads")
    digest = uploads.keep(b"content", "a.csv", NOW)
    (settings.data_dir / "uploads" / f"{digest}.csv").write_bytes(b"changed")
    assert uploads.read(digest) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\bills\\october.csv", "<b>x</b>.csv"])
async def test_the_name_of_a_file_is_only_shown(visit: Visit, people: None, name: str) -> None:
    browser = await visit("operator")
    page = (await browser.get(await send(browser, SAMPLE, name))).text
    assert "<b>x" not in page
    assert "../" not in page.split("<h1")[1].split("</h1>")[0]
    assert "bills" not in page


async def test_an_upload_without_the_forms_token_keeps_nothing(visit: Visit, people: None, settings: Settings) -> None:
    browser = await visit("operator")
    assert (await browser.post("/imports", files={"file": ("a.csv", SAMPLE)})).status_code == 403
    assert not (settings.data_dir / "uploads").exists()


async def test_a_running_import_shows_how_far_it_is_and_can_be_cancelled(
    visit: Visit, people: None, database: Database, temporal: Working
) -> None:
    temporal.idle = True
    browser = await visit("operator")
    address = await send(browser, SAMPLE)
    answer = await browser.post_form(address)
    digest = sha256(SAMPLE).hexdigest()
    assert answer.headers["location"] == f"/imports/{digest}?started=1"
    assert "Waiting for its turn" in (await browser.get(answer.headers["location"])).text
    assert (await browser.get(f"/imports/{digest}")).status_code == 404
    argument, options = temporal.started[-1]
    assert argument == ImportRequest(digest, "october.csv", 5)
    assert options["id"] == f"import:{digest[:40]}"
    with database.write() as session:
        session.add(
            ImportRunRow(
                batch_id=digest, file_name="october.csv", phase="checking", rows=40, total=80, started_by=5, started_at=NOW, changed_at=NOW
            )
        )
    page = (await browser.get(f"/imports/{digest}")).text
    for words_ in ("Being read and checked", "40 of about 80", 'value="50"', "Cancel the import", "何川"):
        assert words_ in page
    assert "october.csv" in (await browser.get("/imports")).text
    live = re.search(r"/imports/\w+/live\?v=\w+", page)
    assert live is not None
    assert (await browser.get(live[0])).status_code == 204
    key = str(uuid4())
    await browser.post_form(f"/imports/{digest}/cancel", {"key": key})
    assert [(life, name, message.key) for life, name, message in temporal.signals] == [(f"import:{digest[:40]}", "cancel", key)]
    set_phase(database, digest, "writing")
    changed = (await browser.get(live[0])).text
    assert "Being written" in changed
    assert "It can be cancelled while the file is checked." in changed
    set_phase(database, digest, "done")
    assert (await browser.get(live[0])).headers["hx-redirect"] == f"/imports/{digest}?done=1"
    set_phase(database, digest, "failed")
    assert "the import was given up" in (await browser.get(f"/imports/{digest}")).text


def set_phase(database: Database, digest: str, phase: str) -> None:
    with database.write() as session:
        session.get_one(ImportRunRow, digest).phase = phase


async def test_nothing_is_lost_while_the_workflow_server_is_down(
    visit: Visit, people: None, database: Database, temporal: Working, settings: Settings
) -> None:
    browser = await visit("operator")
    address = await send(browser, SAMPLE)
    temporal.down = True
    assert (await browser.post_form(address)).status_code == 503
    temporal.down = False
    assert (await browser.post_form(address)).headers["location"].endswith("?done=1")


async def test_the_store_that_is_down_is_said_and_the_file_stays(visit: Visit, people: None, attachments: FakeAttachments) -> None:
    browser = await visit("operator")
    address = await send(browser, SAMPLE)
    attachments.down = 1
    answer = await browser.post_form(address)
    assert answer.status_code == 503
    assert "The object store does not answer." in answer.text
    assert (await browser.post_form(address)).headers["location"].endswith("?done=1")


async def test_a_file_is_fetched_from_the_inbox_and_checked_like_an_upload(
    visit: Visit, people: None, inbox: FakeInbox, database: Database
) -> None:
    inbox.files["focus/2026-10.csv"] = SAMPLE
    browser = await visit("operator")
    answer = await browser.post_form("/imports/inbox", {"key": "focus/2026-10.csv"})
    assert answer.headers["location"] == f"/imports/files/{sha256(SAMPLE).hexdigest()}"
    page = (await browser.get(answer.headers["location"])).text
    assert "2026-10.csv" in page
    assert "Import 80 lines" in page
    assert stored(database) == (0, 0)


@pytest.mark.parametrize(("key", "status", "sentence"), [("", 422, "Write the name"), ("x.csv", 422, "There is no such file in the inbox")])
async def test_a_name_that_is_not_in_the_inbox_is_kept_and_said(visit: Visit, people: None, key: str, status: int, sentence: str) -> None:
    browser = await visit("operator")
    answer = await browser.post_form("/imports/inbox", {"key": key})
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert f'value="{key}"' in answer.text


async def test_an_inbox_that_is_down_or_holds_too_much_is_said(
    visit: Visit, people: None, inbox: FakeInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await visit("operator")
    inbox.files["x.csv"] = SAMPLE
    inbox.down = True
    assert (await browser.post_form("/imports/inbox", {"key": "x.csv"})).status_code == 503
    inbox.down = False
    monkeypatch.setattr("web.imports.UPLOAD_LIMIT", 100)
    assert (await browser.post_form("/imports/inbox", {"key": "x.csv"})).status_code == 413


async def test_orders_come_as_a_workbook_with_a_template(visit: Visit, people: None, database: Database) -> None:
    browser = await visit("operator")
    template = await browser.get("/imports/orders-template.xlsx")
    assert template.content.startswith(b"PK")
    order = {**ORDER, "BillingAccountId": LINCHUAN.billing_account_id, "SubAccountId": LINCHUAN.accounts[0].sub_account_id}
    page = await browser.get(await send(browser, workbook(order, {**order, "BilledCost": "many"}), "orders.xlsx"))
    assert "Not an amount." in page.text
    address = await send(browser, workbook({**order, "InvoiceIssuerName": HANGZHOU.name}), "orders.xlsx")
    assert "Excel" in (await browser.get(address)).text
    assert (await browser.post_form(address)).headers["location"].endswith("?done=1")
    assert stored(database) == (1, 1)


async def test_only_a_hash_can_be_on_its_way(visit: Visit) -> None:
    browser = await visit("operator")
    assert (await browser.get("/imports/zz?started=1")).status_code == 404
    assert (await browser.get(f"/imports/{'a' * 64}?started=1")).status_code == 404


async def test_what_was_never_started_is_not_waited_for(visit: Visit, people: None, temporal: Working) -> None:
    temporal.idle = True
    browser = await visit("operator")
    location = (await browser.post_form(await send(browser, SAMPLE))).headers["location"]
    temporal.down = True
    assert "Waiting for its turn" in (await browser.get(location)).text
    temporal.down = False
    life = temporal.started[-1][1]["id"]
    del temporal.lives[life]
    assert (await browser.get(location)).status_code == 404
    temporal.ended.add(life)
    assert (await browser.get(location)).status_code == 404


async def test_the_same_file_in_another_packing_was_imported_before(
    visit: Visit, people: None, database: Database, temporal: Working
) -> None:
    """Both dry runs were open before either was imported."""
    browser = await visit("operator")
    plain_, packed = await send(browser, SAMPLE), await send(browser, gzip.compress(SAMPLE), "october.csv.gz")
    assert (await browser.post_form(plain_)).headers["location"].endswith("?done=1")
    before = stored(database)
    location = (await browser.post_form(packed)).headers["location"]
    assert "These very bytes were imported already" in (await browser.get(location)).text
    assert "records were booked" not in (await browser.get(location)).text
    live = await browser.get(f"{location.partition('?')[0]}/live?v=0")
    assert live.headers["hx-redirect"] == location
    assert stored(database) == before


def test_a_repeat_of_the_step_that_wrote_is_no_repeat_of_the_file(database: Database, people: None) -> None:
    runs = SqlImportRuns(Imports(database))
    asked = ImportRequest(sha256(SAMPLE).hexdigest(), "october.csv")
    runs.check(asked, SAMPLE, no_rows, NOW)
    for _ in range(2):
        runs.write(asked, SAMPLE, no_rows, NOW)
    with database.read() as session:
        run = import_run(session, asked.batch_id)
    assert run is not None
    assert run.report is not None
    assert (run.phase, run.report.repeated) == (ImportPhase.DONE, False)
