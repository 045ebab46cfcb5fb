"""Attachments on a real versitygw, and their rows on a real database."""

import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlalchemy import select

from domain.errors import Refusal
from domain.files import checked_file
from domain.ports import OutsideUnavailable
from infra.attachments import attachment_for, file_limits, forget_unused, keep_attachment
from infra.database import Database, make_engine
from infra.migrations import upgrade
from infra.settings import Settings
from infra.store import S3Attachments, attachment_key, prepare_plain_bucket
from infra.tables import AttachmentRow, EnterpriseRow, UserRow
from tests.infra.s3 import S3Server, free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
PNG = "image/png"


@pytest.fixture
def store(s3_client: "S3Client") -> S3Attachments:
    prepare_plain_bucket(s3_client, "attachments")
    return S3Attachments(s3_client, "attachments")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    address = f"sqlite:///{tmp_path / 'a.db'}"
    upgrade(address)
    made = Database(make_engine(address))
    with made.write() as session:
        session.add(EnterpriseRow(id=1, billing_account_id="b-1", name="北京拾光互动科技有限公司"))
        session.flush()
        session.add(UserRow(id=1, login="lin", password_hash="x", name="林澈", role="customer-master", enterprise_id=1))
    yield made
    made.engine.dispose()


def picture(colour: int) -> bytes:
    target = io.BytesIO()
    Image.new("L", (8, 8), colour).save(target, "PNG")
    return target.getvalue()


def test_what_is_put_is_read_back_and_removed_means_gone(store: S3Attachments) -> None:
    content = os.urandom(60_000)
    sha256 = store.put(content, PNG)
    assert store.put(content, PNG) == sha256
    assert store.read(sha256) == content
    store.remove(sha256)
    store.remove(sha256)
    with pytest.raises(OutsideUnavailable, match="NoSuchKey"):
        store.read(sha256)
    assert store.client.list_object_versions(Bucket="attachments", Prefix=attachment_key(sha256)).get("Versions", []) == []


def test_altered_bytes_are_a_doubt(store: S3Attachments) -> None:
    sha256 = store.put(os.urandom(100), PNG)
    store.client.put_object(Bucket="attachments", Key=attachment_key(sha256), Body=b"other")
    with pytest.raises(OutsideUnavailable, match="altered"):
        store.read(sha256)


def test_the_bucket_is_prepared_again_without_harm(store: S3Attachments) -> None:
    sha256 = store.put(b"kept", PNG)
    prepare_plain_bucket(store.client, "attachments")
    assert store.read(sha256) == b"kept"


def test_a_server_that_is_away_is_a_doubt(s3: S3Server) -> None:
    nobody = S3Server(s3.folder)
    nobody.port = free_port()
    away = S3Attachments(nobody.client(timeout_seconds=1), "attachments")
    for attempt in (lambda: away.put(b"x", PNG), lambda: away.read("00" * 32), lambda: away.remove("00" * 32)):
        with pytest.raises(OutsideUnavailable):
            attempt()


def test_a_file_is_kept_with_its_row(database: Database, store: S3Attachments) -> None:
    file = checked_file(picture(1), "../执照.png")
    kept = keep_attachment(database, store, file, 1, "authentication:RN-1", 1, NOW)
    with database.read() as session:
        row = attachment_for(session, kept)
        assert row is not None
        assert (row.file_name, row.media_type, row.subject, row.enterprise_id, row.uploaded_by) == (
            "执照.png",
            PNG,
            "authentication:RN-1",
            1,
            1,
        )
        content = store.read(row.sha256)
        assert len(content) == row.size
        assert attachment_for(session, kept + 1) is None
    with Image.open(io.BytesIO(content)) as shown:
        assert shown.getpixel((0, 0)) == 1


def test_f26_f27_the_same_file_twice_is_two_rows_on_one_object(database: Database, store: S3Attachments) -> None:
    first, second = (
        keep_attachment(database, store, checked_file(picture(2), "a.png"), 1, f"ticket:KT-1:{number}", 1, NOW) for number in (1, 2)
    )
    assert first != second
    with database.read() as session:
        rows = session.execute(select(AttachmentRow)).scalars().all()
        assert len({row.sha256 for row in rows}) == 1


def test_a_refused_file_leaves_nothing(database: Database, store: S3Attachments) -> None:
    with pytest.raises(Refusal):
        keep_attachment(database, store, checked_file(picture(3)[:50], "a.png"), 1, "ticket:KT-1:1", 1, NOW)
    with database.read() as session:
        assert session.execute(select(AttachmentRow)).scalars().all() == []


def test_bytes_that_no_row_speaks_of_are_forgotten_and_others_stay(database: Database, store: S3Attachments) -> None:
    used, unused = checked_file(picture(4), "a.png"), checked_file(picture(5), "b.png")
    kept = keep_attachment(database, store, used, 1, "ticket:KT-1:1", 1, NOW)
    with database.read() as session:
        row = attachment_for(session, kept)
        assert row is not None
        sha256 = row.sha256
    store.put(unused.content, PNG)
    forget_unused(database, store, [unused.sha256, sha256])
    assert store.read(sha256)
    with pytest.raises(OutsideUnavailable):
        store.read(unused.sha256)


def test_the_limits_are_those_of_the_settings() -> None:
    limits = file_limits(Settings(attachment_mb=2, attachment_megapixels=3, attachment_pages=4))
    assert (limits.size, limits.pixels, limits.pages) == (2 * 1024 * 1024, 3_000_000, 4)
