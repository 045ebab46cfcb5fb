"""The outside world for the adapters: real simulators, a real S3 server."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from infra.store import prepare_bucket
from tests.infra.s3 import S3Server
from tests.simulators.fixtures import (  # noqa: F401 - pytest finds fixtures by their names here
    bureau,
    bureau_process,
    courier,
    courier_process,
    mail,
    mail_process,
    own_bureau,
    own_courier,
    own_mail,
    receiver,
    sms,
    sms_process,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A versitygw of this test process, on a folder with a blank in its name."""
    server = S3Server(tmp_path_factory.mktemp("s3 server"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def s3_client(s3: S3Server) -> "S3Client":
    """A client with the bucket `documents` prepared."""
    client = s3.client()
    prepare_bucket(client, "documents")
    return client
