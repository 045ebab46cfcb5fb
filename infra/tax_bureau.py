"""The tax bureau over HTTP: looks, asks, reads its book, and believes no answer that is not about what was asked."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.calendar import china_date
from domain.invoices import InvoiceLine, Party
from domain.issuing import differences
from domain.ports import AlreadyAsked, BureauRecord, IssueRequest, OutsideDisagrees, OutsideUnavailable
from infra.outside import Answer, OutsideHttp, fen, moment, same, segment, text, unclear, yuan

NUMBER = re.compile(r"\d{20}", re.ASCII)
CLOCK_TOLERANCE = timedelta(hours=1)
"""The bureau's clock may be off by minutes (`reliability.md` O25); a date of tomorrow (O8) is not a clock that is off."""


class HttpTaxBureau:
    """Implements `domain.ports.TaxBureau`."""

    def __init__(self, base_url: str, timeout_seconds: float = 10.0) -> None:
        self._http = OutsideHttp(base_url, timeout_seconds)

    def close(self) -> None:
        self._http.close()

    def look(self, request_id: str) -> BureauRecord | None:
        """None only when the bureau itself says that it does not know this id: a 404 of anything else is a doubt.

        Raises OutsideUnavailable, or OutsideDisagrees when the answer is about another id. The amounts cannot be
        checked here; the caller compares them by `differences`.
        """
        answer = self._http.get(f"/invoices/by-request/{segment(request_id)}")
        if answer.status == 404 and answer.code() == "unknown-request":
            same("request_id", answer.object().get("request_id"), request_id)
            return None
        if answer.status != 200:
            raise unclear(answer)
        record = _record(answer.object())
        same("request_id", record.request_id, request_id)
        return record

    def ask(self, request: IssueRequest) -> BureauRecord:
        """Issue. Raises OutsideRefused, AlreadyAsked, OutsideUnavailable, or OutsideDisagrees (issued was something else)."""
        answer = self._http.post("/invoices", _body(request))
        match answer.status:
            case 200 | 201:
                return _checked(answer, request)
            case 409 if answer.code() == "duplicate-request":
                raise AlreadyAsked(request.request_id)
            case 422:
                raise answer.refusal()
        raise unclear(answer)

    def book(self, since: datetime) -> Iterator[BureauRecord]:
        """Everything issued since then, page by page. Raises OutsideUnavailable."""
        after = 0
        while True:
            answer = self._http.get("/book", {"since": since.astimezone(UTC).isoformat(), "after": str(after)})
            if answer.status != 200:
                raise unclear(answer)
            said = answer.object()
            entries, following = said.get("entries"), said.get("next")
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                raise OutsideUnavailable("a page of the book without entries")
            yield from map(_record, entries)
            if following is None:
                return
            if not isinstance(following, int) or following <= after:
                raise OutsideUnavailable("a page of the book that leads nowhere")
            after = following


def _checked(answer: Answer, request: IssueRequest) -> BureauRecord:
    record = _record(answer.object())
    found = differences(request, record)
    if found:
        raise OutsideDisagrees("; ".join(map(str, found)))
    if record.issued_at > datetime.now(UTC) + CLOCK_TOLERANCE:
        raise OutsideDisagrees(f"issued_at is {record.issued_at.isoformat()}, in the future")
    return record


def _record(said: dict[str, Any]) -> BureauRecord:
    """An entry of the book. Raises OutsideUnavailable when it is malformed, OutsideDisagrees when number and date contradict each other."""
    issued_at = moment(said, "issued_at").astimezone(UTC)
    number = text(said, "number")
    sheet = _optional(said, "red_sheet_number")
    original = _optional(said, "original_number")
    for name, value in (("number", number), ("red_sheet_number", sheet), ("original_number", original)):
        if value and not NUMBER.fullmatch(value):
            raise OutsideUnavailable(f"{name} has not 20 digits")
    record = BureauRecord(
        request_id=text(said, "request_id"),
        number=number,
        issued_at=issued_at,
        total_fen=fen(said, "total"),
        tax_fen=fen(said, "tax"),
        buyer_tax_id=_optional(said, "buyer_tax_id"),
        seller_tax_id=text(said, "seller_tax_id"),
        original_number=original,
        red_sheet_number=sheet,
    )
    same("the year in the number", number[:2], f"{china_date(issued_at).year % 100:02d}")
    return record


def _optional(said: dict[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise OutsideUnavailable(f"{name} is not text")
    return value


def _body(request: IssueRequest) -> dict[str, Any]:
    """The request as it travels: amounts, rates and quantities as decimal strings."""
    return {
        "request_id": request.request_id,
        "kind": request.kind.value,
        "medium": request.medium.value,
        "seller": _party(request.seller),
        "buyer": _party(request.buyer),
        "lines": [_line(line) for line in request.lines],
        "total": yuan(request.total_fen),
        "tax": yuan(sum(line.tax_fen for line in request.lines)),
        "province": request.province,
        "remark": request.remark,
        "original_number": request.original_number,
        "reason": request.reason,
    }


def _party(party: Party) -> dict[str, str]:
    return {
        "name": party.name,
        "tax_id": party.tax_id,
        "address": party.address,
        "phone": party.phone,
        "bank": party.bank,
        "bank_account": party.bank_account,
    }


def _line(line: InvoiceLine) -> dict[str, str | None]:
    return {
        "name": line.name,
        "category": line.category,
        "classification_code": line.classification_code,
        "specification": line.specification,
        "unit": line.unit,
        "quantity": None if line.quantity is None else f"{line.quantity.normalize():f}",
        "net": yuan(line.net_fen),
        "tax": yuan(line.tax_fen),
        "rate": f"{(Decimal(line.rate_bp) / 10_000).normalize():f}",
    }
