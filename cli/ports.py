"""Ports of this machine: which are free, and who holds the others."""

import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

# Below the range that the system hands out to outgoing connections, one of which could take the port
# between our look and the part's start.
_FREE_RANGE = range(10_000, 32_000)


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that listens on a port; pid None when the system does not tell us (another user's)."""

    pid: int | None
    command: str


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """So many different free ports, drawn at random so that parallel tests rarely draw the same."""
    drawn: list[int] = []
    for port in random.sample(_FREE_RANGE, len(_FREE_RANGE)):
        if is_free(port):
            drawn.append(port)
            if len(drawn) == count:
                return drawn
    raise OSError(f"there are no {count} free ports from {_FREE_RANGE.start} to {_FREE_RANGE.stop}")


def holder_of(port: int) -> Holder:
    """Who listens on a port that is not free."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            if connection.pid is None:
                break
            return Holder(connection.pid, _command_of(connection.pid))
    return Holder(None, "a process of another user")


def listens_itself(pid: int, ports: Iterable[int]) -> bool:
    """Whether the process, with its children, is the one that listens on all of these ports."""
    try:
        leader = psutil.Process(pid)
        own = [connection for process in (leader, *leader.children(recursive=True)) for connection in process.net_connections(kind="tcp")]
    except psutil.Error:
        return False
    return set(ports) <= {connection.laddr.port for connection in own if connection.status == psutil.CONN_LISTEN}


def _command_of(pid: int) -> str:
    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return "?"
    text = " ".join(words)
    return text if len(text) <= 100 else text[:97] + "..."
