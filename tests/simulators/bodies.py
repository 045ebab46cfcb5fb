"""Requests as they travel: valid by default, override what matters."""

from typing import Any
from uuid import uuid4

SELLER = {"name": "甲云计算有限公司", "tax_id": "91330106MACKX4QG41"}
BUYER = {"name": "乙科技有限公司", "tax_id": "91110000600037341L"}


def line_body(net: str = "100.00", tax: str = "6.00", rate: str = "0.06", **more: Any) -> dict[str, Any]:
    return {
        "name": "云服务费",
        "category": "信息技术服务",
        "classification_code": "3040203000000000000",
        "net": net,
        "tax": tax,
        "rate": rate,
    } | more


def request_body(**more: Any) -> dict[str, Any]:
    return {
        "request_id": uuid4().hex,
        "kind": "special",
        "medium": "electronic",
        "seller": SELLER,
        "buyer": BUYER,
        "lines": [line_body()],
        "total": "106.00",
        "tax": "6.00",
        "province": "33",
    } | more


def red_body(number: str, **more: Any) -> dict[str, Any]:
    return request_body(
        **{"lines": [line_body("-100.00", "-6.00")], "total": "-106.00", "tax": "-6.00", "original_number": number, "reason": "02"} | more
    )


def order_body(callback_url: str = "", **more: Any) -> dict[str, Any]:
    to = {"recipient": "张龘堃", "phone": "13800138000", "address": "北京市朝阳区望京街 1 号", "postcode": "100102"}
    return {"order_key": uuid4().hex, "to": to, "contents": "发票", "callback_url": callback_url} | more
