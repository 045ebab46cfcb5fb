"""The courier's callbacks: signed, idempotent, turned into a signal."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook
from temporalio.common import TypedSearchAttributes

from domain.messages import ParcelUpdate
from infra.settings import Settings
from tests.web.conftest import NOW, Browser, Visit
from tests.web.temporal import RecordingTemporal

INVOICE = "KP-261120-8H3KQ0ZT-1"
SECRET = "whsec_" + "c2VjcmV0" * 4


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal(lives={f"invoice:{INVOICE}": TypedSearchAttributes([])})


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    settings.callback_secret = SecretStr(SECRET)


def body(**change: str) -> bytes:
    said = {
        "event_id": "evt_1",
        "waybill": "SL1",
        "order_key": f"{INVOICE}:parcel:2",
        "state": "delivered",
        "at": "2026-11-20T06:00:00+00:00",
        "place": "北京",
    }
    return json.dumps({**said, **change}).encode()


def headers(content: bytes, at: datetime = NOW, secret: str = SECRET) -> Mapping[str, str]:
    signature = Webhook(secret).sign("evt_1", at, content.decode())
    return {"webhook-id": "evt_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


async def send(browser: Browser, content: bytes, **signed: object) -> int:
    answer = await browser.post("/callbacks/courier", content=content, headers=headers(content, **signed))  # type: ignore[arg-type]
    return answer.status_code


async def test_news_of_a_parcel_becomes_a_signal(visit: Visit, temporal: RecordingTemporal) -> None:
    assert await send(await visit(), body()) == 200
    [(life, signal, update)] = temporal.signals
    assert (life, signal) == (f"invoice:{INVOICE}", "parcel_moved")
    assert isinstance(update, ParcelUpdate)
    assert (update.key, update.state, update.place, update.shipment) == ("evt_1", "received", "北京", 2)


async def test_news_for_a_life_that_is_over_is_taken(visit: Visit, temporal: RecordingTemporal) -> None:
    temporal.lives.clear()
    assert await send(await visit(), body()) == 200


async def test_without_temporal_the_courier_is_asked_to_repeat(visit: Visit, temporal: RecordingTemporal) -> None:
    temporal.down = True
    assert await send(await visit(), body()) == 503


@pytest.mark.parametrize("signed", [{"secret": "whsec_" + "b3RoZXI=" * 4}, {"at": NOW - timedelta(minutes=6)}])
async def test_a_wrong_or_old_signature_changes_nothing(visit: Visit, temporal: RecordingTemporal, signed: dict[str, object]) -> None:
    assert await send(await visit(), body(), **signed) == 401
    assert temporal.signals == []


@pytest.mark.parametrize("change", [{"order_key": "something"}, {"order_key": "a:parcel:x"}, {"at": "yesterday"}, {"waybill": ""}])
async def test_content_that_is_not_the_couriers_is_refused(visit: Visit, temporal: RecordingTemporal, change: dict[str, str]) -> None:
    assert await send(await visit(), body(**change)) == 422
    assert temporal.signals == []


async def test_a_body_larger_than_any_callback_is_refused(visit: Visit) -> None:
    assert (await (await visit()).post("/callbacks/courier", content=b"x" * 70_000)).status_code == 413
