"""A stand-in for the Temporal client: it records what pages start and signal, and can be told how to answer."""

from dataclasses import dataclass, field
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.common import TypedSearchAttributes
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode


def rpc_error(status: RPCStatusCode) -> RPCError:
    return RPCError(status.name.lower(), status, b"")


@dataclass
class Described:
    typed_search_attributes: TypedSearchAttributes
    status: WorkflowExecutionStatus = WorkflowExecutionStatus.RUNNING


@dataclass
class Handle:
    client: "RecordingTemporal"
    id: str

    async def signal(self, signal: Any, message: Any, **options: Any) -> None:
        assert "rpc_timeout" in options
        self.client.answer()
        if self.id not in self.client.lives:
            raise rpc_error(RPCStatusCode.NOT_FOUND)
        name = signal if isinstance(signal, str) else signal.__name__
        self.client.signals.append((self.id, name, message))

    async def describe(self, **options: Any) -> Described:
        assert "rpc_timeout" in options
        self.client.answer()
        if self.id in self.client.ended:
            return Described(TypedSearchAttributes([]), WorkflowExecutionStatus.COMPLETED)
        if self.id not in self.client.lives:
            raise rpc_error(RPCStatusCode.NOT_FOUND)
        return Described(self.client.lives[self.id])


@dataclass
class RecordingTemporal:
    """`lives` are the running ones with their attributes, `ended` the ids that can never start again."""

    lives: dict[str, TypedSearchAttributes] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    started: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    signals: list[tuple[str, str, Any]] = field(default_factory=list)
    down: bool = False

    def answer(self) -> None:
        if self.down:
            raise rpc_error(RPCStatusCode.UNAVAILABLE)

    async def start_workflow(self, _workflow: Any, argument: Any = None, *, args: Any = None, **options: Any) -> None:
        self.answer()
        argument = argument if args is None else args[0] if len(args) == 1 else args
        identity = options["id"]
        if identity in self.ended:
            raise WorkflowAlreadyStartedError(identity, "ApplicationWorkflow")
        if identity not in self.lives:
            self.lives[identity] = options.get("search_attributes", TypedSearchAttributes([]))
            self.started.append((argument, options))

    def get_workflow_handle(self, identity: str) -> Handle:
        return Handle(self, identity)
