"""Documents in S3: named by the hash of their bytes, locked against deletion, read back before they count as stored."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from domain.ports import OutsideUnavailable, StoredDocument

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LockMode = Literal["COMPLIANCE", "GOVERNANCE"]

EXTENSIONS = {
    "application/pdf": "pdf",
    "application/xml": "xml",
    "application/ofd": "ofd",
    "application/json": "json",
    "application/zip": "zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/csv": "csv",
    "image/png": "png",
    "image/jpeg": "jpg",
}
MISSING = ("404", "NoSuchKey", "NotFound", "NoSuchVersion", "MethodNotAllowed", "405")
"""What S3 servers say of a key that is not there; 405 is a delete marker asked for by its version."""


_ATTACHMENTS = "attachments/"


class BucketNotLocked(Exception):
    """The bucket exists without object lock, which cannot be switched on safely afterwards: use another bucket."""


def s3_client(endpoint: str, region: str, access_key: str, secret_key: str, timeout_seconds: float = 10.0) -> "S3Client":
    """A client for `S3Documents`; safe to use from many threads.

    Two attempts at most: a put is conditional, so a repeat after a lost answer finds the object of the first.
    """
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        retries={"mode": "standard", "total_max_attempts": 2},
        connect_timeout=timeout_seconds,
        read_timeout=timeout_seconds,
        max_pool_connections=32,
        proxies={},
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )


def prepare_bucket(client: "S3Client", bucket: str) -> None:
    """Make the bucket with object lock, unless it is there. Raises BucketNotLocked, or OutsideUnavailable."""
    with clear_errors():
        region = client.meta.region_name
        place: dict[str, Any] = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True, **place)
        except ClientError as problem:
            if error_code(problem) not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise
        try:
            found = client.get_object_lock_configuration(Bucket=bucket).get("ObjectLockConfiguration", {})
        except ClientError as problem:
            if error_code(problem) != "ObjectLockConfigurationNotFoundError":
                raise
            found = {}
        if found.get("ObjectLockEnabled") != "Enabled":
            raise BucketNotLocked(bucket)


def prepare_plain_bucket(client: "S3Client", bucket: str) -> None:
    """Make a bucket without lock and versions, where removed means gone, unless it is there. Raises OutsideUnavailable."""
    with clear_errors():
        region = client.meta.region_name
        place: dict[str, Any] = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            client.create_bucket(Bucket=bucket, **place)
        except ClientError as problem:
            if error_code(problem) not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise


class S3Attachments:
    """Implements `domain.ports.AttachmentStore`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self.client = client
        self.bucket = bucket

    def put(self, content: bytes, media_type: str) -> str:
        """Raises OutsideUnavailable."""
        sha256 = hashlib.sha256(content).hexdigest()
        with clear_errors():
            self.client.put_object(
                Bucket=self.bucket, Key=attachment_key(sha256), Body=content, ContentType=media_type, ChecksumAlgorithm="SHA256"
            )
        return sha256

    def read(self, sha256: str) -> bytes:
        """Raises OutsideUnavailable, also when the bytes are not those of the hash."""
        with clear_errors():
            content = self.client.get_object(Bucket=self.bucket, Key=attachment_key(sha256))["Body"].read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise OutsideUnavailable(f"attachment {sha256} is altered")
        return content

    def remove(self, sha256: str) -> None:
        """Raises OutsideUnavailable."""
        with clear_errors():
            self.client.delete_object(Bucket=self.bucket, Key=attachment_key(sha256))

    def listed(self, after: str, most: int) -> list[tuple[str, datetime]]:
        """Raises OutsideUnavailable."""
        start = attachment_key(after) if after else _ATTACHMENTS
        with clear_errors():
            page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=_ATTACHMENTS, StartAfter=start, MaxKeys=most)
        return [(item["Key"].rpartition("/")[2], item["LastModified"]) for item in page.get("Contents", [])]

    def put_at(self, sha256: str) -> datetime | None:
        """Raises OutsideUnavailable."""
        with clear_errors():
            try:
                return self.client.head_object(Bucket=self.bucket, Key=attachment_key(sha256))["LastModified"]
            except ClientError as problem:
                if error_code(problem) in MISSING:
                    return None
                raise


def attachment_key(sha256: str) -> str:
    """`attachments/<first two>/<hash>`."""
    return f"{_ATTACHMENTS}{sha256[:2]}/{sha256}"


