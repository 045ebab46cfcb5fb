"""PostgreSQL for tests: a real server of this test process on a folder of its own, and a database for each test."""

import atexit
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import psycopg
import pytest
from psycopg import sql

from infra.database import Database, make_engine
from infra.migrations import upgrade
from infra.parts.postgres import postgres
from infra.parts.unprivileged import everybody_reaches, unprivileged_user
from infra.settings import Settings
from tests.databases import sqlite_database

_TEMPLATE = "kaipiao_template"


class PostgresServer:
    """A server on a free port. It runs as an unprivileged user, because PostgreSQL refuses root."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="kaipiao-postgres-"))
        self.user = unprivileged_user()
        self.bin = self._programs()
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self._databases = 0

    def start(self) -> "PostgresServer":
        """Make the cluster and start it; the first database has all migrations and is the template of the others."""
        if self.user is not None:
            os.chown(self.folder, self.user.uid, self.user.gid)
        data = self.folder / "data"
        made = subprocess.run(
            [self.bin / "initdb", "-D", data, "-U", "kaipiao", "-A", "trust", "-E", "UTF8", "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        self.port = _free_port()
        options = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "timezone=America/New_York")
        command: list[str | Path] = [self.bin / "postgres", "-D", data, "-p", str(self.port), "-h", "127.0.0.1", "-k", self.folder]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *(part for option in options for part in ("-c", option))], stdout=log, stderr=log, **self._as_user()
            )
        self._wait()
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
        upgrade(self.url(_TEMPLATE))
        return self

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://kaipiao@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> Database:
        """A database of its own with all migrations, copied from the template."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
        return Database(make_engine(self.url(name)))

    def drop(self, database: Database) -> None:
        name = database.engine.url.database or ""
        database.engine.dispose()
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()  # for PostgreSQL: no new connections, and it waits for the open ones
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host="127.0.0.1", port=self.port, user="kaipiao", dbname="postgres", autocommit=True)

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError as error:
                ended = self.process is None or self.process.poll() is not None
                if ended or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text(errors="replace")) from error
                time.sleep(0.05)

    def _as_user(self) -> dict[str, Any]:
        """Arguments of subprocess; the working folder must be one that the user may enter."""
        if self.user is None:
            return {"cwd": self.folder}
        return {"cwd": self.folder, "user": self.user.uid, "group": self.user.gid, "extra_groups": []}

    def _programs(self) -> Path:
        """PostgreSQL's bin/, copied with its libraries when the unprivileged user cannot reach it."""
        found = postgres(Settings())
        if self.user is None or everybody_reaches(found / "bin" / "postgres"):
            return found / "bin"
        shutil.copytree(found, self.folder / "postgres", symlinks=True)
        return self.folder / "postgres" / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def postgres_server() -> PostgresServer:
    """The server of this test process, started when the first test asks."""
    server = PostgresServer()
    atexit.register(server.stop)
    return server.start()


@contextmanager
def new_database(kind: str) -> Iterator[Database]:
    """An empty, migrated database of a kind, gone afterwards: for tests that need more than one."""
    if kind == "sqlite":
        with TemporaryDirectory(prefix="kaipiao-sqlite-") as folder:
            made = sqlite_database(Path(folder))
            yield made
            made.engine.dispose()
        return
    made = postgres_server().new_database()
    try:
        yield made
    finally:
        postgres_server().drop(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database of either kind: a test that asks for it runs on both."""
    with new_database(request.param) as made:
        yield made
