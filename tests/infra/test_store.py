"""Documents on a real versitygw: written once, locked, read back."""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from domain.ports import OutsideUnavailable
from infra.store import BucketNotLocked, S3Documents, document_key, prepare_bucket
from tests.infra.s3 import S3Server, free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PDF = "application/pdf"


@pytest.fixture
def documents(s3_client: "S3Client") -> S3Documents:
    return S3Documents(s3_client, "documents", retention_days=30)


@pytest.fixture
def own_s3(tmp_path: Path) -> Iterator[S3Server]:
    server = S3Server(tmp_path).start()
    yield server
    server.stop()


def versions(client: "S3Client", key: str) -> int:
    return len(client.list_object_versions(Bucket="documents", Prefix=key).get("Versions", []))


def test_a_document_is_named_by_its_hash_and_locked(documents: S3Documents) -> None:
    content = os.urandom(60_000)
    before = datetime.now(UTC)
    stored = documents.store(content, PDF)
    sha256 = hashlib.sha256(content).hexdigest()
    assert (stored.sha256, stored.key, stored.size) == (sha256, f"documents/{sha256[:2]}/{sha256}.pdf", 60_000)
    assert timedelta(seconds=-1) <= stored.locked_until - before - timedelta(days=30) <= timedelta(seconds=30)
    assert documents.read(sha256, PDF) == content


def test_the_same_bytes_again_write_nothing(documents: S3Documents) -> None:
    content = os.urandom(100)
    first = documents.store(content, PDF)
    assert documents.store(content, PDF) == first
    assert versions(documents.client, first.key) == 1


def test_the_same_bytes_at_the_same_moment_are_one_version(documents: S3Documents) -> None:
    content = os.urandom(100_000)
    with ThreadPoolExecutor(12) as pool:
        stored = set(pool.map(lambda _: documents.store(content, PDF), range(12)))
    assert len(stored) == 1
    assert versions(documents.client, document_key(hashlib.sha256(content).hexdigest(), PDF)) == 1


Attack = Callable[["S3Client", str, str], Any]
TOMORROW: Any = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
ATTACKS: dict[str, Attack] = {
    "delete": lambda client, key, version: client.delete_object(Bucket="documents", Key=key, VersionId=version),
    "delete with bypass": lambda client, key, version: client.delete_object(
        Bucket="documents", Key=key, VersionId=version, BypassGovernanceRetention=True
    ),
    "shorten": lambda client, key, version: client.put_object_retention(
        Bucket="documents", Key=key, VersionId=version, Retention=TOMORROW, BypassGovernanceRetention=True
    ),
    "overwrite": lambda client, key, version: client.put_object(Bucket="documents", Key=key, Body=b"other", IfNoneMatch="*"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_locked_version_cannot_be_removed_before_its_time(documents: S3Documents, attack: Attack) -> None:
    content = os.urandom(100)
    stored = documents.store(content, PDF)
    with pytest.raises(ClientError) as refusal:
        attack(documents.client, stored.key, stored.version_id)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 412)
    assert documents.store(content, PDF) == stored


def test_an_overwritten_or_deleted_document_is_found_in_its_locked_version(documents: S3Documents) -> None:
    content = os.urandom(100)
    stored = documents.store(content, PDF)
    documents.client.put_object(Bucket="documents", Key=stored.key, Body=b"something else")
    assert documents.read(stored.sha256, PDF) == content
    assert documents.store(content, PDF) == stored
    documents.client.delete_object(Bucket="documents", Key=stored.key)
    assert documents.read(stored.sha256, PDF) == content
    assert documents.store(content, PDF) == stored


def test_bytes_that_somebody_left_without_a_lock_are_locked(documents: S3Documents) -> None:
    content = os.urandom(100)
    sha256 = hashlib.sha256(content).hexdigest()
    documents.client.put_object(Bucket="documents", Key=document_key(sha256, PDF), Body=content)
    stored = documents.store(content, PDF)
    assert stored.locked_until > datetime.now(UTC) + timedelta(days=29)
    with pytest.raises(ClientError, match="AccessDenied"):
        documents.client.delete_object(Bucket="documents", Key=stored.key, VersionId=stored.version_id)


def test_a_key_with_other_bytes_in_every_version_is_a_doubt(documents: S3Documents) -> None:
    content = os.urandom(100)
    sha256 = hashlib.sha256(content).hexdigest()
    documents.client.put_object(Bucket="documents", Key=document_key(sha256, PDF), Body=b"forged")
    with pytest.raises(OutsideUnavailable):
        documents.store(content, PDF)
    with pytest.raises(OutsideUnavailable):
        documents.read(sha256, PDF)


def test_a_missing_document_is_a_doubt(documents: S3Documents) -> None:
    with pytest.raises(OutsideUnavailable, match="missing"):
        documents.read("00" * 32, PDF)


def test_an_unknown_media_type_has_no_name(documents: S3Documents) -> None:
    with pytest.raises(ValueError, match="text/html"):
        documents.store(b"<html>", "text/html")


def test_a_bucket_is_prepared_again_without_harm_and_an_unlocked_one_is_refused(s3_client: "S3Client") -> None:
    prepare_bucket(s3_client, "documents")
    s3_client.create_bucket(Bucket="without-lock")
    with pytest.raises(BucketNotLocked, match="without-lock"):
        prepare_bucket(s3_client, "without-lock")


def test_wrong_keys_and_a_missing_server_are_doubts(s3: S3Server, s3_client: "S3Client") -> None:
    with pytest.raises(OutsideUnavailable, match="SignatureDoesNotMatch"):
        S3Documents(s3.client("a wrong secret"), "documents", 30).store(b"x", PDF)
    nobody = S3Server(s3.folder)
    nobody.port = free_port()
    with pytest.raises(OutsideUnavailable):
        S3Documents(nobody.client(timeout_seconds=1), "documents", 30).store(b"x", PDF)


def test_documents_survive_a_kill_of_the_server(own_s3: S3Server) -> None:
    client = own_s3.client(timeout_seconds=2)
    prepare_bucket(client, "documents")
    documents = S3Documents(client, "documents", 30)
    content = os.urandom(1000)
    stored = documents.store(content, PDF)
    own_s3.stop()
    with pytest.raises(OutsideUnavailable):
        documents.read(stored.sha256, PDF)
    own_s3.start()
    assert documents.store(content, PDF) == stored
