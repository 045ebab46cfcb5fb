"""The supervisor of `make run`, as a process of its own, with a few of the parts."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.leftovers import end_leftovers
from cli.ports import free_ports, is_free
from cli.run import taken_ports
from cli.stack_parts import ALL, parts_to_run
from infra.parts.unprivileged import staged
from infra.settings import CHECKOUT, PORTS, Settings, read_settings


class Supervisor:
    """`kaipiao run` with S3 and SMS, on free ports."""

    def __init__(self, data_dir: Path) -> None:
        ports = free_ports(len(PORTS))
        self.given = dict(zip(PORTS, ports, strict=True))
        self.settings = read_settings(data_dir=data_dir, **self.given)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "subprocess.Popen[str]":
        environment = {**os.environ, **self.settings.environment(), "KAIPIAO_RUN_PARTS": "s3,sms"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "run"],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.process

    def read_until(self, text: str) -> str:
        """What it says up to the line with `text`; all it says when that line never comes."""
        assert self.process is not None
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if text in line:
                return said
        raise AssertionError(f"it never said {text!r}, but:\n{said}")

    def parts(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children()

    def rest(self) -> str:
        """What it says until its end."""
        assert self.process is not None
        return self.process.communicate(timeout=60)[0]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    data_dir = tmp_path / "two words"
    running = Supervisor(data_dir)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.kill()
        running.process.wait()
    end_leftovers(data_dir)
    shutil.rmtree(staged(data_dir), ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_part(supervisor: Supervisor, number: signal.Signals) -> None:
    process = supervisor.start()
    supervisor.read_until("Ctrl-C stops everything")
    parts = supervisor.parts()
    assert len(parts) == 2
    process.send_signal(number)
    assert "Stopped" in supervisor.rest()
    assert process.returncode == 0
    assert not any(part.is_running() for part in parts)


def test_a_signal_during_the_start_stops_what_was_started(supervisor: Supervisor) -> None:
    process = supervisor.start()
    supervisor.read_until("Kaipiao 开票 starts")
    process.send_signal(signal.SIGINT)
    assert "Ctrl-C stops everything" not in supervisor.rest()
    assert process.returncode == 0
    assert all(is_free(port) for port in supervisor.given.values())


def test_a_run_after_a_killed_one_stops_what_it_left_and_starts(supervisor: Supervisor) -> None:
    first = supervisor.start()
    supervisor.read_until("Ctrl-C stops everything")
    left = supervisor.parts()
    first.kill()
    first.wait()
    assert all(part.is_running() for part in left)
    second = supervisor.start()
    assert "Stopped 2 processes that an earlier run had left behind" in supervisor.read_until("Ctrl-C stops everything")
    assert not any(part.is_running() and part.status() != psutil.STATUS_ZOMBIE for part in left)
    second.send_signal(signal.SIGINT)
    supervisor.rest()


def test_a_second_run_on_the_same_data_is_told_so(supervisor: Supervisor) -> None:
    first = supervisor.start()
    supervisor.read_until("Ctrl-C stops everything")
    second = supervisor.start()
    said = supervisor.rest()
    assert second.returncode == 1
    assert f"pid {first.pid}" in said
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)


def test_a_taken_port_is_named_with_its_holder_and_nothing_is_started(supervisor: Supervisor) -> None:
    port = supervisor.settings.sms_port
    with socket.create_server(("127.0.0.1", port)):
        process = supervisor.start()
        said = supervisor.rest()
    assert process.returncode == 1
    assert f"Port {port} for sms is taken by pid {os.getpid()}: " in said
    assert "KAIPIAO_SMS_PORT" in said
    assert "Nothing was started" in said
    assert "s3" not in said


def test_a_part_that_dies_is_started_again(supervisor: Supervisor) -> None:
    process = supervisor.start()
    supervisor.read_until("Ctrl-C stops everything")
    before = {part.pid for part in supervisor.parts()}
    (sms,) = (part for part in supervisor.parts() if "sms" in part.cmdline())
    sms.kill()
    supervisor.read_until("sms ended with exit code -9; it is started again in 1 s")
    supervisor.read_until("up after")
    after = {part.pid for part in supervisor.parts()}
    assert len(after) == 2
    assert len(after & before) == 1
    process.send_signal(signal.SIGINT)
    supervisor.rest()


def test_a_part_that_is_elsewhere_is_not_started(tmp_path: Path) -> None:
    config = Settings(data_dir=tmp_path, s3_endpoint="https://s3.example", smtp_host="smtp.example")
    assert set(ALL) - set(parts_to_run(config)) == {"s3", "mail"}


def test_only_ports_of_parts_that_shall_run_count_as_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = Settings(data_dir=tmp_path, s3_port=server.getsockname()[1])
        assert any("for s3" in line for line in taken_ports(config, ["s3"]))
        assert taken_ports(config, []) == []


def test_the_start_is_quick_enough_to_be_used_all_day(supervisor: Supervisor) -> None:
    """The promise is 15 s for a whole second start; these two parts are a small share of it."""
    began = time.monotonic()
    process = supervisor.start()
    supervisor.read_until("Ctrl-C stops everything")
    assert time.monotonic() - began < 15
    process.send_signal(signal.SIGINT)
    supervisor.rest()
