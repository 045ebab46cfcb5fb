"""Looking for viruses in a file by clamd: `INSTREAM` over TCP or a local socket, bounded in size and time."""

import re
import socket
import struct
import time
from pathlib import Path

from domain.ports import OutsideUnavailable, Scanner
from infra.settings import Settings

_CHUNK = 64 * 1024
_ANSWER_MOST = 4096
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


class ClamdScanner:
    """Implements `domain.ports.Scanner`. `address` is `host:port`, or the path of a socket; `most` are the bytes that are sent at most."""

    def __init__(self, address: str, timeout_seconds: float, most: int) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._most = most

    def scan(self, content: bytes) -> str:
        if len(content) > self._most:
            raise OutsideUnavailable(f"the scanner takes {self._most} bytes at most")
        until = time.monotonic() + self._timeout_seconds
        try:
            with self._connected(until) as connection:
                _send(connection, content, until)
                answer = _answer(connection, until)
        except OSError as problem:
            raise OutsideUnavailable(f"clamd: {type(problem).__name__}: {problem}") from problem
        if answer == "stream: OK":
            return ""
        if found := _FOUND.fullmatch(answer):
            return found[1]
        raise OutsideUnavailable(f"clamd answered {answer[:200]!r}")

    def _connected(self, until: float) -> socket.socket:
        host, colon, port = self._address.rpartition(":")
        if "/" not in self._address and colon and port.isdecimal():
            return socket.create_connection((host.strip("[]"), int(port)), timeout=_left(until))
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(_left(until))
            connection.connect(str(Path(self._address)))
        except OSError:
            connection.close()
            raise
        return connection


def scanner(settings: Settings) -> Scanner | None:
    """The scanner that the settings name; None when nobody looks."""
    if not settings.clamd_address:
        return None
    return ClamdScanner(settings.clamd_address, settings.clamd_timeout_s, settings.attachment_mb * 1024 * 1024)


def _send(connection: socket.socket, content: bytes, until: float) -> None:
    try:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK]
            connection.settimeout(_left(until))
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        return  # it may have answered before it closed: its own size limit


def _answer(connection: socket.socket, until: float) -> str:
    """What it says up to the NUL. Raises OSError when that does not come in time, or is longer than any answer."""
    said = b""
    while b"\0" not in said:
        if len(said) > _ANSWER_MOST:
            raise OSError("the answer has no end")
        connection.settimeout(_left(until))
        more = connection.recv(1024)
        if not more:
            raise OSError("closed before the answer was whole")
        said += more
    return said.partition(b"\0")[0].decode("utf-8", "replace")


def _left(until: float) -> float:
    """Seconds that are left. Raises TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left
