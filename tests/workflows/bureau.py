"""A tax bureau that keeps a caller waiting, so that a test can look at what happens meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from domain.ports import BureauRecord, IssueRequest
from tests.fakes import FakeBureau

LONGEST = 20.0
"""Seconds after which a caller is let go anyway: less than the step may last."""


@dataclass
class PatientBureau(FakeBureau):
    """A FakeBureau whose answers to some requests wait until a test lets them go."""

    held: dict[str, threading.Event] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Request ids whose callers wait now."""

    def ask(self, request: IssueRequest) -> BureauRecord:
        gate = self.held.get(request.request_id)
        if gate is not None:
            self.waiting.add(request.request_id)
            gate.wait(LONGEST)
            self.waiting.discard(request.request_id)
        return super().ask(request)

    @contextmanager
    def holding(self, request_id: str) -> Iterator[None]:
        """Within the block nobody gets an answer to this request."""
        gate = self.held[request_id] = threading.Event()
        try:
            yield
        finally:
            del self.held[request_id]
            gate.set()

    def correct(self, request_id: str, total_fen: int) -> None:
        """Somebody at the bureau mends an entry that has a wrong total."""
        self.entries = [replace(entry, total_fen=total_fen) if entry.request_id == request_id else entry for entry in self.entries]

    def entries_of(self, request_id: str) -> list[BureauRecord]:
        return [entry for entry in self.entries if entry.request_id == request_id]
