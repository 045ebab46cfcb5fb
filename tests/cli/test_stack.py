"""Parts that run together, as journeys and fault campaigns use them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx
import psutil
import pytest

from cli.ports import free_ports, is_free
from cli.stack import PartDied, Stack
from infra.parts.unprivileged import staged
from infra.settings import PORTS, read_settings


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(parts=("temporal", "s3", "sms")) as running:
        yield running


def test_only_the_parts_that_were_asked_for_run(stack: Stack) -> None:
    assert stack.parts == ("temporal", "s3", "sms")
    assert not stack.is_running("courier")
    assert httpx.get(stack.urls["sms"]).status_code == 200
    assert httpx.get(stack.urls["temporal-ui"]).status_code == 200


def test_a_killed_part_is_gone_at_once_and_comes_back_with_its_data(stack: Stack) -> None:
    httpx.post(f"{stack.urls['sms']}/messages", json={"key": "k1", "phone": "13800138000", "text": "hello"}).raise_for_status()
    stack.kill("sms")
    assert not stack.is_running("sms")
    with pytest.raises(httpx.ConnectError):
        httpx.get(stack.urls["sms"])
    stack.start("sms")
    assert "hello" in httpx.get(f"{stack.urls['sms']}/messages").text


def test_a_held_part_answers_nothing_until_it_goes_on(stack: Stack) -> None:
    stack.pause("sms")
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(stack.urls["sms"], timeout=0.5)
    stack.resume("sms")
    assert httpx.get(stack.urls["sms"], timeout=10).status_code == 200


def test_the_s3_server_has_no_rights_of_root(stack: Stack) -> None:
    assert 0 not in cast(tuple[int, ...], psutil.Process(stack.pid("s3")).uids())


async def test_the_namespace_keeps_closed_lives_for_ninety_days(stack: Stack) -> None:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.client import Client

    client = await Client.connect(stack.urls["temporal"])
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=stack.settings.temporal_namespace))
    assert answer.config.workflow_execution_retention_ttl.ToTimedelta().days == 90


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log_and_nothing_stays() -> None:
    stack = Stack(parts=("s3", "sms"))
    try:
        with Stack(parts=("sms",)) as other:
            stack.settings.sms_port = other.settings.sms_port
            with pytest.raises(PartDied, match=r"(?s)sms ended at its start, exit code \d.*[Aa]ddress already in use"):
                stack.start_all()
        assert not stack.is_running("s3")
    finally:
        stack.close()
    assert not stack.settings.data_dir.exists()


async def test_after_the_end_no_process_and_no_folder_is_left() -> None:
    async with Stack(parts=("s3", "sms")) as stack:
        config = stack.settings
        pids = [stack.pid(name) for name in stack.parts]
        assert all(psutil.pid_exists(pid) for pid in pids)
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert all(is_free(getattr(config, name)) for name in PORTS)
    assert not config.data_dir.exists()


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match="no such parts: printer"):
        Stack(parts=("s3", "printer"))


def test_a_data_folder_may_lie_in_a_closed_one(tmp_path: Path) -> None:
    """Root's home is closed to the unprivileged S3 server; what it needs is then kept where it can get."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    config = read_settings(data_dir=closed / "two words", **ports)
    stack = Stack(parts=("s3",), settings=config)
    try:
        stack.start_all()
        assert httpx.get(stack.urls["s3"]).status_code == 403
    finally:
        stack.close()
        shutil.rmtree(staged(config.data_dir), ignore_errors=True)
