"""A customer's office system (OA) over HTTP. Its address is what somebody typed, so it may lead anywhere.

Guarded: https on the ports of the list (in development also http to this machine), the name resolved once and only that
address connected to, no private, link-local or mapped address, no name of an internal network, no redirect, a limit to size and
time. What is sent is signed as Standard Webhooks say, and so is what comes back (`infra.courier.verify_callback`).
"""

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from standardwebhooks import Webhook

from domain.errors import Problem
from domain.messages import Verdict
from domain.ports import OfficeAddress, OfficeAnswer, OfficeQuestion, OutsideUnavailable
from infra.outside import Answer, same, segment, text, unclear, yuan

PORTS = (443, 8443)
LONGEST_URL = 500
LARGEST_ANSWER = 65_536
LONGEST_REASON = 500
EVENT = re.compile(r"[A-Za-z0-9._:-]{1,60}", re.ASCII)
"""What an OA's event id may look like."""
REFERENCE = re.compile(r"[A-Za-z0-9._/:-]{0,60}", re.ASCII)
_VERDICTS = {"approved": Verdict.APPROVE, "refused": Verdict.REJECT}
_INSIDE_NAMES = frozenset({"localhost", "local", "internal"})
"""Last parts of names that are never the internet's."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], Sequence[str]]
"""Addresses of a host name."""


def resolve(host: str, port: int) -> Sequence[str]:
    """By the system's resolver. Raises OutsideUnavailable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise OutsideUnavailable(f"{host} is not found") from problem
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a checked address leads: the one address to connect to, and the name that the certificate must have."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def authority(self) -> str:
        """The Host header: the name as it was written, with a port that is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def address_problem(url: str, *, development: bool = False) -> Problem | None:
    """What is wrong with an address as it is written; where its name leads is looked at when it is used.

    Codes: oa-url-long (max), oa-url-form, oa-url-scheme, oa-url-port, oa-url-private.
    """
    if len(url) > LONGEST_URL:
        return Problem("oa_url", "oa-url-long", {"max": str(LONGEST_URL)})
    parts = _parts(url)
    if parts is None:
        return Problem("oa_url", "oa-url-form")
    local = development and parts.scheme == "http"
    if parts.scheme != "https" and not local:
        return Problem("oa_url", "oa-url-scheme")
    if not local and (parts.port or 443) not in PORTS:
        return Problem("oa_url", "oa-url-port")
    host = (parts.hostname or "").rstrip(".")
    literal = _literal(host)
    if literal is not None:
        allowed = literal.is_loopback if local else is_public(literal)
    else:
        allowed = local or host.rpartition(".")[2] not in _INSIDE_NAMES
    return None if allowed else Problem("oa_url", "oa-url-private")


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the internet's, also when it hides in another (mapped, 6to4, NAT64, Teredo)."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address.sixtofour is not None or address.teredo is not None:
            return False
        if address in _NAT64 or int(address) >> 32 == 0 or address.scope_id is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def target_of(url: str, resolver: Resolve, *, development: bool = False) -> Target:
    """Resolve once and check what came: every address must be allowed. Raises OutsideUnavailable."""
    problem = address_problem(url, development=development)
    parts = _parts(url)
    if problem is not None or parts is None:
        raise OutsideUnavailable(f"the address is not allowed: {problem.code if problem else 'oa-url-form'}")
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = resolver(host, port)
    try:
        addresses = [ipaddress.ip_address(each) for each in found]
    except ValueError as wrong:
        raise OutsideUnavailable("the name leads to no address") from wrong
    fits = [each.is_loopback if parts.scheme == "http" else is_public(each) for each in addresses]
    if not addresses or not all(fits):
        raise OutsideUnavailable("the name leads to an address that is not allowed")
    return Target(parts.scheme, host, port, str(addresses[0]), parts.path.rstrip("/"))


def _parts(url: str) -> SplitResult | None:
    """The address in parts; None for what is none, or has a user, a query, a fragment or signs that parsers disagree about."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\\"'<>?#@%"):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname or port == 0:
        return None
    return parts


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, also in the old ways: `2130706433`, `0x7f.1`, `127.1`."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


