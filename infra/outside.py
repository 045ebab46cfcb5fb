"""What the HTTP adapters share: one careful client, and the reading of answers that may be anything.

Every doubt becomes OutsideUnavailable, so that the caller looks before it asks again.
"""

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from domain.ports import OutsideDisagrees, OutsideRefused, OutsideUnavailable

LARGEST_ANSWER = 1_000_000
"""Bytes; the largest honest answer is a page of the tax bureau's book, some 200 kB."""

KEEP_ALIVE_SECONDS = 4.0
"""Below what servers allow an idle connection (uvicorn: 5 s), so that we do not send on one that is just being closed."""

MONEY = re.compile(r"(-?)(\d{1,13})\.(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer below the size limit that was neither an error of the other side nor a redirect."""

    status: int
    body: bytes

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises OutsideUnavailable when it is anything else."""
        try:
            parsed = json.loads(self.body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            raise OutsideUnavailable(f"{self.status} with a body that is not JSON") from problem
        if not isinstance(parsed, dict):
            raise OutsideUnavailable(f"{self.status} with JSON that is not an object")
        return parsed

    def refusal(self) -> OutsideRefused:
        """A 422 as an exception to raise. Raises OutsideUnavailable when the answer does not say `{code, detail}`."""
        said = self.object()
        return OutsideRefused(text(said, "code"), str(said.get("detail", "")))

    def code(self) -> str:
        """The `code` of an error answer, empty when it has none: such an answer says nothing about our request."""
        try:
            found = self.object().get("code")
        except OutsideUnavailable:
            return ""
        return found if isinstance(found, str) else ""


class OutsideHttp:
    """A client for one outside party; safe to use from many threads.

    `timeout_seconds` bounds each wait and also the whole exchange once headers came, so that an answer of one byte
    every few seconds ends too. Proxies of the environment are not used, redirects are not followed.
    """

    def __init__(self, base_url: str, timeout_seconds: float = 10.0, largest_answer: int = LARGEST_ANSWER) -> None:
        self.timeout_seconds = timeout_seconds
        self.largest_answer = largest_answer
        self._client = httpx.Client(
            base_url=base_url,
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            headers={"accept": "application/json", "accept-encoding": "identity", "user-agent": "kaipiao"},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=KEEP_ALIVE_SECONDS),
        )

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, params: dict[str, str] | None = None) -> Answer:
        """Raises OutsideUnavailable."""
        return self._exchange("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Raises OutsideUnavailable. Never repeats by itself: the effect may have happened."""
        return self._exchange("POST", path, json=body)

    def _exchange(self, method: str, path: str, **content: Any) -> Answer:
        ends_at = time.monotonic() + self.timeout_seconds
        try:
            with self._client.stream(method, path, **content) as response:
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise OutsideUnavailable(f"{method} {path}: a compressed answer that nobody asked for")
                body = bytearray()
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > self.largest_answer:
                        raise OutsideUnavailable(f"{method} {path}: an answer above {self.largest_answer} bytes")
                    if time.monotonic() > ends_at:
                        raise OutsideUnavailable(f"{method} {path}: no complete answer in {self.timeout_seconds} s")
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as problem:
            raise OutsideUnavailable(f"{method} {path}: {type(problem).__name__}: {problem}") from problem
        if response.status_code in (200, 201, 404, 409, 422):
            return Answer(response.status_code, bytes(body))
        raise OutsideUnavailable(f"{method} {path}: status {response.status_code}")


def unclear(answer: Answer) -> OutsideUnavailable:
    """For a status that means nothing at this place, such as a 404 by a wrong address."""
    return OutsideUnavailable(f"status {answer.status} that says nothing about the request")


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


def text(said: dict[str, Any], name: str) -> str:
    """A non-empty string of an answer. Raises OutsideUnavailable."""
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise OutsideUnavailable(f"an answer without {name}")
    return value


def moment(said: dict[str, Any], name: str) -> datetime:
    """An aware moment of an answer. Raises OutsideUnavailable."""
    value = text(said, name)
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError as problem:
        raise OutsideUnavailable(f"{name} is not a moment") from problem
    if parsed.tzinfo is None:
        raise OutsideUnavailable(f"{name} has no time zone")
    return parsed


def fen(said: dict[str, Any], name: str) -> int:
    """An amount of an answer, `-12.34`, as fen. Raises OutsideUnavailable: no exponent, comma, third place or number."""
    found = MONEY.fullmatch(text(said, name))
    if found is None:
        raise OutsideUnavailable(f"{name} is not an amount with two places")
    amount = int(found[2] + found[3])
    return -amount if found[1] else amount


def yuan(amount_fen: int) -> str:
    """Fen as it travels, `-12.34`."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def same(name: str, said: object, asked: object) -> None:
    """Raises OutsideDisagrees when an answer is about something else than what was asked."""
    if said != asked:
        raise OutsideDisagrees(f"{name} is {said!r}, asked was {asked!r}")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
