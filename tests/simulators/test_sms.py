"""The SMS gateway's own rules."""

from uuid import uuid4

import pytest

from tests.simulators.running import Simulator


def test_a_key_is_sent_once_and_the_repeats_are_counted(sms: Simulator) -> None:
    message = {"key": uuid4().hex, "phone": "13800138000", "text": "您的发票已开具。"}
    first, again = sms.post("/messages", message), sms.post("/messages", message | {"text": "another text"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["text"] == message["text"]
    found = [kept for kept in sms.get("/messages?phone=13800138000")["messages"] if kept["key"] == message["key"]]
    assert [(kept["text"], kept["asked"]) for kept in found] == [(message["text"], 2)]
    assert message["text"] in sms.client.get(sms.url).text


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("bad-phone", {"phone": "010-12345678"}),
        ("bad-phone", {"phone": "12800138000"}),
        ("malformed", {"text": ""}),
        ("malformed", {"key": ""}),
        ("malformed", {"text": "字" * 501}),
        ("malformed", {"phone": 13800138000}),
    ],
)
def test_what_cannot_be_sent_is_refused(sms: Simulator, code: str, wrong: dict[str, object]) -> None:
    answer = sms.post("/messages", {"key": uuid4().hex, "phone": "13800138000", "text": "text"} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
