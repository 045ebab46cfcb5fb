"""Orders as a JSON list, as billing systems send them: strict, every value a text, read like rows of a billing file."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from domain.calendar import start_of, typed_day
from domain.focus import SHOWN, RowProblem, read_row
from domain.focus_columns import NEEDED
from domain.focus_file import EXACT, FocusFile, OnRows, no_rows, read_table
from domain.focus_values import exact_or_none

MOST_ORDERS = 10_000

FIELDS: Mapping[str, str] = {
    "order_number": "x_OrderNumber",
    "original_order_number": "x_OriginalOrderNumber",
    "billing_account": "BillingAccountId",
    "account": "SubAccountId",
    "day": "ChargePeriodStart",
    "service": "ServiceName",
    "service_category": "ServiceCategory",
    "description": "ChargeDescription",
    "amount": "BilledCost",
    "currency": "BillingCurrency",
    "cash": "cash",
    "voucher": "x_VoucherCost",
    "coupon": "x_CouponCost",
    "bonus": "x_BonusCost",
    "entity": "InvoiceIssuerName",
    "seller": "PublisherName",
}
"""What each field is in FOCUS. `cash` is checked only: it is what the other parts leave of the amount."""
MUST = ("order_number", "billing_account", "day", "service", "amount", "entity")
_NAMES = {column: field for field, column in FIELDS.items()} | {
    "BillingPeriodStart": "day",
    "ProviderName": "entity",
    "ChargeCategory": "amount",
}
_HEADER = tuple(dict.fromkeys((*NEEDED, *(column for column in FIELDS.values() if column != "cash"))))


class JsonFault(Exception):
    """The body is no list of orders at all. Codes: json-malformed, json-twice (key), json-deep, json-not-a-list, json-empty,
    json-too-many (limit).
    """

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


_NO_DAY = date(2000, 1, 1)


def parse_orders(content: bytes) -> list[Any]:
    """The list in a body. Raises JsonFault. A key that stands twice is refused: which of both counts is anybody's guess."""
    try:
        text = content.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_number, parse_int=_number)
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate is no text
    except JsonFault:
        raise
    except RecursionError:
        raise JsonFault("json-deep") from None
    except ValueError:
        raise JsonFault("json-malformed") from None
    if not isinstance(found, list):
        raise JsonFault("json-not-a-list")
    if not found:
        raise JsonFault("json-empty")
    if len(found) > MOST_ORDERS:
        raise JsonFault("json-too-many", limit=str(MOST_ORDERS))
    return found


class _Number(str):
    """A number as it was written: no field is one, and it is shown as it came."""


def _number(text: str) -> _Number:
    return _Number(text)


def _as_written(value: Any, depth: int = 0) -> str:
    """A value in JSON, as far as it is ever shown: what is within `SHOWN` brackets is left out."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict | list) and depth >= SHOWN:
        return "…"
    if isinstance(value, list):
        return "[" + ", ".join(_as_written(each, depth + 1) for each in value[:SHOWN]) + "]"
    if isinstance(value, dict):
        pairs = list(value.items())[:SHOWN]
        return "{" + ", ".join(f"{_as_written(key)}: {_as_written(each, depth + 1)}" for key, each in pairs) + "}"
    return json.dumps(value, ensure_ascii=False)


def _no_constant(text: str) -> Any:
    raise JsonFault("json-malformed", value=text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise JsonFault("json-twice", key=key[:SHOWN])
        found[key] = value
    return found


def canonical(orders: list[Any]) -> bytes:
    """The same list always as the same bytes, whatever blanks and order of keys it came with: sent again, it is one import."""
    return json.dumps(orders, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def is_order_list(content: bytes) -> bool:
    return content.startswith(b"[{")


def read_order_list(content: bytes, on_rows: OnRows = no_rows) -> FocusFile:
    """Billing lines of a canonical list, or everything that is wrong; the line is the order's place from 1.

    Codes beside those of `read_row` and JsonFault: json-object-needed, json-field-unknown, json-text-needed, value-missing,
    day-malformed, parts-differ (sum).
    """
    file = FocusFile(form="json")
    try:
        orders = parse_orders(content)
    except JsonFault as fault:
        file.add_problem(RowProblem(0, "", "", fault.code, fault.params))
        return file
    good: list[tuple[int, dict[str, str]]] = []
    for line, order in enumerate(orders, start=1):
        problems = list(_faults(line, order))
        if not problems:
            good.append((line, order))
        elif isinstance(order, dict):
            problems += _other_faults(line, order, {problem.column for problem in problems})
        for problem in problems:
            file.add_problem(problem)
    read = read_table(file, _HEADER, ((line, _as_focus(order)) for line, order in good), len(good), on_rows)
    read.version, read.row_count = "", len(orders)
    read.problems.sort(key=lambda problem: problem.line)
    return read


def field_of(column: str) -> str:
    """The field that a problem's column is about; empty for the whole order."""
    return _NAMES.get(column, column if column in FIELDS else "")


