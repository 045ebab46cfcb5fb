"""The inbox on a real S3 server: read by key, bounded, never changed."""

from typing import TYPE_CHECKING

import pytest

from domain.ports import InboxFileTooLarge, NotInInbox, OutsideUnavailable
from infra.inbox import S3Inbox
from infra.store import prepare_plain_bucket, s3_client
from tests.infra.s3 import free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture
def inbox(s3_client: "S3Client") -> S3Inbox:
    prepare_plain_bucket(s3_client, "inbox")
    s3_client.put_object(Bucket="inbox", Key="focus/2026-10.csv", Body=b"0123456789")
    return S3Inbox(s3_client, "inbox")


def test_a_file_is_read_by_its_key_and_stays(inbox: S3Inbox) -> None:
    assert inbox.read("focus/2026-10.csv", 10) == b"0123456789"
    assert inbox.read("focus/2026-10.csv", 10) == b"0123456789"


def test_no_more_than_the_limit_is_read(inbox: S3Inbox) -> None:
    with pytest.raises(InboxFileTooLarge):
        inbox.read("focus/2026-10.csv", 9)


@pytest.mark.parametrize("key", ["focus/2026-11.csv", "focus", "../documents/x", "x" * 200, "开" * 400, "a//b", "/focus/2026-10.csv"])
def test_what_is_not_there_is_said(inbox: S3Inbox, key: str) -> None:
    with pytest.raises(NotInInbox):
        inbox.read(key, 10)


def test_a_bucket_that_is_not_there_holds_nothing(inbox: S3Inbox) -> None:
    with pytest.raises(NotInInbox):
        S3Inbox(inbox.client, "no-such-bucket").read("x", 10)


def test_a_server_that_is_down_is_told_apart() -> None:
    client = s3_client(f"http://127.0.0.1:{free_port()}", "us-east-1", "a", "b", timeout_seconds=1)
    with pytest.raises(OutsideUnavailable):
        S3Inbox(client, "inbox").read("x", 10)
