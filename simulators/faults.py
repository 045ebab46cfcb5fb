"""Faults that a test or a person can order from a simulator: slow, failing, doubled, garbled, or gone.

`POST /admin/faults` adds one, `GET` lists them with their counts, `DELETE` clears them. They live in memory: a
restarted simulator is healthy. `/admin` and `/health` are never faulty.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "slow",  # wait, then do it and answer
    "fail-before",  # an error answer, nothing done
    "fail-after",  # done, then the connection drops, or an error answer when `status` is given
    "late",  # done, the answer comes after `seconds`
    "twice",  # done twice, as when the network doubles a request; the first answer is given
    "garbage",  # done, and the answer is nonsense: see `Variant`
    "away",  # the connection closes without an answer, nothing done
    "drip",  # done, the answer comes one byte per `seconds`
    "callback-twice",  # courier, OA: the next callback is sent twice
    "callback-out-of-order",  # courier: the next callback is held until its successor was delivered
    "callback-bad-signature",  # courier, OA: the next callback is first sent with a wrong signature
    "callback-old",  # courier, OA: the next callback is first sent with a signed time of ten minutes ago
    "callback-late",  # OA: the next callback waits for `seconds`
    "callback-lost",  # OA: the next callback is never sent
    "callback-wrong-version",  # OA: the next callback is first sent about a version that was not asked about
]
Variant = Literal["half", "html", "empty", "huge", "redirect", "error-inside", "other-request", "amount-off", "buyer-off", "tomorrow"]


class FaultOrder(BaseModel):
    """What to spoil. A request matches when path prefix, method and `containing` (in path or body) all fit."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    path: str = ""
    method: str = ""
    containing: str = ""
    seconds: float = Field(1.0, ge=0, le=3600)
    status: int | None = Field(None, ge=200, le=599)
    variant: Variant = "half"
    times: int = Field(1, ge=0, description="how often; 0 is until cleared")


@dataclass(slots=True)
class Fault:
    """One fault in force, or used up when `left` is 0. `left` is None when it stays until cleared."""

    id: int
    kind: Kind
    path: str
    method: str
    containing: str
    seconds: float
    status: int | None
    variant: Variant
    left: int | None
    injected: int = 0
    finished: int = 0
    """How many of the injected ones are over: a slow request has been processed then."""

    def matches(self, method: str, path: str, text: str) -> bool:
        return (
            self.left != 0
            and path.startswith(self.path)
            and (not self.method or self.method.upper() == method)
            and (not self.containing or self.containing in path or self.containing in text)
        )


class FaultBox:
    """The faults of one simulator, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(self, order: FaultOrder) -> Fault:
        self._last_id += 1
        given = order.model_dump(exclude={"times"})
        fault = Fault(id=self._last_id, left=order.times or None, **given)
        self._faults.append(fault)
        return fault

    def take(self, method: str, path: str, text: str = "") -> Fault | None:
        """The oldest fault that matches this request, counted as injected; None when all is well."""
        return self._take(lambda fault: not fault.kind.startswith("callback-") and fault.matches(method, path, text))

    def take_callback(self, text: str, only: str = "") -> Fault | None:
        """The oldest fault for the callback with this text: `only` that kind, or any kind but the one that holds it back."""

        def fits(fault: Fault) -> bool:
            wanted = fault.kind == only if only else fault.kind.startswith("callback-") and fault.kind != "callback-out-of-order"
            return wanted and fault.left != 0 and fault.containing in text

        return self._take(fits)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._faults:
            if fits(fault):
                fault.injected += 1
                if fault.left is not None:
                    fault.left -= 1
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[dict[str, object]]:
        return [asdict(fault) for fault in self._faults]


def fault_routes(box: FaultBox) -> APIRouter:
    """The admin API; forms of the human page post to the same address and are sent back to the page."""
    router = APIRouter(prefix="/admin/faults")

    @router.get("")
    async def faults() -> dict[str, object]:
        return {"faults": box.listed()}

    @router.post("")
    async def add(request: Request) -> Response:
        if request.headers.get("content-type", "").startswith("application/json"):
            fault = box.add(FaultOrder.model_validate_json(await request.body()))
            return JSONResponse(asdict(fault), status_code=201)
        fields = {name: value for name, value in (await request.form()).items() if value}
        box.add(FaultOrder.model_validate(fields))
        return RedirectResponse("/", status_code=303)

    @router.delete("")
    async def clear() -> dict[str, object]:
        box.clear()
        return {"faults": []}

    @router.post("/clear")
    async def clear_by_form() -> RedirectResponse:
        box.clear()
        return RedirectResponse("/", status_code=303)

    return router
