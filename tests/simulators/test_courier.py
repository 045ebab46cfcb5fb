"""The courier's own rules, and its callbacks."""

import json
import re
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.simulators.bodies import order_body
from tests.simulators.receiver import Received, Receiver
from tests.simulators.running import SECRET, Simulator


def ordered(courier: Simulator, url: str = "") -> str:
    answer = courier.post("/waybills", order_body(url))
    assert answer.status_code == 201
    return str(answer.json()["number"])


def advance(courier: Simulator, number: str) -> str:
    return str(courier.post(f"/admin/parcels/{number}/advance", {}).json()["state"])


def said(received: Received) -> dict[str, str]:
    """The content, once the library of Standard Webhooks has found the signature right."""
    return dict(Webhook(SECRET.encode()).verify(received.body, received.headers))


def test_an_order_key_has_one_waybill(courier: Simulator) -> None:
    order = order_body(order_key="parcel:2026-1/甲")
    first, again = courier.post("/waybills", order), courier.post("/waybills", order)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    day = datetime.now(timezone(timedelta(hours=8))).strftime("%y%m%d")
    assert re.fullmatch(rf"SL{day}\d{{7}}", first.json()["number"])
    assert courier.get("/waybills/by-order/parcel%3A2026-1%2F%E7%94%B2")["number"] == first.json()["number"]


@pytest.mark.parametrize(
    ("code", "to"),
    [
        ("bad-address", {"recipient": " ", "phone": "13800138000", "address": "x"}),
        ("bad-address", {"recipient": "x", "phone": "13800138000", "address": ""}),
        ("bad-phone", {"recipient": "x", "phone": "none", "address": "x"}),
        ("malformed", {"recipient": "x"}),
    ],
)
def test_a_parcel_to_nowhere_is_refused(courier: Simulator, code: str, to: dict[str, str]) -> None:
    order = order_body(to=to)
    answer = courier.post("/waybills", order)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert courier.client.get(f"{courier.url}/waybills/by-order/{order['order_key']}").json()["code"] == "unknown-order"


def test_each_step_is_reported_in_order_and_signed(courier: Simulator, receiver: Receiver) -> None:
    number = ordered(courier, receiver.url)
    states = [advance(courier, number) for _ in range(5)]
    assert states == ["collected", "in-transit", "delivering", "delivered", "delivered"]
    reports = [said(receiver.next()) for _ in range(4)]
    assert [report["state"] for report in reports] == states[:4]
    assert {report["waybill"] for report in reports} == {number}
    assert len({report["event_id"] for report in reports}) == 4
    assert datetime.fromisoformat(reports[0]["at"]).tzinfo is not None


def test_a_lost_parcel_is_reported_and_moves_no_more(courier: Simulator, receiver: Receiver) -> None:
    number = ordered(courier, receiver.url)
    assert courier.post(f"/admin/parcels/{number}/lost", {}).json()["state"] == "lost"
    assert said(receiver.next())["state"] == "lost"
    assert advance(courier, number) == "lost"


def test_a_callback_is_repeated_until_it_is_taken(courier: Simulator, receiver: Receiver) -> None:
    receiver.answers = [500, 302]
    number = ordered(courier, receiver.url)
    advance(courier, number)
    ids = [said(receiver.next())["event_id"] for _ in range(3)]
    assert len(set(ids)) == 1
    advance(courier, number)
    assert said(receiver.next())["state"] == "in-transit"


def test_a_callback_can_come_twice(courier: Simulator, receiver: Receiver) -> None:
    courier.order("callback-twice")
    advance(courier, ordered(courier, receiver.url))
    assert said(receiver.next()) == said(receiver.next())


def test_a_callback_can_come_after_its_successor(courier: Simulator, receiver: Receiver) -> None:
    courier.order("callback-out-of-order")
    number = ordered(courier, receiver.url)
    advance(courier, number)
    advance(courier, number)
    assert [said(receiver.next())["state"] for _ in range(2)] == ["in-transit", "collected"]


@pytest.mark.parametrize(("kind", "why"), [("callback-bad-signature", "No matching signature"), ("callback-old", "too old")])
def test_a_forged_callback_can_come_before_the_right_one(courier: Simulator, receiver: Receiver, kind: str, why: str) -> None:
    courier.order(kind)
    advance(courier, ordered(courier, receiver.url))
    with pytest.raises(WebhookVerificationError, match=why):
        said(receiver.next())
    assert said(receiver.next())["state"] == "collected"


def test_a_callback_that_nobody_took_survives_a_kill(own_courier: Simulator, receiver: Receiver) -> None:
    receiver.answers = [503]
    number = ordered(own_courier, receiver.url)
    advance(own_courier, number)
    first = said(receiver.next())
    own_courier.restart()
    assert said(receiver.next()) == first
    assert own_courier.get(f"/waybills/{number}")["state"] == "collected"


def test_parcels_move_by_themselves(tmp_path: Path, receiver: Receiver) -> None:
    courier = Simulator("courier", tmp_path, "--secret", SECRET, "--step-seconds", "0.2").start()
    try:
        started = time.monotonic()
        ordered(courier, receiver.url)
        assert [said(receiver.next())["state"] for _ in range(4)] == ["collected", "in-transit", "delivering", "delivered"]
        assert time.monotonic() - started >= 0.7
    finally:
        courier.stop()


def test_a_customers_parcel_comes_to_us(courier: Simulator, receiver: Receiver) -> None:
    answer = courier.post("/admin/inbound", {"reference": "RT-2026-000001", "from": "乙科技", "callback_url": receiver.url})
    number = answer.json()["number"]
    assert (answer.status_code, answer.json()["reference"]) == (201, "RT-2026-000001")
    assert advance(courier, number) == "collected"
    assert said(receiver.next())["waybill"] == number
    assert courier.get(f"/waybills/{number}")["inbound"] is True


def test_the_page_has_a_button_that_moves_a_parcel(courier: Simulator) -> None:
    number = ordered(courier)
    page = courier.client.get(courier.url).text
    assert f'action="/admin/parcels/{number}/advance"' in page
    pressed = courier.client.post(f"{courier.url}/admin/parcels/{number}/advance", data={"x": "1"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/")
    assert courier.get(f"/waybills/{number}")["state"] == "collected"
    assert json.dumps(courier.get(f"/waybills/{number}")["events"]).count("collected") == 1
