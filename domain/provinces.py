"""Region codes and their tax bureaus, as the invoice number, the XML and tax ids use them (`domain.md` 1.2)."""

from dataclasses import dataclass

PROVINCES: dict[str, str] = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
}
"""The first two digits of a region code. A number that starts otherwise (after its year) is not a digital invoice's."""

SEPARATE_CITIES: dict[str, str] = {
    "2102": "大连市",
    "3302": "宁波市",
    "3502": "厦门市",
    "3702": "青岛市",
    "4403": "深圳市",
}
"""Separately planned cities with a bureau of their own, by the first four digits of a seller's region."""


@dataclass(frozen=True, slots=True)
class TaxBureauOffice:
    """The bureau under which an invoice was issued, as the XML names it in three places that must agree."""

    tag: str
    code: str
    name: str


def tax_bureau_of(invoice_number: str, seller_tax_id: str = "") -> TaxBureauOffice:
    """`SWEI3300`, `13300000000`, 国家税务总局浙江省税务局 for a number with 33 in digits 3 and 4.

    A seller in a separately planned city of that province has the city's bureau. Raises KeyError for a number
    whose digits 3 and 4 are no region.
    """
    province = invoice_number[2:4]
    name = PROVINCES[province]
    city = seller_tax_id[2:6]
    if city in SEPARATE_CITIES and city.startswith(province):
        return TaxBureauOffice(f"SWEI{city}", f"1{city}000000", f"国家税务总局{SEPARATE_CITIES[city]}税务局")
    return TaxBureauOffice(f"SWEI{province}00", f"1{province}00000000", f"国家税务总局{name}税务局")