class S3Documents:
    """Implements `domain.ports.Documents`. `retention_days` is how long a new document is locked."""

    def __init__(self, client: "S3Client", bucket: str, retention_days: int, lock_mode: LockMode = "COMPLIANCE") -> None:
        self.client = client
        self.bucket = bucket
        self.retention_days = retention_days
        self.lock_mode: LockMode = lock_mode

    def store(self, content: bytes, media_type: str) -> StoredDocument:
        """Write once and read back; the same bytes again write nothing and give the first version.

        Raises OutsideUnavailable, ValueError for a media type that has no extension here.
        """
        digest = hashlib.sha256(content)
        key = document_key(digest.hexdigest(), media_type)
        with clear_errors():
            if not self._put(key, content, media_type) and self._matching_version(key, digest.hexdigest()) is None:
                raise OutsideUnavailable(f"{key} holds other bytes than its name says, in every version")
            return self._verified(key, digest.hexdigest(), media_type)

    def read(self, sha256: str, media_type: str) -> bytes:
        """The bytes, checked against their hash; an overwritten or deleted document is found in its older version.

        Raises OutsideUnavailable when no version has these bytes.
        """
        key = document_key(sha256, media_type)
        with clear_errors():
            found = self._current(key, sha256) or self._matching_version(key, sha256)
        if found is None:
            raise OutsideUnavailable(f"{key} is missing or altered")
        return found[1]

    def _put(self, key: str, content: bytes, media_type: str) -> bool:
        """Whether it was written; False when the key is taken already."""
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentType=media_type,
                ChecksumAlgorithm="SHA256",
                ObjectLockMode=self.lock_mode,
                ObjectLockRetainUntilDate=self._retain_until(),
                IfNoneMatch="*",
            )
        except ClientError as problem:
            if error_code(problem) in ("PreconditionFailed", "412"):
                return False
            raise
        return True

    def _verified(self, key: str, sha256: str, media_type: str) -> StoredDocument:
        found = self._current(key, sha256) or self._matching_version(key, sha256)
        if found is None:
            raise OutsideUnavailable(f"{key} differs from what was just stored")
        version_id, content = found
        locked_until = self._locked_until(key, version_id)
        if locked_until is None:  # somebody else put these bytes there without a lock
            retention: Any = {"Mode": self.lock_mode, "RetainUntilDate": self._retain_until()}
            self.client.put_object_retention(Bucket=self.bucket, Key=key, VersionId=version_id, Retention=retention)
            locked_until = self._locked_until(key, version_id)
        if locked_until is None:
            raise OutsideUnavailable(f"{key} is not locked")
        return StoredDocument(sha256, key, len(content), version_id, media_type, locked_until)

    def _locked_until(self, key: str, version_id: str) -> datetime | None:
        """Asked by its own call: versitygw leaves the lock out of the head of a version that is not the newest."""
        try:
            found = self.client.get_object_retention(Bucket=self.bucket, Key=key, VersionId=version_id)
        except ClientError as problem:
            if error_code(problem) == "NoSuchObjectLockConfiguration":
                return None
            raise
        until = found["Retention"].get("RetainUntilDate")
        return until.astimezone(UTC) if until else None

    def _retain_until(self) -> datetime:
        """Whole seconds, because some servers compare retention times as text."""
        return datetime.now(UTC).replace(microsecond=0) + timedelta(days=self.retention_days)

    def _current(self, key: str, sha256: str) -> tuple[str, bytes] | None:
        """Version and bytes of the newest version, or None when it is gone or its bytes are others."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as problem:
            if error_code(problem) in MISSING:
                return None
            raise
        content = answer["Body"].read()
        return (answer.get("VersionId", "null"), content) if hashlib.sha256(content).hexdigest() == sha256 else None

    def _matching_version(self, key: str, sha256: str) -> tuple[str, bytes] | None:
        """The oldest version with these bytes: somebody may have put another object, or a delete marker, over it."""
        versions: list[tuple[datetime, str]] = []
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=key):
            versions += [(item["LastModified"], item["VersionId"]) for item in page.get("Versions", []) if item["Key"] == key]
        for _, version_id in sorted(versions):
            content = self.client.get_object(Bucket=self.bucket, Key=key, VersionId=version_id)["Body"].read()
            if hashlib.sha256(content).hexdigest() == sha256:
                return version_id, content
        return None


def document_key(sha256: str, media_type: str) -> str:
    """`documents/<first two>/<hash>.<extension>`. Raises ValueError for an unknown media type."""
    extension = EXTENSIONS.get(media_type)
    if extension is None:
        raise ValueError(f"no extension for {media_type!r}")
    return f"documents/{sha256[:2]}/{sha256}.{extension}"


def error_code(problem: ClientError) -> str:
    return str(problem.response.get("Error", {}).get("Code", ""))


@contextmanager
def clear_errors() -> Iterator[None]:
    """Every error of the store as OutsideUnavailable: storing is safe to repeat."""
    try:
        yield
    except ClientError as problem:
        raise OutsideUnavailable(f"S3: {error_code(problem)}: {problem}") from problem
    except (BotoCoreError, HTTPClientError, OSError) as problem:
        raise OutsideUnavailable(f"S3: {type(problem).__name__}: {problem}") from problem
