"""Who stands in the demo: issuing entities, enterprises with their accounts, people, titles and receivers. All invented."""

from dataclasses import dataclass, field

from domain.access import Role


@dataclass(frozen=True, slots=True)
class DemoEntity:
    code: str
    name: str
    tax_id: str
    province: str
    address: str
    phone: str
    bank: str
    bank_account: str
    drawer: str
    returns_recipient: str
    returns_address: str
    returns_postcode: str
    returns_phone: str


HANGZHOU = DemoEntity(
    code="HZ",
    name="青屿云计算（杭州）有限公司",
    tax_id="91330106MA8F6C1D3W",
    province="33",
    address="杭州市西湖区云栖路 88 号 3 幢",
    phone="0571-8602 7100",
    bank="杭州银行滨江支行",
    bank_account="3301040160008823417",
    drawer="沈一舟",
    returns_recipient="青屿云票据组",
    returns_address="杭州市西湖区云栖路 88 号 3 幢 1 楼收发室",
    returns_postcode="310024",
    returns_phone="0571-8602 7118",
)
SHANGHAI = DemoEntity(
    code="SH",
    name="青屿数据（上海）有限公司",
    tax_id="91310115MA1K4T7X2R",
    province="31",
    address="上海市浦东新区海科路 99 号 6 楼",
    phone="021-6190 3300",
    bank="上海银行张江支行",
    bank_account="31665503003921807",
    drawer="沈一舟",
    returns_recipient="青屿数据票据组",
    returns_address="上海市浦东新区海科路 99 号 6 楼收发室",
    returns_postcode="201210",
    returns_phone="021-6190 3318",
)
ENTITIES = (HANGZHOU, SHANGHAI)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    sub_account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class DemoTitle:
    name: str
    tax_id: str
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""


@dataclass(frozen=True, slots=True)
class DemoEnterprise:
    """The first account is the master account, the first title the default one."""

    billing_account_id: str
    accounts: tuple[DemoAccount, ...]
    titles: tuple[DemoTitle, ...]
    email: str
    recipient: str
    phone: str
    address: str
    postcode: str
    verified: bool = True
    """Without it there is no title, no receiver and no tax id yet."""
    consolidated: bool = False
    """It has the service "one application over several accounts"."""

    @property
    def name(self) -> str:
        """The verified name, which is the first title's."""
        return self.titles[0].name

    @property
    def tax_id(self) -> str:
        return self.titles[0].tax_id


SHIGUANG = DemoEnterprise(
    billing_account_id="8001000201",
    accounts=(
        DemoAccount("100020010001", "拾光互动 主账号"),
        DemoAccount("100020010002", "拾光文化传媒"),
        DemoAccount("100020010003", "拾光游戏工作室"),
        DemoAccount("100020010004", "拾光数据平台"),
    ),
    titles=(
        DemoTitle(
            "北京拾光互动科技有限公司",
            "91110105MA7K3R2P5R",
            "北京市朝阳区望京东路 6 号 B 座 1203",
            "010-8562 3390",
            "招商银行北京望京支行",
            "110926013810406612",
        ),
        DemoTitle("拾光文化传媒（北京）有限公司", "91110105MA8C4J6T1G"),
    ),
    email="finance@shiguang.example",
    recipient="林澈",
    phone="13800138826",
    address="北京市朝阳区望京东路 6 号 B 座 1203",
    postcode="100102",
    consolidated=True,
)
YANXI = DemoEnterprise(
    billing_account_id="8001000202",
    accounts=(
        DemoAccount("100020020001", "砚溪制造 主账号"),
        DemoAccount("100020020002", "砚溪 一号工厂"),
        DemoAccount("100020020003", "砚溪 视觉检测"),
    ),
    titles=(
        DemoTitle(
            "苏州砚溪智能制造有限公司",
            "91320505MA6T8N3W1B",
            "苏州市虎丘区科锐路 21 号",
            "0512-6808 7715",
            "中国银行苏州高新区支行",
            "475668801930447",
        ),
    ),
    email="fapiao@yanxi.example",
    recipient="顾言",
    phone="13912340067",
    address="苏州市虎丘区科锐路 21 号 2 号楼",
    postcode="215011",
    consolidated=True,
)
LINCHUAN = DemoEnterprise(
    billing_account_id="8001000203",
    accounts=(DemoAccount("100020030001", "临川药业 主账号"), DemoAccount("100020030002", "临川药业 研发中心")),
    titles=(
        DemoTitle(
            "上海临川药业有限公司",
            "91310104MA1F8Q2N81",
            "上海市徐汇区漕宝路 401 号 5 幢",
            "021-5426 8801",
            "交通银行上海漕河泾支行",
            "310066726018800053",
        ),
    ),
    email="caiwu@linchuan.example",
    recipient="方棠",
    phone="13688219904",
    address="上海市徐汇区漕宝路 401 号 5 幢",
    postcode="200233",
)
ENTERPRISES = (SHIGUANG, YANXI, LINCHUAN)
XINGZHU = DemoEnterprise(
    billing_account_id="8001000204",
    accounts=(DemoAccount("100020040001", "星渚信息 主账号"),),
    titles=(DemoTitle("北京星渚信息技术有限公司", "91110108MA7Q5X2H2Y"),),
    email="zhou@xingzhu.example",
    recipient="周启明",
    phone="13800134417",
    address="北京市海淀区知春路 66 号",
    postcode="100191",
    verified=False,
)
"""Consumes, but has not gone through real-name authentication: to try that."""
XIAOMAN = DemoEnterprise(
    billing_account_id="8001000205",
    accounts=(DemoAccount("100020050001", "小满咖啡 主账号"),),
    titles=(DemoTitle("杭州市西湖区小满咖啡馆", "92330106MACQ7H4E74"),),
    email="wen@xiaoman.example",
    recipient="温小满",
    phone="13600107752",
    address="杭州市西湖区文三路 188 号 1 楼",
    postcode="310012",
    verified=False,
)
"""An individual business whose real-name authentication waits at the identity desk."""
NEWCOMERS = (XINGZHU, XIAOMAN)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`account` counts the enterprise's accounts from 0; staff have no enterprise."""

    login: str
    name: str
    role: Role
    does: str
    enterprise: DemoEnterprise | None = None
    account: int = field(default=0)
    phone: str = ""
    email: str = ""
    level: int = 1
    """Of a reviewer."""