def _faults(line: int, order: Any) -> Iterator[RowProblem]:
    if not isinstance(order, dict):
        yield RowProblem(line, "", _as_written(order)[:SHOWN], "json-object-needed")
        return
    for name, value in list(order.items())[:100]:
        if name not in FIELDS:
            yield RowProblem(line, "", name[:SHOWN], "json-field-unknown")
        elif not isinstance(value, str) or isinstance(value, _Number):
            yield RowProblem(line, name, _as_written(value)[:SHOWN], "json-text-needed")
    if len(order) > 100:
        yield RowProblem(line, "", "", "json-field-unknown")
    texts = {name: value for name, value in order.items() if isinstance(value, str)}
    for name in MUST:
        if not texts.get(name, "x" if name in order else "").strip():
            yield RowProblem(line, name, "", "value-missing")
    if texts.get("day", "").strip() and typed_day(texts["day"]) is None:
        yield RowProblem(line, "day", texts["day"][:SHOWN], "day-malformed")
    amounts = {name: exact_or_none(texts[name]) for name in ("amount", "cash", "voucher", "coupon", "bonus") if texts.get(name)}
    if "cash" in amounts and None not in amounts.values() and "amount" in amounts:
        parts = Decimal(0)
        for name, amount in amounts.items():
            parts = parts if name == "amount" or amount is None else EXACT.add(parts, amount)
        if parts != amounts["amount"]:
            yield RowProblem(line, "cash", texts["cash"][:SHOWN], "parts-differ", {"sum": format(parts, "f")})
    elif "cash" in amounts and amounts["cash"] is None:
        yield RowProblem(line, "cash", texts["cash"][:SHOWN], "amount-malformed")


def _other_faults(line: int, order: dict[str, Any], known: set[str]) -> Iterator[RowProblem]:
    """What is wrong with the fields of a faulty order that nothing was found in yet."""
    texts = {name: value if isinstance(value, str) else "" for name, value in order.items()}
    read = read_row(line, dict(zip(_HEADER, _as_focus({**dict.fromkeys(MUST, ""), **texts}), strict=True)))
    if isinstance(read, tuple):
        yield from (problem for problem in read if field_of(problem.column) not in known)


def _as_focus(order: dict[str, str]) -> list[str]:
    day = typed_day(order["day"]) or _NO_DAY  # `_faults` has seen it
    cells = {column: order.get(field, "") for field, column in FIELDS.items()}
    made = {
        "BillingPeriodStart": f"{start_of(day.replace(day=1)):%Y-%m-%dT%H:%M:%SZ}",
        "ChargePeriodStart": f"{start_of(day):%Y-%m-%dT%H:%M:%SZ}",
        "ChargeCategory": "Adjustment" if order["amount"].startswith("-") else "Purchase",
        "ProviderName": order["entity"],
        "PublisherName": order.get("seller") or order["entity"],
        "BillingCurrency": order.get("currency") or "CNY",
    }
    return [made[name] if name in made else cells.get(name, "") for name in _HEADER]
