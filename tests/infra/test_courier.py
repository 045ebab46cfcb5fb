"""The courier's adapter against the real simulator, and the check of its callbacks."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.ports import OutsideDisagrees, OutsideRefused, OutsideUnavailable, PostalAddress
from infra.courier import BadCallback, HttpCourier, verify_callback
from simulators.callbacks import sign
from tests.infra.asks import parcel_order
from tests.simulators.receiver import Receiver
from tests.simulators.running import SECRET, Simulator

TIMEOUT_SECONDS = 0.5
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
BODY = json.dumps({"event_id": "evt_1", "state": "交付"}, ensure_ascii=False).encode()


@pytest.fixture
def adapter(courier: Simulator) -> Iterator[HttpCourier]:
    adapter = HttpCourier(courier.url, TIMEOUT_SECONDS)
    yield adapter
    adapter.close()


def test_a_waybill_is_drawn_once_for_a_key(adapter: HttpCourier) -> None:
    order = parcel_order()
    assert adapter.look(order.order_key) is None
    waybill = adapter.ask(order)
    assert adapter.ask(order) == adapter.look(order.order_key) == waybill
    assert (waybill.order_key, waybill.number[:2]) == (order.order_key, "SL")


def test_a_parcel_to_nowhere_is_refused(adapter: HttpCourier) -> None:
    with pytest.raises(OutsideRefused) as refusal:
        adapter.ask(parcel_order(to=PostalAddress("张三", "13800138000", " ")))
    assert refusal.value.code == "bad-address"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "away"},
        {"kind": "fail-before"},
        {"kind": "fail-before", "status": 404},
        {"kind": "fail-before", "status": 429},
        {"kind": "fail-after"},
        {"kind": "fail-after", "status": 500},
        {"kind": "slow", "seconds": 1.0},
        {"kind": "late", "seconds": 1.0},
        {"kind": "drip", "seconds": 0.05},
        *({"kind": "garbage", "variant": variant} for variant in ("half", "html", "empty", "huge", "redirect", "error-inside")),
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_after_a_doubt_there_is_one_waybill_for_the_key(courier: Simulator, adapter: HttpCourier, fault: dict[str, Any]) -> None:
    order = parcel_order()
    courier.order(**fault, method="POST")
    with pytest.raises(OutsideUnavailable):
        adapter.ask(order)
    waybill = adapter.look(order.order_key) or adapter.ask(order)
    assert adapter.ask(order) == waybill
    courier.order(**fault, method="GET")
    with pytest.raises(OutsideUnavailable):
        adapter.look(order.order_key)
    assert adapter.look(order.order_key) == waybill


def test_a_doubled_order_draws_one_waybill(courier: Simulator, adapter: HttpCourier) -> None:
    order = parcel_order()
    courier.order("twice", method="POST")
    assert adapter.ask(order) == adapter.look(order.order_key)


def test_an_answer_for_another_order_is_parked(courier: Simulator, adapter: HttpCourier) -> None:
    order = parcel_order()
    courier.order("garbage", variant="other-request", method="POST")
    with pytest.raises(OutsideDisagrees):
        adapter.ask(order)
    courier.order("garbage", variant="other-request", method="GET")
    with pytest.raises(OutsideDisagrees):
        adapter.look(order.order_key)


def test_the_couriers_own_callbacks_are_believed(courier: Simulator, adapter: HttpCourier, receiver: Receiver) -> None:
    waybill = adapter.ask(parcel_order(callback_url=receiver.url))
    courier.post(f"/admin/parcels/{waybill.number}/advance", {})
    came = receiver.next()
    said = verify_callback(came.headers, came.body, SECRET, datetime.now(UTC))
    assert (said["waybill"], said["state"], said["order_key"]) == (waybill.number, "collected", waybill.order_key)


def headers(body: bytes = BODY, secret: str = SECRET, at: datetime = NOW, **changed: str) -> dict[str, str]:
    seconds = int(at.timestamp())
    given = {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(seconds), "Webhook-Signature": sign(secret, "evt_1", seconds, body)}
    return given | {name.replace("_", "-"): value for name, value in changed.items()}


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_a_callback_is_believed_within_five_minutes(offset: int) -> None:
    assert verify_callback(headers(at=NOW + timedelta(seconds=offset)), BODY, SECRET, NOW) == {"event_id": "evt_1", "state": "交付"}


def test_one_right_signature_among_several_is_enough() -> None:
    given = headers()
    given["Webhook-Signature"] = f"v1,AAAA v1a,xx nonsense {given['Webhook-Signature']}"
    assert verify_callback(given, BODY, SECRET, NOW)["event_id"] == "evt_1"


def test_a_secret_in_the_standards_own_form_is_base64() -> None:
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
    assert verify_callback(headers(secret=secret), BODY, secret, NOW)["event_id"] == "evt_1"


OTHER = b'{"event_id": "evt_2"}'
NOT_JSON = b"{"


@pytest.mark.parametrize(
    ("code", "given", "body"),
    [
        ("old", headers(at=NOW - timedelta(seconds=301)), BODY),
        ("future", headers(at=NOW + timedelta(seconds=301)), BODY),
        ("signature", headers(secret="another"), BODY),
        ("signature", headers(), BODY + b" "),
        ("signature", headers(Webhook_Id="evt_2"), BODY),
        ("signature", headers(Webhook_Signature="nonsense"), BODY),
        ("signature", headers(Webhook_Signature="v1,"), BODY),
        ("signature", headers(Webhook_Signature="v1,签名"), BODY),
        ("signature", headers(Webhook_Timestamp=str(int(NOW.timestamp()) + 1)), BODY),
        ("headers", {}, BODY),
        ("headers", headers(Webhook_Signature=""), BODY),
        ("headers", headers(Webhook_Timestamp="soon"), BODY),
        ("headers", headers(Webhook_Timestamp="-1"), BODY),
        ("headers", headers(Webhook_Timestamp="9" * 40), BODY),
        ("malformed", headers(OTHER), OTHER),
        ("malformed", headers(NOT_JSON), NOT_JSON),
        ("malformed", headers(b"[]"), b"[]"),
        ("malformed", headers(b"\xff"), b"\xff"),
        ("too-large", headers(b" " * 70_000), b" " * 70_000),
    ],
)
def test_any_other_callback_is_not_believed(code: str, given: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadCallback) as refusal:
        verify_callback(given, body, SECRET, NOW)
    assert refusal.value.code == code
