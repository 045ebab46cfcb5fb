"""Each kind of fault does what it says, and nothing else; the book tells whether the effect happened."""

import json
import time
from typing import Any

import httpx
import pytest

from tests.simulators.bodies import request_body
from tests.simulators.running import Simulator


def times_issued(bureau: Simulator, body: dict[str, Any]) -> int:
    book = bureau.get("/book?limit=1000")["entries"]
    return sum(entry["request_id"] == body["request_id"] for entry in book)


@pytest.mark.parametrize(
    ("kind", "more", "issued"),
    [("away", {}, 0), ("fail-after", {}, 1)],
)
def test_a_cut_connection_gives_no_answer(bureau: Simulator, kind: str, more: dict[str, Any], issued: int) -> None:
    bureau.order(kind, method="POST", **more)
    body = request_body()
    with pytest.raises(httpx.TransportError):
        bureau.post("/invoices", body)
    assert times_issued(bureau, body) == issued


@pytest.mark.parametrize(
    ("kind", "more", "status", "issued"),
    [
        ("fail-before", {}, 503, 0),
        ("fail-before", {"status": 429}, 429, 0),
        ("fail-after", {"status": 500}, 500, 1),
        ("slow", {"seconds": 0.3}, 201, 1),
        ("late", {"seconds": 0.3}, 201, 1),
        ("twice", {}, 201, 1),
    ],
)
def test_an_answer_comes_with_or_without_the_effect(bureau: Simulator, kind: str, more: dict[str, Any], status: int, issued: int) -> None:
    bureau.order(kind, method="POST", **more)
    body = request_body()
    started = time.monotonic()
    assert bureau.post("/invoices", body).status_code == status
    assert time.monotonic() - started >= more.get("seconds", 0)
    assert times_issued(bureau, body) == issued


def test_a_doubled_request_issues_twice_when_the_bureau_forgets(bureau: Simulator) -> None:
    bureau.post("/admin/forget", {"on": True})
    bureau.order("twice", method="POST")
    body = request_body()
    assert bureau.post("/invoices", body).status_code == 201
    assert times_issued(bureau, body) == 2


@pytest.mark.parametrize(
    ("variant", "status"),
    [
        ("half", 200),
        ("html", 200),
        ("empty", 200),
        ("huge", 200),
        ("error-inside", 200),
        ("redirect", 307),
        ("other-request", 201),
        ("amount-off", 201),
        ("buyer-off", 201),
        ("tomorrow", 201),
    ],
)
def test_garbage_is_answered_though_the_effect_happened(bureau: Simulator, variant: str, status: int) -> None:
    bureau.order("garbage", method="POST", variant=variant)
    body = request_body()
    answer = bureau.post("/invoices", body)
    right = bureau.get(f"/invoices/by-request/{body['request_id']}")
    assert answer.status_code == status
    assert times_issued(bureau, body) == 1
    changed = {"other-request": "request_id", "amount-off": "total", "buyer-off": "buyer_tax_id", "tomorrow": "issued_at"}
    if variant in changed:
        said = answer.json()
        assert {name for name in right if said[name] != right[name]} == {changed[variant]}
    elif variant == "half":
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    else:
        assert body["request_id"].encode() not in answer.content


def test_a_fault_is_used_as_often_as_ordered_and_only_where_it_fits(bureau: Simulator) -> None:
    chosen = request_body()
    bureau.order("fail-before", path="/invoices", method="POST", containing=chosen["request_id"], times=2)
    assert bureau.post("/invoices", request_body()).status_code == 201
    assert [bureau.post("/invoices", chosen).status_code for _ in range(3)] == [503, 503, 201]
    assert bureau.get("/book")["entries"]
    assert [(fault["injected"], fault["left"]) for fault in bureau.faults()] == [(2, 0)]


def test_a_fault_ordered_zero_times_stays_until_it_is_cleared(bureau: Simulator) -> None:
    bureau.order("fail-before", times=0)
    assert [bureau.post("/invoices", request_body()).status_code for _ in range(4)] == [503] * 4
    assert bureau.get("/health")["ok"] is True
    assert bureau.faults()[0]["injected"] == 4
    bureau.clear()
    assert bureau.post("/invoices", request_body()).status_code == 201


def test_an_unknown_fault_is_refused(bureau: Simulator) -> None:
    answer = bureau.post("/admin/faults", {"kind": "explode"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_pages_of_other_sites_cannot_order_faults(bureau: Simulator) -> None:
    answer = bureau.client.post(f"{bureau.url}/admin/faults", data={"kind": "away"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert bureau.faults() == []


def test_a_dripping_answer_is_whole_in_the_end(bureau: Simulator) -> None:
    bureau.order("drip", path="/invoices", seconds=0.001)
    body = request_body()
    assert bureau.post("/invoices", body).json()["request_id"] == body["request_id"]
