"""The bucket in which billing systems put their files: operators name one, and it is read, never changed."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from domain.ports import InboxFileTooLarge, NotInInbox
from infra.store import MISSING, clear_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


KEY_LONGEST = 1024
"""Bytes of a key, by S3."""


class S3Inbox:
    """Implements `domain.ports.Inbox`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self.client = client
        self.bucket = bucket

    def read(self, key: str, most: int) -> bytes:
        """The object's bytes, at most so many. Raises NotInInbox, InboxFileTooLarge, OutsideUnavailable."""
        # A client or proxy may tidy up `..` on the way, and then another bucket would be read.
        if len(key.encode()) > KEY_LONGEST or any(part in ("", ".", "..") for part in key.split("/")):
            raise NotInInbox(key)
        with clear_errors():
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=key)
            except ClientError as problem:
                if error_code(problem) in (*MISSING, "NoSuchBucket", "KeyTooLongError"):
                    raise NotInInbox(key) from problem
                raise
            with found["Body"] as body:
                content = body.read(most + 1)
        if len(content) > most:
            raise InboxFileTooLarge(key)
        return content
