"""The courier over HTTP, and the check of its signed callbacks."""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from domain.ports import OutsideUnavailable, ParcelOrder, Waybill
from infra.outside import OutsideHttp, moment, same, segment, text, unclear

NUMBER = re.compile(r"[A-Z0-9]{8,32}", re.ASCII)
CALLBACK_TOLERANCE = timedelta(seconds=300)
LARGEST_CALLBACK = 65_536


class BadCallback(Exception):
    """A callback that must not be believed; `code` says why: headers, old, future, signature, too-large, malformed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HttpCourier:
    """Implements `domain.ports.Courier`."""

    def __init__(self, base_url: str, timeout_seconds: float = 10.0) -> None:
        self._http = OutsideHttp(base_url, timeout_seconds)

    def close(self) -> None:
        self._http.close()

    def look(self, order_key: str) -> Waybill | None:
        """None only when the courier itself says that it does not know this key. Raises OutsideUnavailable, OutsideDisagrees."""
        answer = self._http.get(f"/waybills/by-order/{segment(order_key)}")
        if answer.status == 404 and answer.code() == "unknown-order":
            same("order_key", answer.object().get("order_key"), order_key)
            return None
        if answer.status != 200:
            raise unclear(answer)
        return _waybill(answer.object(), order_key)

    def ask(self, order: ParcelOrder) -> Waybill:
        """Draw a waybill, or get the one drawn before for this key. Raises OutsideRefused, OutsideUnavailable, OutsideDisagrees."""
        to = {"recipient": order.to.recipient, "phone": order.to.phone, "address": order.to.address, "postcode": order.to.postcode}
        body = {"order_key": order.order_key, "to": to, "contents": order.contents, "callback_url": order.callback_url}
        answer = self._http.post("/waybills", body)
        if answer.status == 422:
            raise answer.refusal()
        if answer.status not in (200, 201):
            raise unclear(answer)
        return _waybill(answer.object(), order.order_key)


def _waybill(said: dict[str, Any], order_key: str) -> Waybill:
    number = text(said, "number")
    if not NUMBER.fullmatch(number):
        raise OutsideUnavailable("number is not a waybill's")
    waybill = Waybill(text(said, "order_key"), number, moment(said, "created_at").astimezone(UTC))
    same("order_key", waybill.order_key, order_key)
    return waybill


def verify_callback(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> dict[str, Any]:
    """The callback's content, when it was signed with `secret` within 300 s of `now` (Standard Webhooks). Raises BadCallback.

    Names of `headers` in any case. The content is a JSON object whose `event_id` is the signed `webhook-id`: the
    same callback may come again (also replayed by somebody within the tolerance), so the caller dedupes by that id.
    A secret `whsec_...` is base64; any other counts as its own bytes.
    """
    given = {name.lower(): value for name, value in headers.items()}
    event_id, signatures = given.get("webhook-id", ""), given.get("webhook-signature", "")
    seconds = given.get("webhook-timestamp", "")
    if not event_id or not signatures or not re.fullmatch(r"\d{1,11}", seconds, re.ASCII):
        raise BadCallback("headers")
    if len(body) > LARGEST_CALLBACK:
        raise BadCallback("too-large")
    signed_at = datetime.fromtimestamp(int(seconds), UTC)
    if signed_at < now - CALLBACK_TOLERANCE:
        raise BadCallback("old")
    if signed_at > now + CALLBACK_TOLERANCE:
        raise BadCallback("future")
    try:
        content = body.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadCallback("malformed") from problem
    # The library's own `verify` takes its time from the system clock and stumbles over odd signatures; its `sign` is enough.
    key: str | bytes = secret if secret.startswith("whsec_") else secret.encode()
    expected = Webhook(key).sign(event_id, signed_at, content).encode()
    if not any(hmac.compare_digest(expected, signature.encode()) for signature in signatures.split(" ")):
        raise BadCallback("signature")
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise BadCallback("malformed") from problem
    if not isinstance(said, dict) or said.get("event_id") != event_id:
        raise BadCallback("malformed")
    return said