PEOPLE = (
    DemoPerson("lin", "林澈", Role.CUSTOMER_MASTER, "master of 拾光互动", SHIGUANG, 0, "13800138826", "lin@shiguang.example"),
    DemoPerson(
        "meng", "孟瑶", Role.CUSTOMER_MEMBER, "member of 拾光互动 (拾光文化传媒)", SHIGUANG, 1, "13800134471", "meng@shiguang.example"
    ),
    DemoPerson("gu", "顾言", Role.CUSTOMER_MASTER, "master of 砚溪制造", YANXI, 0, "13912340067", "gu@yanxi.example"),
    DemoPerson("fang", "方棠", Role.CUSTOMER_MASTER, "master of 临川药业", LINCHUAN, 0, "13688219904", "fang@linchuan.example"),
    DemoPerson(
        "zhou", "周启明", Role.CUSTOMER_MASTER, "master of 星渚信息, not verified yet", XINGZHU, 0, "13800134417", "zhou@xingzhu.example"
    ),
    DemoPerson(
        "wen", "温小满", Role.CUSTOMER_MASTER, "小满咖啡馆, authentication is checked", XIAOMAN, 0, "13600107752", "wen@xiaoman.example"
    ),
    DemoPerson("xu", "许衡", Role.REVIEWER, "reviewer, level 1", email="xu@kaipiao.example"),
    DemoPerson("su", "苏蔓", Role.REVIEWER, "reviewer, level 2", email="su@kaipiao.example", level=2),
    DemoPerson("qin", "秦越", Role.SUPERVISOR, "supervisor of the reviewers", email="qin@kaipiao.example"),
    DemoPerson("shen", "沈一舟", Role.OPERATOR, "operator: import, issuing, receiving desk", email="shen@kaipiao.example"),
    DemoPerson("he", "何静", Role.CUSTOMER_SERVICE, "customer service", email="he@kaipiao.example"),
    DemoPerson("tang", "唐雨", Role.AUDITOR, "auditor, reads only", email="tang@kaipiao.example"),
)


@dataclass(frozen=True, slots=True)
class DemoClass:
    """Tax class of a FOCUS ServiceName or ServiceCategory (`domain.md` 1.11); `*` is everything else."""

    match: str
    classification_code: str
    category: str
    rate_bp: int
    unit: str = "项"


_CLOUD = ("3040203000000000000", "信息技术服务", 600)
CLASSES = (
    *(DemoClass(match, *_CLOUD) for match in ("*", "Compute", "Storage", "Databases", "Networking", "Analytics", "Security")),
    DemoClass("云专线", "3030100000000000000", "电信服务", 900),
    DemoClass("边缘一体机", "1090511010000000000", "电子计算机", 1300, "台"),
    DemoClass("专用加密机", "1090511010000000000", "电子计算机", 1300, "台"),
)
