"""Fixtures: running simulators, one of each per folder that imports them; faults are cleared around every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.receiver import Receiver
from tests.simulators.running import SECRET, Simulator


@pytest.fixture(scope="session")
def bureau_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running(Simulator("tax-bureau", tmp_path_factory.mktemp("tax bureau")))


@pytest.fixture
def bureau(bureau_process: Simulator) -> Iterator[Simulator]:
    yield from _clean(bureau_process)
    bureau_process.post("/admin/forget", {"on": False})


@pytest.fixture(scope="session")
def courier_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running(Simulator("courier", tmp_path_factory.mktemp("courier"), "--secret", SECRET, "--step-seconds", "0"))


@pytest.fixture
def courier(courier_process: Simulator) -> Iterator[Simulator]:
    yield from _clean(courier_process)


@pytest.fixture(scope="session")
def sms_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running(Simulator("sms", tmp_path_factory.mktemp("sms")))


@pytest.fixture
def sms(sms_process: Simulator) -> Iterator[Simulator]:
    yield from _clean(sms_process)


@pytest.fixture(scope="session")
def mail_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running(Simulator("mail", tmp_path_factory.mktemp("mail")))


@pytest.fixture
def mail(mail_process: Simulator) -> Iterator[Simulator]:
    yield from _clean(mail_process)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def own_bureau(tmp_path: Path) -> Iterator[Simulator]:
    """A tax bureau of the test's own, to kill."""
    yield from _running(Simulator("tax-bureau", tmp_path / "bureau"))


@pytest.fixture
def own_courier(tmp_path: Path) -> Iterator[Simulator]:
    yield from _running(Simulator("courier", tmp_path / "courier", "--secret", SECRET, "--step-seconds", "0"))


@pytest.fixture
def own_mail(tmp_path: Path) -> Iterator[Simulator]:
    yield from _running(Simulator("mail", tmp_path / "mail"))


def _running(simulator: Simulator) -> Iterator[Simulator]:
    try:
        yield simulator.start()
    finally:
        simulator.stop()


def _clean(simulator: Simulator) -> Iterator[Simulator]:
    simulator.clear()
    yield simulator
    simulator.clear()
