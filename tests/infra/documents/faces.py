"""Faces for the tests of documents."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from domain.invoices import InvoiceFace, InvoiceKind, InvoiceLine, Medium, Party

CLOUD = InvoiceLine("云服务费", "信息技术服务", "3040203000000000000", 3_471_698, 208_302, 600, "g8 包年", "项", Decimal(1))
TRAFFIC = InvoiceLine("内容分发费", "信息技术服务", "3040203000000000000", 1_196_264, 71_776, 600, "10 月流量", "项", Decimal(1))

SPECIAL = InvoiceFace(
    number="26332000000418203947",
    kind=InvoiceKind.SPECIAL,
    medium=Medium.ELECTRONIC,
    issued_at=datetime(2026, 11, 13, 2, 30, 15, tzinfo=UTC),
    seller=Party(
        "青屿云计算（杭州）有限公司",
        "91330106MACKX4QG41",
        "杭州市滨江区江南大道 1 号",
        "0571-88880000",
        "杭州银行滨江支行",
        "3301040160008823417",
    ),
    buyer=Party("北京拾光互动科技有限公司", "91110000600037341L"),
    lines=(CLOUD, TRAFFIC),
    drawer="沈一舟",
    remark="申请编号：KP-261112-0207 销方开户银行：杭州银行滨江支行；银行账号：3301 0401 6000 8823 417",
    sample=True,
)
ORDINARY = replace(SPECIAL, kind=InvoiceKind.ORDINARY, buyer=Party("个人"), lines=(CLOUD,), remark="", sample=False)
EIGHT = replace(SPECIAL, lines=tuple(replace(CLOUD, name=f"云服务费 {i}", quantity=Decimal(3)) for i in range(1, 9)))
THIRTY = replace(
    SPECIAL,
    lines=tuple(
        replace(CLOUD, name=f"云服务器 ECS 第 {i} 项", rate_bp=900 if i % 7 == 0 else 600, tax_fen=312_453 if i % 7 == 0 else 208_302)
        for i in range(1, 31)
    ),
)
RED = replace(
    SPECIAL,
    lines=(replace(CLOUD, net_fen=-3_471_698, tax_fen=-208_302, quantity=Decimal(-1)),),
    remark="",
    original_number="26332000000418203000",
    red_sheet_number="33010626111301117191",
    sample=False,
)
LONG = replace(
    SPECIAL,
    buyer=Party("内蒙古自治区鄂尔多斯市准格尔旗薛家湾镇迎泽街道友谊社区" * 3 + "物业服务有限责任公司北京分公司", "91110000600037341L"),
    lines=(
        replace(
            CLOUD,
            name="弹性计算专属集群跨可用区高可用增强型实例包年服务费" * 3 + "末",
            specification="ecs.g8i.48xlarge-superlong-name 企业级" * 2,
            unit="万次请求每月每区域",
            quantity=Decimal("1234567.1234567890123"),
        ),
        TRAFFIC,
    ),
    remark="合同编号：HT-2026-000123456789；" * 14,
    drawer="阿卜杜热西提·阿卜杜外力",
)
RARE = replace(SPECIAL, buyer=Party('㛃堃昇（北京）喆淼贸易商行 & Söhne №5 "#read" <b>*粗*_斜_$x$ @a `c`', "91110000600037341L"))
ALL = {"special": SPECIAL, "ordinary": ORDINARY, "eight": EIGHT, "thirty": THIRTY, "red": RED, "long": LONG, "rare": RARE}
