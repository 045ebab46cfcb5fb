"""A TCP proxy between two parts, to cut, refuse, hold or slow down what passes."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Self

from cli.ports import free_ports


class Proxy:
    """Listens on `port` and passes bytes to `target` on this machine. All methods may be called from any thread."""

    def __init__(self, target: int = 0) -> None:
        self.port = free_ports(1)[0]
        self.target = target
        self.delay_s = 0.0
        """How long each piece waits, in each direction."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"proxy-{self.port}", daemon=True)
        self._listening = threading.Event()
        self._server: asyncio.Server | None = None
        self._refusing = False
        self._requests = asyncio.Event()
        self._answers = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(10):
            raise RuntimeError(f"the proxy does not listen on {self.port}")
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._cut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # What it can do to what passes

    def hold(self, *, requests: bool = False, answers: bool = False) -> None:
        """Keep back what comes from one side or both, connections stay open, until `release`."""

        def change() -> None:
            for held, gate in ((requests, self._requests), (answers, self._answers)):
                if held:
                    gate.clear()

        self._call(change)

    def release(self) -> None:
        """Let everything pass again, what was held back first."""

        def change() -> None:
            self._requests.set()
            self._answers.set()

        self._call(change)

    def cut(self) -> None:
        """Drop every connection with all that was held back; new ones are taken."""
        self._call(self._cut)

    def refuse(self, on: bool) -> None:
        """Drop every connection and take no new one, until told otherwise."""

        def change() -> None:
            self._refusing = on
            if on:
                self._cut()

        self._call(change)

    # How

    def _call(self, change: Callable[[], None]) -> None:
        done = threading.Event()

        def act() -> None:
            change()
            done.set()

        self._loop.call_soon_threadsafe(act)
        if not done.wait(10):
            raise RuntimeError("the proxy's thread does not answer")

    def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._requests.set()
        self._answers.set()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", self.port))
        self._listening.set()
        try:
            self._loop.run_forever()
        finally:
            self._server.close()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, back}
        self._open |= both
        tasks = [
            asyncio.create_task(self._pass(reader, back, self._requests)),
            asyncio.create_task(self._pass(there, writer, self._answers)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            self._open -= both
            for each in both:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await gate.wait()
                writer.write(data)
                await writer.drain()
            await writer.drain()
