"""Starts versitygw as `make run` does: unprivileged rights are not needed, one account, versions in a folder beside."""

import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from infra.parts.programs import versitygw
from infra.settings import settings
from infra.store import s3_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY, SECRET_KEY = "tests", "secret key of the tests"


class S3Server:
    """The port is a free one and stays the same over a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "S3Server":
        objects, versions = self.folder / "objects", self.folder / "versions"
        objects.mkdir(exist_ok=True)
        versions.mkdir(exist_ok=True)
        command = [
            str(versitygw(settings())),
            "--port",
            f"127.0.0.1:{self.port}",
            "--access",
            ACCESS_KEY,
            "--secret",
            SECRET_KEY,
            "--quiet",
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*command, "posix", "--versioning-dir", str(versions), str(objects)], stdout=log, stderr=log)
        while not listens(self.port):
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def client(self, secret_key: str = SECRET_KEY, timeout_seconds: float = 10.0) -> "S3Client":
        return s3_client(self.endpoint, "us-east-1", ACCESS_KEY, secret_key, timeout_seconds)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
