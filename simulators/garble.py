"""Wrong answers made from right ones, for the fault kind `garbage`."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.responses import RedirectResponse, Response

IDS = ("request_id", "order_key", "key")
HUGE = 3_000_000


def garbled(variant: str, status: int, body: bytes) -> Response:
    """The answer that is sent in place of `body`. Variants that need a JSON object fall back to half of the body."""
    match variant:
        case "html":
            return Response("<html><body><h1>系统维护中</h1></body></html>", media_type="text/html")
        case "empty":
            return Response(b"", media_type="application/json")
        case "huge":
            return Response(b'{"padding": "' + b"x" * HUGE + b'"}', media_type="application/json")
        case "redirect":
            return RedirectResponse("http://169.254.169.254/latest/meta-data/", status_code=307)
        case "error-inside":
            return Response(json.dumps({"code": "E9999", "message": "系统繁忙，请稍后再试"}), media_type="application/json")
    answer = _object(body)
    changed = _change(variant, answer) if answer else None
    if changed is None:
        return Response(body[: len(body) // 2], status_code=200, media_type="application/json")
    return Response(json.dumps(changed, ensure_ascii=False), status_code=status, media_type="application/json")


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _change(variant: str, answer: dict[str, Any]) -> dict[str, Any] | None:
    """A well-formed answer with one thing wrong, or None when the answer has no such thing."""
    if variant == "other-request":
        name = next((name for name in IDS if name in answer), None)
        return {**answer, name: f"{answer[name]}-other"} if name else None
    if variant == "amount-off" and "total" in answer:
        return {**answer, "total": str(Decimal(answer["total"]) + Decimal("0.01"))}
    if variant == "buyer-off" and "buyer_tax_id" in answer:
        return {**answer, "buyer_tax_id": "91110000600037341L" if answer["buyer_tax_id"] != "91110000600037341L" else ""}
    if variant == "tomorrow" and "issued_at" in answer:
        return {**answer, "issued_at": (datetime.fromisoformat(answer["issued_at"]) + timedelta(days=1)).isoformat()}
    return None
