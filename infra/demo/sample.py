"""A billing file of the demo: the same bytes for the same day, size and seed. Every kind of row is in it."""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.calendar import next_period, start_of
from domain.consumption import last_open_period
from infra.demo.companies import (
    ENTERPRISES,
    HANGZHOU,
    LINCHUAN,
    SHANGHAI,
    SHIGUANG,
    XINGZHU,
    YANXI,
    DemoAccount,
    DemoEnterprise,
    DemoEntity,
)

PROVIDER = "青屿云"
SELLER = "观澜日志（南京）软件有限公司"
"""A marketplace seller who invoices his own sales."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row in FOCUS's words; the fields are the file's columns, in its order."""

    BillingAccountId: str
    BillingAccountName: str
    SubAccountId: str
    SubAccountName: str
    BillingPeriodStart: str
    BillingPeriodEnd: str
    ChargePeriodStart: str
    ChargePeriodEnd: str
    BilledCost: str
    BillingCurrency: str
    ChargeCategory: str
    ChargeClass: str
    ChargeDescription: str
    ServiceCategory: str
    ServiceName: str
    ProviderName: str
    PublisherName: str
    InvoiceIssuerName: str
    ConsumedQuantity: str
    ConsumedUnit: str
    x_VoucherCost: str  # noqa: N815 (FOCUS asks for the x_)
    x_OrderNumber: str  # noqa: N815 (FOCUS asks for the x_)
    x_OriginalOrderNumber: str  # noqa: N815 (FOCUS asks for the x_)


@dataclass(frozen=True, slots=True)
class _Product:
    category: str
    name: str
    description: str
    unit: str
    unit_price: str
    """Yuan with tax for one unit; metered products are priced far below a fen."""
    at_most: int
    """Thousandths of a unit in one hour."""


_METERED = (
    _Product("Compute", "云服务器 ECS", "按量 g8 4 核 16 GB", "小时", "1.872", 48_000),
    _Product("Compute", "函数计算", "调用与执行", "万次", "0.013300", 90_000),
    _Product("Storage", "对象存储", "标准存储容量", "GB·小时", "0.000166667", 60_000_000),
    _Product("Storage", "对象存储", "外网流出流量", "GB", "0.5", 120_000),
    _Product("Networking", "CDN 流量", "内容分发 中国内地", "GB", "0.21", 900_000),
    _Product("Networking", "负载均衡", "实例与 LCU", "小时", "0.147", 24_000),
    _Product("Databases", "云数据库 MySQL", "高可用 8 核 32 GB", "小时", "4.2083333", 24_000),
    _Product("Databases", "云缓存 Redis", "集群 16 GB", "小时", "1.1145", 24_000),
)
_ABROAD = _Product("Networking", "全球加速", "Overseas nodes, Frankfurt", "GB", "0.0412857", 400_000)
"""Billed in US dollars."""


def sample_csv(today: date, lines: int = 600, seed: int = 20261121) -> bytes:
    """A FOCUS 1.0 file, UTF-8: the two newest closed months and what there is of the next, for the demo's enterprises.

    `lines` is the number of rows; the kinds that occur once or twice are always there (about 50 rows), metered usage is the rest.
    """
    chance = random.Random(seed)  # noqa: S311 (repeatable on purpose)
    months = _months(today)
    rows = [*_orders(months, today), *_corrections(months), *_marketplace(months)]
    rows += (_usage(chance, months, today) for _ in range(max(0, lines - len(rows))))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(_Row.__dataclass_fields__), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in sorted(rows, key=lambda row: (row.BillingAccountId, row.ChargePeriodStart, row.SubAccountId)))
    return text.getvalue().encode()


def _months(today: date) -> list[date]:
    """The first days of the two newest months that are closed, and of those after them that have begun."""
    newest = date.fromisoformat(f"{last_open_period(today)}-01")
    months = [(newest - timedelta(days=1)).replace(day=1), newest]
    while (following := _next(months[-1])) <= today:
        months.append(following)
    return months


def _next(month: date) -> date:
    return date.fromisoformat(f"{next_period(month.isoformat()[:7])}-01")


