"""The audit's anchors in the object store: one file a day, under a key that needs no row to be found, locked like the documents."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from domain.audit import ChainHead, Marks
from domain.ports import OutsideUnavailable
from infra.store import LockMode, clear_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "audit-anchors/"
_KEY = re.compile(re.escape(PREFIX) + r"(\d{4}-\d{2}-\d{2})\.json")


class S3Anchors:
    """Implements `domain.audit.AuditAnchors` in the documents' bucket, which has versions and object lock."""

    def __init__(self, client: "S3Client", bucket: str, retention_days: int, lock_mode: LockMode = "COMPLIANCE") -> None:
        self._client = client
        self._bucket = bucket
        self._retention_days = retention_days
        self._lock_mode: LockMode = lock_mode

    def newest(self, today: date) -> Marks:
        """The oldest version of the last day's file: what somebody put over or in front of it later counts for nothing."""
        with clear_errors():
            versions: dict[str, list[tuple[datetime, str]]] = {}
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=PREFIX):
                for item in page.get("Versions", []):
                    day = _KEY.fullmatch(item["Key"])
                    if day and day[1] <= today.isoformat():
                        versions.setdefault(item["Key"], []).append((item["LastModified"], item["VersionId"]))
            if not versions:
                return {}
            key = max(versions)
            _, version = min(versions[key])
            content = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version)["Body"].read()
        try:
            heads = [ChainHead(int(tenant), int(position), str(digest)) for tenant, position, digest in json.loads(content)["heads"]]
        except (ValueError, KeyError, TypeError) as error:
            raise OutsideUnavailable(f"{key} is no anchor") from error
        return {head.tenant: head for head in heads}

    def keep(self, day: date, heads: Sequence[ChainHead]) -> None:
        content = json.dumps({"day": day.isoformat(), "heads": [[head.tenant, head.position, head.hash] for head in heads]}).encode()
        with clear_errors():
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=f"{PREFIX}{day.isoformat()}.json",
                    Body=content,
                    ContentType="application/json",
                    ChecksumAlgorithm="SHA256",
                    ObjectLockMode=self._lock_mode,
                    ObjectLockRetainUntilDate=datetime.now(UTC).replace(microsecond=0) + timedelta(days=self._retention_days),
                    IfNoneMatch="*",
                )
            except ClientError as problem:
                if error_code(problem) not in ("PreconditionFailed", "412"):
                    raise
