"""What we ask of outside parties in these tests: valid by default, override what matters."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from domain.invoices import InvoiceKind, InvoiceLine, Medium, Party
from domain.ports import IssueRequest, MailMessage, ParcelOrder, PostalAddress

SELLER = Party("甲云计算有限公司", "91330106MACKX4QG41", "杭州市西湖区 1 号", "0571-88888888", "工商银行杭州支行", "1202021000000000001")
BUYER = Party("乙科技有限公司", "91110000600037341L")


def issue_request(**more: Any) -> IssueRequest:
    lines = (
        InvoiceLine("云服务器", "信息技术服务", "3040203000000000000", 10_000, 600, 600, "标准型", "月", Decimal("2.50")),
        InvoiceLine("对象存储", "信息技术服务", "3040203000000000000", 1, 0, 600),
    )
    request = IssueRequest(uuid4().hex, InvoiceKind.SPECIAL, Medium.ELECTRONIC, SELLER, BUYER, lines, "33", remark="订单 1\n第二行")
    return replace(request, **more)


def red_request(number: str, **more: Any) -> IssueRequest:
    blue = issue_request()
    lines = tuple(
        replace(line, net_fen=-line.net_fen, tax_fen=-line.tax_fen, quantity=None if line.quantity is None else -line.quantity)
        for line in blue.lines
    )
    return replace(blue, lines=lines, original_number=number, reason="01", **more)


def parcel_order(**more: Any) -> ParcelOrder:
    to = PostalAddress("张龘堃", "13800138000", "北京市朝阳区望京街 1 号", "100102")
    return replace(ParcelOrder(f"parcel:{uuid4().hex}/1", to, "发票", ""), **more)


def mail_message(**more: Any) -> MailMessage:
    to = f"{uuid4().hex}@customer.example"
    message = MailMessage(f"invoice-{uuid4().hex}", to, "您的电子发票已开具 €", "请查收。\n.\n结束", "<p>请查收。</p>")
    return replace(message, **more)
