"""Orders by program: a key, an Idempotency-Key and a strict JSON list; the import is that of every file, its problems name their place."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import func, select

from activities.imports import ImportActivities
from domain.focus_file import no_rows
from domain.imports import ImportPhase, ImportRequest
from infra.books.import_runs import SqlImportRuns
from infra.books.imports import Imports
from infra.database import Database
from infra.import_keys import end_key, machine_of, make_key
from infra.limits import Limit
from infra.tables import ApiAnswerRow, ConsumptionRecordRow, ImportKeyRow, ServiceClassRow
from tests.fakes import FakeAttachments
from tests.web.conftest import NOW, Clock, Visit
from tests.web.rows import add_catalogue
from tests.web.temporal import RecordingTemporal

ORDER = {
    "order_number": "202610150000183742",
    "billing_account": "b-1",
    "account": "a-1",
    "entity": "HZ",
    "service": "云服务器 ECS",
    "amount": "106.00",
    "cash": "100.00",
    "voucher": "6.00",
    "day": "2026-10-15",
}


class Working(RecordingTemporal):
    database: Database
    attachments: FakeAttachments
    idle = False

    async def start_workflow(self, _workflow: Any, argument: Any = None, *, args: Any = None, **options: Any) -> None:
        await super().start_workflow(_workflow, argument, args=args, **options)
        [argument] = args or [argument]
        assert isinstance(argument, ImportRequest)
        if self.idle:
            return
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
def secret(database: Database) -> str:
    add_catalogue(database)
    with database.write() as session:
        session.add(ServiceClassRow(match="*", classification_code="3040203000000000000", category="信息技术服务", rate_bp=600))
    return make_key(database, "billing", 5, NOW)


Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def send(app: FastAPI, secret: str) -> Any:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kaipiao.test") as client:

        async def ask(body: Any, key: str = "k-1", **headers: str) -> httpx.Response:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            usual = {"authorization": f"Bearer {secret}", "content-type": "application/json", "idempotency-key": key}
            return await client.post("/api/orders", content=content, headers={**usual, **headers})

        ask.client = client  # type: ignore[attr-defined]
        yield ask


def records(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(ConsumptionRecordRow)).one()


async def test_orders_are_imported_and_the_outcome_can_be_asked(send: Any, secret: str, database: Database) -> None:
    answer = await send(
        [
            ORDER,
            {
                **ORDER,
                "order_number": "202610150000183743",
                "amount": "-53.00",
                "cash": "-53.00",
                "voucher": "",
                "original_order_number": ORDER["order_number"],
            },
        ]
    )
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert answer.headers["location"] == told["status"]
    outcome = (await send.client.get(told["status"], headers={"authorization": f"Bearer {secret}"})).json()
    assert (outcome["phase"], outcome["orders"], outcome["records"], outcome["problems"]) == ("done", 2, 2, [])
    with database.read() as session:
        rows = session.exec(select(ConsumptionRecordRow).order_by(ConsumptionRecordRow.id)).all()  # type: ignore[arg-type]
    assert [(row.gross_fen, row.invoiceable_fen) for row in rows] == [(106_00, 100_00), (-53_00, -53_00)]
    assert rows[1].original_id == rows[0].id


async def test_the_same_request_again_gets_the_same_answer_and_is_one_import(send: Any, database: Database, temporal: Working) -> None:
    first = await send([ORDER])
    again = await send(json.dumps([ORDER], indent=2).encode())
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(temporal.started) == 1
    other = await send([{**ORDER, "amount": "107.00", "cash": "101.00"}])
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    anew = await send([dict(reversed(ORDER.items()))], key="k-2")
    assert anew.json()["import"] == first.json()["import"]
    assert records(database) == 1


async def test_a_request_under_way_is_told_to_wait_and_one_cut_off_is_taken_over(send: Any, database: Database, clock: Clock) -> None:
    await send([ORDER])
    with database.write() as session:
        row = session.exec(select(ApiAnswerRow)).one()
        row.status, row.answer = 0, ""
        session.add(row)
    waiting = await send([ORDER])
    assert (waiting.status_code, waiting.json()["code"], waiting.headers["retry-after"]) == (409, "idempotency-key-under-way", "5")
    clock.moment = NOW + timedelta(minutes=2)
    assert (await send([ORDER])).status_code == 202


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json-malformed"),
        (b"[{},]", "json-malformed"),
        (b"\xff\xfe[", "json-malformed"),
        (b'[{"amount": NaN}]', "json-malformed"),
        (b'[{"service": "\\ud800"}]', "json-malformed"),
        (b"[" * 10_000 + b"]" * 10_000, "json-deep"),
        (b'[{"amount": "1", "amount": "2"}]', "json-twice"),
        (b"{}", "json-not-a-list"),
        (b"- amount: 1", "json-malformed"),
        (b"[]", "json-empty"),
        (json.dumps([{str(number): "" for number in range(100_000)}]).encode(), "json-field-unknown"),
        (json.dumps([{}] * 10_001).encode(), "json-too-many"),
    ],
)
async def test_what_is_no_list_of_orders_is_refused(send: Any, database: Database, body: bytes, code: str) -> None:
    answer = await send(body)
    assert answer.status_code == 422, answer.text[:300]
    assert code in [each["code"] for each in answer.json()["problems"]]
    assert (await send([ORDER])).status_code == 202, "what was refused does not use the key up"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"amount": 106.0}, "/1/amount", "json-text-needed"),
        ({"amount": 0.1 + 0.2}, "/1/amount", "json-text-needed"),
        ({"amount": "1E-7"}, "/1/amount", "amount-exponent"),
        ({"amount": "1,5"}, "/1/amount", "amount-malformed"),
        ({"amount": None}, "/1/amount", "json-text-needed"),
        ({"amount": {"fen": "1"}}, "/1/amount", "json-text-needed"),
        ({"order_number": "2026101500001837"}, "/1/order_number", "order-number-form"),
        ({"order_number": ""}, "/1/order_number", "value-missing"),
        ({"day": "2026/10/15"}, "/1/day", "day-malformed"),
        ({"day": "2026-02-30"}, "/1/day", "day-malformed"),
        ({"day": "20261015"}, "/1/day", "day-malformed"),
        ({"currency": "yuan"}, "/1/currency", "text-long"),
        ({"cash": "99.00"}, "/1/cash", "parts-differ"),
        ({"voucher": "200.00", "cash": ""}, "/1/voucher", "voucher-exceeds"),
        ({"tenant_id": "2"}, "/1", "json-field-unknown"),
        ({"service": "a\u0000b"}, "/1/service", "text-control"),
    ],
)
async def test_what_is_wrong_with_an_order_is_named_by_its_place(
    send: Any, database: Database, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await send([ORDER, {**ORDER, **change}])
    assert answer.status_code == 422
    found = [(each["pointer"], each["code"]) for each in answer.json()["problems"]]
    assert (pointer, code) in found, found
    assert all(each["detail"] and each["detail"] != each["code"] for each in answer.json()["problems"])
    assert records(database) == 0


async def test_what_our_own_tables_do_not_know_stands_in_the_outcome(send: Any, secret: str, database: Database) -> None:
    told = (await send([{**ORDER, "account": "999"}])).json()
    outcome = (await send.client.get(told["status"], headers={"authorization": f"Bearer {secret}"})).json()
    assert outcome["phase"] == "refused"
    assert [(each["pointer"], each["code"]) for each in outcome["problems"]] == [("/0/account", "account-unknown")]
    assert records(database) == 0


async def test_only_a_key_that_can_be_used_gets_in(send: Any, secret: str, database: Database) -> None:
    for wrong in ("", "Bearer", "Bearer x", f"Basic {secret}", f"Bearer {secret}x"):
        answer = await send([ORDER], authorization=wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "key-needed"), wrong
    told = (await send([ORDER])).json()
    other = make_key(database, "another", 5, NOW)
    foreign = await send.client.get(told["status"], headers={"authorization": f"Bearer {other}"})
    unknown = await send.client.get(f"/api/orders/{'0' * 64}", headers={"authorization": f"Bearer {other}"})
    assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
    end_key(database, 1, 5, NOW)
    assert (await send([ORDER])).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"key": ""}, 400, "idempotency-key-needed"),
        ({"key": "k" * 256}, 400, "idempotency-key-needed"),
        ({"key": "a b"}, 400, "idempotency-key-needed"),
        ({"content-type": "text/plain"}, 415, "content-type"),
        ({"content-type": ""}, 415, "content-type"),
    ],
)
async def test_headers_that_are_missing_or_wrong_are_named(send: Any, headers: dict[str, str], status: int, code: str) -> None:
    answer = await send([ORDER], **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_too_much_is_refused(send: Any, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await send(b" " * (5 * 1024 * 1024 + 1))).status_code == 413
    from web import machines

    monkeypatch.setattr(machines, "REQUESTS", Limit("api", 2, timedelta(minutes=1)))
    codes = [(await send([ORDER])).status_code for _ in range(3)]
    assert codes[-1] == 429


async def test_a_service_that_is_away_asks_for_a_repeat(send: Any, temporal: Working, attachments: FakeAttachments) -> None:
    temporal.down = True
    answer = await send([ORDER])
    assert (answer.status_code, answer.json()["code"]) == (503, "try-again")
    temporal.down = False
    assert (await send([ORDER])).status_code == 202


async def test_operators_make_name_see_and_end_keys(visit: Visit, database: Database) -> None:
    operator = await visit("operator")
    assert "No key yet" in (await operator.get("/import-keys")).text
    made = (await operator.post_form("/import-keys", data={"name": "杭州账务"})).text
    assert "shown this once" in made
    shown = made.split('id="secret">')[1].split("<")[0]
    found = machine_of(database, shown, NOW)
    assert found is not None
    assert found.name == "杭州账务"
    listed = (await operator.get("/import-keys")).text
    assert shown not in listed
    assert shown[:12] in listed
    with database.read() as session:
        row = session.exec(select(ImportKeyRow)).one()
    assert shown not in repr(row)
    assert row.used_at is not None
    assert (await operator.post_form("/import-keys", data={"name": "杭州账务"})).status_code == 422
    assert (await operator.post_form("/import-keys", data={"name": " "})).status_code == 422
    assert (await operator.post_form(f"/import-keys/{row.id}/end")).status_code == 303
    assert machine_of(database, shown, NOW) is None
    assert (await operator.post_form("/import-keys/999/end")).status_code == 404
    assert (await (await visit("reviewer")).get("/import-keys")).status_code == 404
