"""Figures and what breaks connections."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.campaigns.figures import Figure, report
from tests.campaigns.proxy import Proxy
from tests.campaigns.rounds import Sides


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (Figure("cells", 38, 38, "at-least"), "figure: cells 38 goal >=38 ok"),
        (Figure("cells", 37, 38, "at-least"), "figure: cells 37 goal >=38 short"),
        (Figure("ratio", 3.999, 4, "at-most"), "figure: ratio 4 goal <=4 ok"),
        (Figure("ratio", 4.01, 4, "at-most"), "figure: ratio 4.01 goal <=4 short"),
    ],
)
def test_a_figure_says_whether_its_goal_is_met(figure: Figure, line: str) -> None:
    assert figure.line() == line


def test_one_short_figure_fails_the_run_and_so_does_having_none(capsys: pytest.CaptureFixture[str]) -> None:
    fine, short = Figure("a", 1, 1, "at-least"), Figure("b", 0, 1, "at-least")
    assert (report([fine]), report([fine, short]), report([])) == (0, 1, 1)
    assert capsys.readouterr().out.splitlines()[-1] == short.line()


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    assert Sides([1, 4, 9], [1, 2, 1]).ratio == 2


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Proxy(server.server_address[1]) as made:
            yield made
        server.shutdown()


def connected(proxy: Proxy) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
    made.sendall(b"hello\n")
    assert made.recv(100) == b"hello\n"
    return made


def what_comes(connection: socket.socket) -> bytes:
    """Until the other side has closed, in whichever way."""
    try:
        return connection.recv(100)
    except ConnectionResetError:
        return b""


def test_what_is_held_passes_after_the_release(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        proxy.hold(answers=True)
        connection.sendall(b"held\n")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(100)
        proxy.release()
        connection.settimeout(5)
        assert connection.recv(100) == b"held\n"


def test_a_cut_drops_what_is_held_and_takes_new_connections(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        proxy.hold(requests=True)
        connection.sendall(b"lost\n")
        proxy.cut()
        assert what_comes(connection) == b""
    proxy.release()
    connected(proxy).close()


def test_a_refusing_proxy_takes_no_connection(proxy: Proxy) -> None:
    proxy.refuse(True)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
        assert what_comes(connection) == b""
    proxy.refuse(False)
    connected(proxy).close()
