"""A PostgreSQL that can be killed: it keeps what it acknowledged, unlike the tests' faster one."""

import contextlib
import signal
import subprocess

import psutil
from psycopg import sql

from infra.migrations import upgrade
from tests.postgres import PostgresServer


class KillablePostgres(PostgresServer):
    """One cluster with one database, `kaipiao`."""

    def start(self) -> "KillablePostgres":
        """Make the cluster, start it, and migrate the database."""
        super().start()
        self.stop_now(signal.SIGINT)
        self.restart()
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier("kaipiao")))
        upgrade(self.url("kaipiao"))
        return self

    def restart(self) -> None:
        """Start on the data that is there. A commit is in the file before it is acknowledged: fsync is off only because the
        machine itself is not switched off here, and a killed process loses nothing that it has written."""
        settings = ("fsync=off", "synchronous_commit=on", "max_connections=200", "timezone=America/New_York")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-h", "127.0.0.1", "-k", self.folder),
                    *(part for setting in settings for part in ("-c", setting)),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as_user(),
            )
        self._wait()

    def kill(self) -> None:
        """SIGKILL the server and all its children; it is gone when this returns."""
        process = self.process
        if process is None:
            return
        # Each of them leads a session of its own, so a signal to the group would miss them.
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=10)

    def stop_now(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
