"""The audit's anchors on a real versitygw: a day's first one stays, whatever is put over it."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from domain.audit import ChainHead
from domain.ports import OutsideUnavailable
from infra.anchors import PREFIX, S3Anchors
from infra.store import prepare_bucket
from tests.infra.s3 import S3Server, free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
HEADS = (ChainHead(0, 7, "a" * 64), ChainHead(3, 2, "b" * 64))
BUCKET = "anchored"


@pytest.fixture
def anchors(s3_client: "S3Client") -> S3Anchors:
    prepare_bucket(s3_client, BUCKET)
    for version in s3_client.list_object_versions(Bucket=BUCKET, Prefix=PREFIX).get("Versions", []):
        s3_client.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"], BypassGovernanceRetention=True)
    for marker in s3_client.list_object_versions(Bucket=BUCKET, Prefix=PREFIX).get("DeleteMarkers", []):
        s3_client.delete_object(Bucket=BUCKET, Key=marker["Key"], VersionId=marker["VersionId"])
    return S3Anchors(s3_client, BUCKET, 1, "GOVERNANCE")


def test_the_newest_day_counts_and_none_of_the_future(anchors: S3Anchors) -> None:
    assert anchors.newest(SATURDAY) == {}
    anchors.keep(FRIDAY, HEADS)
    anchors.keep(SATURDAY, HEADS[:1])
    assert anchors.newest(SATURDAY) == {0: HEADS[0]}
    assert anchors.newest(FRIDAY) == {head.tenant: head for head in HEADS}


def test_the_first_of_a_day_stays(anchors: S3Anchors, s3_client: "S3Client") -> None:
    anchors.keep(FRIDAY, HEADS)
    anchors.keep(FRIDAY, ())
    assert len(anchors.newest(FRIDAY)) == 2
    key = f"{PREFIX}{FRIDAY}.json"
    s3_client.put_object(Bucket=BUCKET, Key=key, Body=b'{"heads": []}')
    s3_client.delete_object(Bucket=BUCKET, Key=key)
    assert len(anchors.newest(FRIDAY)) == 2


def test_it_is_locked(anchors: S3Anchors, s3_client: "S3Client") -> None:
    anchors.keep(FRIDAY, HEADS)
    [version] = s3_client.list_object_versions(Bucket=BUCKET, Prefix=PREFIX)["Versions"]
    lock = s3_client.get_object_retention(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])["Retention"]
    assert lock["RetainUntilDate"] > datetime.now(UTC) + timedelta(hours=23)
    with pytest.raises(ClientError):
        s3_client.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])


def test_a_store_that_is_away_or_holds_no_anchor_is_a_doubt(anchors: S3Anchors, s3: S3Server, s3_client: "S3Client") -> None:
    s3_client.put_object(Bucket=BUCKET, Key=f"{PREFIX}{FRIDAY}.json", Body=b"[]")
    with pytest.raises(OutsideUnavailable, match="no anchor"):
        anchors.newest(FRIDAY)
    nobody = S3Server(s3.folder)
    nobody.port = free_port()
    away = S3Anchors(nobody.client(timeout_seconds=1), BUCKET, 1)
    with pytest.raises(OutsideUnavailable):
        away.newest(FRIDAY)
    with pytest.raises(OutsideUnavailable):
        away.keep(FRIDAY, HEADS)
