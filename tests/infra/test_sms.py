"""The SMS adapter against the real simulator."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from domain.ports import OutsideDisagrees, OutsideRefused, OutsideUnavailable
from infra.sms import HttpSms
from tests.simulators.running import Simulator

PHONE = "13900139000"


@pytest.fixture
def adapter(sms: Simulator) -> Iterator[HttpSms]:
    adapter = HttpSms(sms.url, 0.5)
    yield adapter
    adapter.close()


def sent(sms: Simulator, key: str) -> list[str]:
    return [message["text"] for message in sms.get(f"/messages?phone={PHONE}")["messages"] if message["key"] == key]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "away"},
        {"kind": "fail-before"},
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
def test_a_message_repeated_after_a_doubt_is_sent_once(sms: Simulator, adapter: HttpSms, fault: dict[str, Any]) -> None:
    key = uuid4().hex
    sms.order(**fault, method="POST")
    with pytest.raises(OutsideUnavailable):
        adapter.send(key, PHONE, "您的发票已开具。")
    adapter.send(key, PHONE, "您的发票已开具。")
    assert sent(sms, key) == ["您的发票已开具。"]


def test_a_doubled_message_is_sent_once(sms: Simulator, adapter: HttpSms) -> None:
    key = uuid4().hex
    sms.order("twice", method="POST")
    adapter.send(key, PHONE, "text")
    assert sent(sms, key) == ["text"]


def test_a_phone_that_is_none_is_refused(adapter: HttpSms) -> None:
    with pytest.raises(OutsideRefused) as refusal:
        adapter.send(uuid4().hex, "not a phone", "text")
    assert refusal.value.code == "bad-phone"


def test_an_answer_for_another_key_is_not_taken(sms: Simulator, adapter: HttpSms) -> None:
    sms.order("garbage", variant="other-request", method="POST")
    with pytest.raises(OutsideDisagrees):
        adapter.send(uuid4().hex, PHONE, "text")