def _row(
    enterprise: DemoEnterprise,
    account: DemoAccount,
    starts_at: datetime,
    month: date,
    cost: str,
    product: tuple[str, str, str],
    *,
    hours: int = 1,
    entity: DemoEntity = HANGZHOU,
    publisher: str = "",
    category: str = "Usage",
    currency: str = "CNY",
    voucher: str = "",
    order: str = "",
    original: str = "",
    quantity: tuple[str, str] = ("", ""),
) -> _Row:
    """`product` is ServiceCategory, ServiceName, ChargeDescription; the month is the one that bills the row."""
    return _Row(
        BillingAccountId=enterprise.billing_account_id,
        BillingAccountName=enterprise.name,
        SubAccountId=account.sub_account_id,
        SubAccountName=account.name,
        BillingPeriodStart=_z(start_of(month)),
        BillingPeriodEnd=_z(start_of(_next(month))),
        ChargePeriodStart=_z(starts_at),
        ChargePeriodEnd=_z(starts_at + timedelta(hours=hours)),
        BilledCost=cost,
        BillingCurrency=currency,
        ChargeCategory=category,
        ChargeClass="Correction" if category == "Adjustment" else "",
        ChargeDescription=product[2],
        ServiceCategory=product[0],
        ServiceName=product[1],
        ProviderName=PROVIDER,
        PublisherName=publisher or entity.name,
        InvoiceIssuerName=entity.name,
        ConsumedQuantity=quantity[0],
        ConsumedUnit=quantity[1],
        x_VoucherCost=voucher,
        x_OrderNumber=order,
        x_OriginalOrderNumber=original,
    )


def _z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def order_number(day: date, serial: int) -> str:
    """18 digits: the day, four zeros, a serial, as the demo's cloud numbers its orders."""
    return f"{day:%Y%m%d}0000{serial:06d}"


_ECS = ("Compute", "云服务器 ECS", "g8 8 核 32 GB 包年")
_LINE = ("Networking", "云专线", "100 Mbps 北京-上海")
_EDGE = ("Other", "边缘一体机", "E2 标准型")


def _orders(months: list[date], today: date) -> Iterator[_Row]:
    """Servers for a year (one partly paid by voucher), leased lines at 9 % from Shanghai, hardware at 13 %."""
    for index, month in enumerate(months):
        for place, enterprise in enumerate(ENTERPRISES):
            master, other = enterprise.accounts[0], enterprise.accounts[1]
            serial = 183_742 + 1_000 * place + index
            bought = min(month + timedelta(days=14), today)
            price = ("48000.00", "31200.00", "18600.00")[place]
            voucher = "4000.00" if enterprise is SHIGUANG else ""
            hour = start_of(bought) + timedelta(hours=10, minutes=12 * place)
            number = order_number(bought, serial)
            yield _row(
                enterprise,
                master,
                hour,
                month,
                price,
                _ECS,
                hours=8760,
                category="Purchase",
                voucher=voucher,
                order=number,
                quantity=("1", "台"),
            )
            line = order_number(month, serial + 300)
            yield _row(
                enterprise, other, start_of(month), month, "15260.00", _LINE, hours=720, entity=SHANGHAI, category="Purchase", order=line
            )
        device = order_number(month, 170_023 + index)
        yield _row(
            YANXI,
            YANXI.accounts[1],
            start_of(month) + timedelta(hours=3),
            month,
            "22600.00",
            _EDGE,
            category="Purchase",
            order=device,
            quantity=("2", "台"),
        )
        order = order_number(month, 150_900 + index)
        at = start_of(month)
        yield _row(
            XINGZHU, XINGZHU.accounts[0], at, month, "2386.00", _ECS, hours=720, category="Purchase", order=order, quantity=("1", "台")
        )
    gift = order_number(months[0] + timedelta(days=4), 160_500)
    yield _row(
        SHIGUANG,
        SHIGUANG.accounts[2],
        start_of(months[0] + timedelta(days=4)),
        months[0],
        "899.00",
        ("Compute", "云服务器 ECS", "新客代金券全额抵扣"),
        category="Purchase",
        voucher="899.00",
        order=gift,
    )


