"""Delivers the courier's callbacks, signed by Standard Webhooks, and moves parcels when their time has come."""

import asyncio
import base64
import hashlib
import hmac
import sqlite3
import time
import traceback

import httpx

from simulators.faults import FaultBox
from simulators.parcels import Parcels

TIMEOUT_SECONDS = 10.0
OLD_SECONDS = 600


def sign(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body`. A secret `whsec_...` is base64, any other is taken as its bytes."""
    prefix, _, encoded = secret.partition("_")
    key = base64.b64decode(encoded) if prefix == "whsec" else secret.encode()
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Deliverer:
    """One background task: steps, then callbacks, then wait for the next moment or for `wake`."""

    def __init__(self, parcels: Parcels, box: FaultBox, secret: str) -> None:
        self.parcels = parcels
        self.box = box
        self.secret = secret
        self._something_new = asyncio.Event()

    def wake(self) -> None:
        self._something_new.set()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            while True:
                self._something_new.clear()
                try:
                    await self._work(client)
                    wait = self.parcels.next_due()
                except Exception:  # the courier's clockwork must not stop for one bad row
                    traceback.print_exc()
                    wait = 1.0
                try:
                    await asyncio.wait_for(self._something_new.wait(), wait)
                except TimeoutError:
                    pass

    async def _work(self, client: httpx.AsyncClient) -> None:
        for number in self.parcels.due_steps():
            self.step(number)
        await asyncio.gather(*(self._deliver(client, event) for event in self.parcels.due_callbacks()))

    def step(self, number: str) -> sqlite3.Row:
        """Move one parcel now."""
        fault = self.box.take_callback(number, only="callback-out-of-order")
        return self.parcels.advance(number, hold=fault is not None)

    async def _deliver(self, client: httpx.AsyncClient, event: sqlite3.Row) -> None:
        fault = self.box.take_callback(event["body"])
        kind = fault.kind if fault else ""
        if kind == "callback-bad-signature":
            await self._post(client, event, secret=self.secret + "-wrong")
        elif kind == "callback-old":
            await self._post(client, event, seconds_ago=OLD_SECONDS)
        taken, answer = await self._post(client, event)
        if taken and kind == "callback-twice":
            await self._post(client, event)
        if taken:
            self.parcels.delivered(event, answer)
        else:
            self.parcels.postponed(event, answer)

    async def _post(
        self, client: httpx.AsyncClient, event: sqlite3.Row, secret: str | None = None, seconds_ago: int = 0
    ) -> tuple[bool, str]:
        body = event["body"].encode()
        timestamp = int(time.time()) - seconds_ago
        headers = {
            "content-type": "application/json",
            "webhook-id": event["event_id"],
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret or self.secret, event["event_id"], timestamp, body),
        }
        try:
            response = await client.post(event["url"], content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return False, repr(problem)[:200]
        return response.is_success, str(response.status_code)
