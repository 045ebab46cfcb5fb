"""The virus scanner: against a simulator of clamd over TCP, and every way in which one can fail to answer."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import Refusal
from domain.files import checked_file
from domain.ports import OutsideUnavailable
from infra.attachments import put_files
from infra.scanner import ClamdScanner, scanner
from infra.settings import Settings
from simulators.clamd import EICAR, SIGNATURE, Clamd
from tests.fakes import FakeAttachments
from tests.infra.s3 import free_port
from tests.infra.test_attachments import picture

MEGABYTE = 1024 * 1024


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    server = Clamd()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def scanner_at(server: Clamd, timeout: float = 5.0, most: int = MEGABYTE) -> ClamdScanner:
    return ClamdScanner(f"127.0.0.1:{server.server_address[1]}", timeout, most)


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000])
def test_a_file_of_any_size_comes_whole_and_is_clean(clamd: Clamd, size: int) -> None:
    assert scanner_at(clamd).scan(b"x" * size) == ""
    assert clamd.seen == [size]


def test_the_test_virus_is_found_wherever_it_stands(clamd: Clamd) -> None:
    for before in (0, 64 * 1024 - 30, 200_000):  # also where two chunks meet
        assert scanner_at(clamd).scan(b"x" * before + EICAR + b"y") == SIGNATURE


@pytest.mark.parametrize("fault", ["silent", "garbage", "cut", "small"])
def test_any_other_answer_and_none_is_a_doubt(clamd: Clamd, fault: str) -> None:
    clamd.fault = fault
    with pytest.raises(OutsideUnavailable):
        scanner_at(clamd, timeout=0.3).scan(EICAR + b"x" * 100_000)


def test_nobody_there_and_a_file_above_the_limit_are_a_doubt(clamd: Clamd) -> None:
    with pytest.raises(OutsideUnavailable):
        ClamdScanner(f"127.0.0.1:{free_port()}", 1, 100).scan(b"x")
    with pytest.raises(OutsideUnavailable):
        ClamdScanner("/nowhere/clamd.sock", 1, 100).scan(b"x")
    with pytest.raises(OutsideUnavailable, match="at most"):
        scanner_at(clamd, most=10).scan(b"x" * 11)
    assert clamd.seen == []


def test_a_local_socket_is_spoken_to_as_well(tmp_path: Path) -> None:
    path = tmp_path / "clamd.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.recv(1000)
                connection.sendall(b"stream: OK\0")

        thread = threading.Thread(target=answer)
        thread.start()
        assert ClamdScanner(str(path), 5, 100).scan(b"x") == ""
        thread.join()


def test_f28_an_infected_file_is_refused_and_nothing_of_its_message_is_kept(clamd: Clamd) -> None:
    store = FakeAttachments()
    files = [checked_file(picture(1), "a.png"), checked_file(picture(2) + EICAR, "b.png")]
    with pytest.raises(Refusal) as refused:
        put_files(store, files, scanner=scanner_at(clamd))
    [problem] = refused.value.problems
    assert (problem.field, problem.code, problem.params) == ("file", "attachment-infected", {"name": "b.png", "found": SIGNATURE})
    assert store.files == {}


def test_without_an_answer_nothing_is_kept(clamd: Clamd) -> None:
    clamd.fault = "garbage"
    store = FakeAttachments()
    with pytest.raises(OutsideUnavailable):
        put_files(store, [checked_file(picture(1), "a.png")], scanner=scanner_at(clamd))
    assert store.files == {}


def test_without_a_setting_nobody_looks() -> None:
    assert scanner(Settings()) is None
    assert scanner(Settings(clamd_address="127.0.0.1:3310")) is not None
