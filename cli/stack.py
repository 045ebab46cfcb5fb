"""A running Kaipiao, all of it or some parts: for `make run`, and for tests and fault campaigns.

with Stack() as stack:                      # every part, on free ports, with a temporary data folder
    stack.kill("worker")                    # SIGKILL, no good-bye
    stack.start("worker")                   # back again, ready when the call returns
    httpx.get(stack.urls["web"])

with Stack(parts=("temporal", "s3")) as stack:   # only these; stack.settings leads to them
"""

import asyncio
import atexit
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cli import leftovers
from cli.ports import free_ports, listens_itself
from cli.processes import Started, start
from cli.stack_parts import ALL, BY_NAME, READY_WITHIN_S, PartKind
from infra import parts
from infra.parts.cache import remove
from infra.parts.commands import tail
from infra.parts.unprivileged import staged
from infra.settings import CHECKOUT, PORTS, Settings, read_settings

PREPARE_WITHIN_S = 300


class PartDied(Exception):
    """A part did not come up; the text has its name and the end of its log."""


class Stack:
    """Parts that run together. All methods block until what they say is the case; none needs an event loop.

    parts: names from `cli.stack_parts.ALL`. settings: default a temporary data folder and free ports.
    environment: added to every part's environment, beyond what the settings say.
    prepare: run `kaipiao prepare` before worker and web; demo: with demo accounts and data.
    say: called with a line for every part that came up. stop_starting: when set, waiting for a start ends with PartDied.
    """

    def __init__(
        self,
        parts: Iterable[str] = ALL,
        *,
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
        prepare: bool = True,
        demo: bool = False,
        say: Callable[[str], None] = lambda _: None,
        stop_starting: threading.Event | None = None,
    ) -> None:
        unknown = set(parts) - set(ALL)
        if unknown:
            raise ValueError(f"no such parts: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
        self.parts = tuple(name for name in ALL if name in set(parts))
        self._temporary = settings is None
        self.settings = settings or _temporary_settings(environment or {})
        self.environment = {**(environment or {}), **self.settings.environment()}
        self._prepare = prepare
        self._demo = demo
        self._say = say
        self._stop_starting = stop_starting or threading.Event()
        self._running: dict[str, Started] = {}
        self._changing = threading.RLock()

    # As a context

    def __enter__(self) -> Self:
        try:
            self.start_all()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Stop every part; a temporary data folder is removed."""
        atexit.unregister(self.close)
        self.stop_all()
        if self._temporary:
            shutil.rmtree(self.settings.data_dir, ignore_errors=True)
            remove(staged(self.settings.data_dir))

    # Addresses

    @property
    def urls(self) -> dict[str, str]:
        """Address of each part that has one, by part name; also temporal-ui, and temporal as host:port."""
        config = self.settings
        return {
            "web": f"http://127.0.0.1:{config.web_port}",
            "temporal": config.temporal_address,
            "temporal-ui": config.temporal_ui_url,
            "s3": config.s3_endpoint,
            "tax-bureau": config.tax_bureau_url,
            "courier": config.courier_url,
            "sms": config.sms_url,
            "oa": config.oa_page_url,
            "mail": config.mail_page_url,
        }

    def log(self, name: str) -> Path:
        """The log file of a part, kept over its restarts."""
        return self.settings.data_dir / "logs" / f"{name}.log"

    def tail(self, name: str, lines: int = 40) -> str:
        """The end of a part's log."""
        return tail(self.log(name), lines)

    # All parts

    def start_all(self) -> None:
        """Start every part in order, and prepare what is stored between the servers and our own processes.

        Raises PartDied, with everything that was started stopped again.
        """
        servers = [name for name in self.parts if not BY_NAME[name].needs_prepared]
        ours = [name for name in self.parts if BY_NAME[name].needs_prepared]
        try:
            self._start_together(servers)
            if self._prepare and ours:
                self.prepare()
            self._start_together(ours)
        except BaseException:
            self.stop_all()
            raise

    def stop_all(self) -> None:
        """Stop every part, the last started first."""
        with self._changing:
            for name in reversed(self._running.copy()):
                self.stop(name)

    def prepare(self) -> None:
        """Migrate the database, make the bucket, register search attributes and schedules (`kaipiao prepare`). Raises PartDied."""
        began = time.monotonic()
        command = ["prepare", "--demo"] if self._demo else ["prepare"]
        self.run_command(*command, within_s=PREPARE_WITHIN_S)
        self._say(f"  {'prepared':<12} in {time.monotonic() - began:.1f} s")

    def run_command(self, *arguments: str, within_s: float = PREPARE_WITHIN_S) -> str:
        """Run a command of `cli.main` against this stack; its output. Raises PartDied when it fails."""
        name = arguments[0]
        began = self.log(name).stat().st_size if self.log(name).exists() else 0
        running = self._launch_ours(name, arguments)
        try:
            deadline = time.monotonic() + within_s
            while running.exit_code is None and time.monotonic() < deadline:
                self._give_up_if_asked(name)
                time.sleep(0.02)
            if running.exit_code != 0:
                what = "failed" if running.exit_code is not None else f"was not done after {within_s:.0f} s"
                raise PartDied(f"{name} {what}, {_how_it_ended(running)}")
        finally:
            running.kill()
            with self._changing:
                leftovers.forget(self.settings.data_dir, running.identity)
        return self.log(name).read_bytes()[began:].decode("utf-8", errors="replace")

    # One part

    def start(self, name: str) -> None:
        """Start a part that does not run; it is ready when this returns. Raises PartDied."""
        self._start_together([name])

    def stop(self, name: str) -> bool:
        """Stop a part in its own way; whether it went by itself. True when it did not run."""
        with self._changing:
            running = self._running.pop(name, None)
            if running is None:
                return True
            went = running.stop(BY_NAME[name].grace_s)
            leftovers.forget(self.settings.data_dir, running.identity)
            return went

    def kill(self, name: str) -> None:
        """SIGKILL a part with all its children; it is gone when this returns."""
        with self._changing:
            running = self._running.pop(name)
            running.kill()
            leftovers.forget(self.settings.data_dir, running.identity)

    def restart(self, name: str) -> None:
        """Stop and start a part. Raises PartDied."""
        self.stop(name)
        self.start(name)

    def pause(self, name: str) -> None:
        """Hold a part (SIGSTOP): its connections stay open, it answers nothing."""
        self._running[name].send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a held part go on."""
        self._running[name].send(signal.SIGCONT)

    def pid(self, name: str) -> int:
        """Process id of a running part."""
        return self._running[name].pid

    def is_running(self, name: str) -> bool:
        """Whether a part was started and has not ended."""
        running = self._running.get(name)
        return running is not None and running.exit_code is None

    def ended(self) -> dict[str, tuple[int, float]]:
        """Parts that ended without being asked: exit code, and for how many seconds they had run."""
        with self._changing:
            return {
                name: (running.exit_code, time.monotonic() - running.since)
                for name, running in self._running.items()
                if running.exit_code is not None
            }

    # How

    def _start_together(self, names: Sequence[str]) -> None:
        with self._changing:
            if not self._running:
                atexit.register(self.close)  # for whoever forgets to close; running it twice does no harm
            waiting: dict[str, PartKind] = {}
            for name in names:
                if self.is_running(name):
                    raise ValueError(f"{name} is running already")
                kind = BY_NAME[name]
                launch = kind.launch(self.settings)
                old = self._running.pop(name, None)
                if old is not None:
                    old.kill()  # children that a dead part may have left
                    leftovers.forget(self.settings.data_dir, old.identity)
                self._running[name] = start(
                    name,
                    launch.command,
                    log=self.log(name),
                    folder=launch.folder,
                    environment={**self.environment, **launch.environment},
                    user=launch.user,
                )
                leftovers.remember(self.settings.data_dir, self._running[name].identity)
                waiting[name] = kind
            began = time.monotonic()
            while waiting:
                self._give_up_if_asked(next(iter(waiting)))
                for name, kind in list(waiting.items()):
                    running = self._running[name]
                    if running.exit_code is not None:
                        raise PartDied(f"{name} ended at its start, {_how_it_ended(running)}")
                    # Somebody else's server on our port would answer as well, while our part is about to end.
                    ports = [getattr(self.settings, setting) for setting in kind.ports]
                    if listens_itself(running.pid, ports) and kind.is_ready(self.settings):
                        del waiting[name]
                        self._after_start(name)
                        self._say(f"  {name:<12} up after {time.monotonic() - began:.1f} s")
                    elif time.monotonic() - began > READY_WITHIN_S:
                        raise PartDied(f"{name} was not ready after {READY_WITHIN_S:.0f} s, {_how_it_ended(running)}")
                time.sleep(0.05)

    def _give_up_if_asked(self, name: str) -> None:
        if self._stop_starting.is_set():
            raise PartDied(f"{name} was not waited for: asked to stop")

    def _after_start(self, name: str) -> None:
        """The Temporal server keeps closed lives for a day unless it is told otherwise."""
        if name != "temporal":
            return
        config = self.settings
        command: list[str | Path] = [
            parts.temporal(config),
            *("operator", "namespace", "update", "--address", config.temporal_address),
            *("--namespace", config.temporal_namespace, "--retention", f"{config.temporal_retention_days}d"),
        ]
        deadline = time.monotonic() + 20
        while True:  # the port opens a moment before the namespace is known
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline:
                raise PartDied(f"temporal does not take the namespace's retention: {done.stderr.strip()}")
            time.sleep(0.1)

    def _launch_ours(self, name: str, arguments: Sequence[str]) -> Started:
        running = start(
            name,
            [sys.executable, "-m", "cli.main", *arguments],
            log=self.log(name),
            folder=CHECKOUT,
            environment=self.environment,
        )
        with self._changing:
            leftovers.remember(self.settings.data_dir, running.identity)
        return running


def _how_it_ended(running: Started) -> str:
    code = running.exit_code
    state = "still running" if code is None else f"exit code {code}"
    return f"{state}. The end of {running.log}:\n{running.last_words()}"


def _temporary_settings(environment: Mapping[str, str]) -> Settings:
    """Free ports and a new data folder. Object lock can be lifted there, so that a test can clean up."""
    folder = Path(tempfile.mkdtemp(prefix="kaipiao-"))
    folder.chmod(0o711)  # the unprivileged S3 server must get through
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    given = {key.removeprefix("KAIPIAO_").lower(): value for key, value in environment.items() if key.startswith("KAIPIAO_")}
    return read_settings(**{"data_dir": folder, "s3_retention_days": 1, "s3_lock_mode": "GOVERNANCE", **ports, **given})