class HttpOffice:
    """Implements `domain.ports.OfficeSystem`. A connection a call: the next one is for another customer's OA."""

    def __init__(self, timeout_seconds: float = 10.0, *, development: bool = False, resolver: Resolve = resolve) -> None:
        self._timeout_seconds = timeout_seconds
        self._development = development
        self._resolve = resolver

    def look(self, address: OfficeAddress, request_id: str) -> OfficeAnswer | None:
        answer = self._exchange("GET", address, f"/approvals/{segment(request_id)}", request_id, b"")
        if answer.status == 404 and answer.code() == "unknown-request":
            same("request_id", answer.object().get("request_id"), request_id)
            return None
        if answer.status != 200:
            raise unclear(answer)
        return office_answer(answer.object(), request_id)

    def ask(self, address: OfficeAddress, question: OfficeQuestion) -> OfficeAnswer:
        body = {
            "request_id": question.request_id,
            "application": question.number,
            "version": question.version,
            "amount": yuan(question.amount_fen),
            "currency": "CNY",
            "kind": str(question.kind),
            "medium": str(question.medium),
            "title": question.title,
            "applicant": question.applicant,
            "account": question.account,
            "due_at": question.due_at.isoformat(),
            "page_url": question.page_url,
            "callback_url": question.callback_url,
        }
        content = httpx.Request("POST", "http://-", json=body).content
        answer = self._exchange("POST", address, "/approvals", question.request_id, content)
        if answer.status == 422:
            raise answer.refusal()
        if answer.status not in (200, 201):
            raise unclear(answer)
        return office_answer(answer.object(), question.request_id)

    def _exchange(self, method: str, address: OfficeAddress, path: str, message_id: str, content: bytes) -> Answer:
        target = target_of(address.url, self._resolve, development=self._development)
        ends_at = time.monotonic() + self._timeout_seconds
        at = datetime.now(UTC)
        host = f"[{target.address}]" if ":" in target.address else target.address
        headers = {
            "host": target.authority,
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": "kaipiao",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            # A question without a body is signed by what it asks for.
            "webhook-signature": Webhook(address.secret).sign(message_id, at, content.decode() or f"{method} {target.path}{path}"),
        }
        try:
            with (
                httpx.Client(timeout=self._timeout_seconds, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    method,
                    f"{target.scheme}://{host}:{target.port}{target.path}{path}",
                    content=content,
                    headers=headers,
                    extensions={"sni_hostname": target.host},
                ) as response,
            ):
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise OutsideUnavailable(f"{method} {path}: a compressed answer that nobody asked for")
                body = bytearray()
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise OutsideUnavailable(f"{method} {path}: an answer above {LARGEST_ANSWER} bytes")
                    if time.monotonic() > ends_at:
                        raise OutsideUnavailable(f"{method} {path}: no complete answer in {self._timeout_seconds} s")
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as problem:
            raise OutsideUnavailable(f"{method} {path}: {type(problem).__name__}") from problem
        if response.status_code in (200, 201, 404, 409, 422):
            return Answer(response.status_code, bytes(body))
        raise OutsideUnavailable(f"{method} {path}: status {response.status_code}")


def office_answer(said: dict[str, Any], request_id: str) -> OfficeAnswer:
    """An answer or a callback as we read it. Raises OutsideUnavailable for what is not an OA's, OutsideDisagrees for another request."""
    same("request_id", said.get("request_id"), request_id)
    version, state = said.get("version"), text(said, "state")
    if not isinstance(version, int) or isinstance(version, bool):
        raise OutsideUnavailable("an answer without version")
    if state == "open":
        return OfficeAnswer(request_id, version)
    if state not in _VERDICTS:
        raise OutsideUnavailable("state is not one of open, approved, refused")
    event_id, reference = text(said, "event_id"), said.get("reference", "")
    if not EVENT.fullmatch(event_id) or not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
        raise OutsideUnavailable("event_id or reference is not of the agreed form")
    reason = said.get("reason", "")
    shown = "".join(sign for sign in reason if sign.isprintable())[:LONGEST_REASON] if isinstance(reason, str) else ""
    return OfficeAnswer(request_id, version, _VERDICTS[state], f"oa:{event_id}", shown, reference)