def _corrections(months: list[date]) -> Iterator[_Row]:
    """Refunds bound to an order, credits without a reference, one whose original never was, one row billed late."""
    closed = months[1]
    bought = closed + timedelta(days=14)
    order = order_number(bought, 183_743)
    refund = bought + timedelta(days=6)
    yield _row(
        SHIGUANG,
        SHIGUANG.accounts[0],
        start_of(refund),
        closed,
        "-5200.00",
        ("Compute", "云服务器 ECS", "降配退款"),
        category="Adjustment",
        order=order_number(refund, 19_283),
        original=order,
    )
    newest = months[-1]
    yield _row(
        SHIGUANG,
        SHIGUANG.accounts[0],
        start_of(newest) + timedelta(hours=9),
        newest,
        "-2000.00",
        ("Compute", "云服务器 ECS", "账务调整"),
        category="Adjustment",
        order=order_number(newest, 4_471),
        original=order,
    )
    storage = ("Storage", "对象存储", "标准存储容量")
    pack = ("Storage", "对象存储", "存储包 10 TB")
    for enterprise, credit, serial in ((SHIGUANG, "-140.204", 190_017), (YANXI, "-36.5551", 190_018)):
        account = enterprise.accounts[1]
        at = start_of(closed + timedelta(days=2))
        yield _row(
            enterprise, account, at, closed, "1280.00", pack, category="Purchase", order=order_number(closed + timedelta(days=2), serial)
        )
        yield _row(
            enterprise,
            account,
            start_of(closed + timedelta(days=20)),
            closed,
            credit,
            ("Storage", "对象存储", "可用性赔偿"),
            category="Credit",
        )
    yield _row(
        LINCHUAN,
        LINCHUAN.accounts[0],
        start_of(closed + timedelta(days=9)),
        closed,
        "-75.00",
        ("Analytics", "数据仓库", "试用期抵扣"),
        category="Credit",
    )
    late = closed - timedelta(days=1)
    yield _row(
        YANXI, YANXI.accounts[2], start_of(late) + timedelta(hours=22), closed, "18.330417", storage, quantity=("109982.5", "GB·小时")
    )


def _marketplace(months: list[date]) -> Iterator[_Row]:
    """A seller's product, his refund, a product the marketplace sells itself, and US dollars."""
    plugin, kit = ("Other", "日志分析插件", "专业版 1 年"), ("Security", "安全合规套件", "自营 标准版")
    for index, month in enumerate(months[:2]):
        at = start_of(month + timedelta(days=10))
        number = order_number(month + timedelta(days=10), 150_600 + index)
        yield _row(SHIGUANG, SHIGUANG.accounts[3], at, month, "6000.00", plugin, publisher=SELLER, category="Purchase", order=number)
        number = order_number(month + timedelta(days=11), 150_700 + index)
        at = start_of(month + timedelta(days=11))
        yield _row(LINCHUAN, LINCHUAN.accounts[1], at, month, "2680.00", kit, publisher=SHANGHAI.name, category="Purchase", order=number)
    refunded = start_of(months[1] + timedelta(days=12))
    yield _row(SHIGUANG, SHIGUANG.accounts[3], refunded, months[1], "-600.00", plugin, publisher=SELLER, category="Adjustment")
    for month in months:
        for enterprise in (SHIGUANG, LINCHUAN):
            for hour in (0, 7, 19):
                quantity = Decimal(1_000 + 137 * hour + month.month)
                cost = quantity * Decimal(_ABROAD.unit_price)
                product = (_ABROAD.category, _ABROAD.name, _ABROAD.description)
                at = start_of(month) + timedelta(hours=hour)
                yield _row(
                    enterprise,
                    enterprise.accounts[0],
                    at,
                    month,
                    f"{cost:f}",
                    product,
                    currency="USD",
                    quantity=(f"{quantity}", _ABROAD.unit),
                )


def _usage(chance: random.Random, months: list[date], today: date) -> _Row:
    """One hour of one metered product, anywhere in the months; the current one ends yesterday."""
    enterprise = chance.choice(ENTERPRISES)
    account, month, product = chance.choice(enterprise.accounts), chance.choice(months), chance.choice(_METERED)
    days = (min(_next(month), max(today, month + timedelta(days=1))) - month).days
    at = start_of(month) + timedelta(hours=chance.randrange(days * 24))
    quantity = Decimal(chance.randint(1, product.at_most)) / 1000
    cost = quantity * Decimal(product.unit_price)
    # Now and then a coupon pays a fifth; its share has as many decimals as the cost has.
    voucher = f"{cost / 5:f}" if chance.random() < 0.04 else ""
    names = (product.category, product.name, product.description)
    return _row(enterprise, account, at, month, f"{cost:f}", names, voucher=voucher, quantity=(f"{quantity}", product.unit))
