"""Amounts, dates and deadlines as people read them, in both languages (look, section 4). China time throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import CHINA, china_date
from domain.contacts import mobile_problem
from domain.tax_ids import TaxIdKind, check_tax_id
from domain.titles import character_fault
from web.words import Locale

MINUS = "−"
NOTHING = "—"
_ZH_DAYS = "一二三四五六日"
_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money(fen: int | None) -> str:
    """`−5,200.00`: thousands comma, two decimals, a true minus; no value is a dash. The unit stands elsewhere."""
    if fen is None:
        return NOTHING
    sign = MINUS if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def money_parts(fen: int) -> tuple[str, str]:
    """The yuan and the fen of a hero amount: `186,463` and `.14`."""
    whole, _, cents = money(fen).partition(".")
    return whole, "." + cents


def rate(rate_bp: int) -> str:
    """A tax rate: 600 is `6%`, 50 is `0.5%`."""
    return f"{rate_bp / 100:g}%"


def count(number: int) -> str:
    return f"{number:,}"


def groups(text: str, size: int = 4) -> list[str]:
    """An invoice number in groups of four; margins between spans keep the copied digits bare."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def tax_id_groups(text: str) -> list[str]:
    return groups(text, 6)


def last_four(number: str) -> str:
    return number[-4:]


def masked_phone(phone: str) -> str:
    """`138****8826`; short ones keep their last two digits."""
    digits = phone.strip()
    if len(digits) < 8:
        return "*" * max(0, len(digits) - 2) + digits[-2:]
    return f"{digits[:3]}****{digits[-4:]}"


def masked_account(account: str) -> str:
    digits = account.replace(" ", "")
    return account if len(digits) < 9 else f"{digits[:4]} **** **** {digits[-4:]}"


def masked_email(email: str) -> str:
    name, at, host = email.partition("@")
    return f"{name[:2]}***{at}{host}" if at else email


def masked_identity(number: str) -> str:
    """`110***********003X`: of an identity number the region and the last four."""
    return number if len(number) < 8 else f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def masked_personal_id(tax_id: str) -> str:
    """A tax id as staff see it: a person's is an identity number and masked, a company's is public."""
    found = check_tax_id(tax_id)
    is_persons = found.kind is TaxIdKind.CITIZEN or (found.kind is TaxIdKind.OLD_20 and tax_id[-2:].isdecimal())
    return masked_identity(tax_id) if is_persons else tax_id


def masked_login(login: str) -> str:
    """Who registered signs in by its own number or address; names of other kinds are no secret."""
    if "@" in login:
        return masked_email(login)
    return login if mobile_problem("login", login) else masked_phone(login)


def masked_address(address: str) -> str:
    """`北京市朝阳区****`: the first six characters, which say the city."""
    text = address.strip()
    return f"{text[:6]}****" if len(text) > 6 else "****" if text else ""


def table_moment(moment: datetime | None) -> str:
    """`2026-11-20 14:32`, the same in both languages."""
    return NOTHING if moment is None else moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def table_day(day: date | None) -> str:
    return NOTHING if day is None else day.isoformat()


def clock_time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%H:%M")


def prose_day(day: date, today: date, locale: Locale) -> str:
    """`11月23日（周一）` / `Mon 23 Nov`: the weekday within 14 days, the year when it is another one."""
    near = abs((day - today).days) <= 14
    other_year = day.year != today.year
    if locale == "zh":
        year = f"{day.year}年" if other_year else ""
        return f"{year}{day.month}月{day.day}日" + (f"（周{_ZH_DAYS[day.weekday()]}）" if near else "")
    year = f" {day.year}" if other_year else ""
    return (f"{_EN_DAYS[day.weekday()]} " if near else "") + f"{day.day} {_EN_MONTHS[day.month - 1]}{year}"


def _day_and_time(moment: datetime) -> tuple[date, str]:
    """Midnight is 24:00 of the day before, as deadlines are written."""
    local = moment.astimezone(CHINA)
    if local.hour == local.minute == local.second == 0:
        return local.date() - timedelta(days=1), "24:00"
    return local.date(), local.strftime("%H:%M")


def prose_moment(moment: datetime, now: datetime, locale: Locale) -> str:
    """A moment that was: `今天 08:20`, `11月12日 16:40` / `today 08:20`, `12 Nov 16:40`."""
    today = china_date(now)
    day = china_date(moment)
    time = clock_time(moment)
    if day == today:
        return f"今天 {time}" if locale == "zh" else f"today {time}"
    if locale == "zh":
        year = f"{day.year}年" if day.year != today.year else ""
        return f"{year}{day.month}月{day.day}日 {time}"
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day.day} {_EN_MONTHS[day.month - 1]}{year} {time}"


def until(moment: datetime, now: datetime, locale: Locale) -> str:
    """A deadline: `今天 18:00`, `11月23日（周一）18:00` / `today 18:00`, `Mon 23 Nov 18:00`."""
    day, time = _day_and_time(moment)
    today = china_date(now)
    if day == today:
        return f"今天 {time}" if locale == "zh" else f"today {time}"
    if day == today + timedelta(days=1):
        return f"明天 {time}" if locale == "zh" else f"tomorrow {time}"
    text = prose_day(day, today, locale)
    return text + ("" if text.endswith("）") else " ") + time


def before(moment: datetime, now: datetime, locale: Locale) -> str:
    """`11月23日（周一）18:00 前` / `by Mon 23 Nov 18:00`; English says `today by 18:00` of today."""
    if locale == "zh":
        return until(moment, now, locale) + " 前"
    text = until(moment, now, locale)
    for near in ("today ", "tomorrow "):
        if text.startswith(near):
            return f"{near}by {text.removeprefix(near)}"
    return "by " + text


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a deadline: in words, and whether it is over."""

    text: str
    overdue: bool


def left(moment: datetime, now: datetime, locale: Locale) -> Left:
    """`还有 23 天`, `还有 3 小时 28 分`: days above 48 hours, hours below, minutes below one hour, else overdue."""
    gap = moment - now
    zh = locale == "zh"
    if gap <= timedelta(0):
        return Left("逾期" if zh else "overdue", overdue=True)
    minutes = int(gap.total_seconds() // 60)
    if gap > timedelta(hours=48):
        days = int(gap.total_seconds() // 86_400)
        return Left(f"还有 {days} 天" if zh else f"{days} days left", overdue=False)
    hours, rest = divmod(minutes, 60)
    if hours:
        return Left(f"还有 {hours} 小时 {rest} 分" if zh else f"{hours} h {rest} min left", overdue=False)
    minutes = max(minutes, 1)
    return Left(f"还有 {minutes} 分钟" if zh else f"{minutes} min left", overdue=False)


def month(period: str, locale: Locale) -> str:
    """`2026-10` as `2026年10月` / `Oct 2026`."""
    year, number = period.split("-")
    return f"{year}年{int(number)}月" if locale == "zh" else f"{_EN_MONTHS[int(number) - 1]} {year}"


def file_size(size: int) -> str:
    """`240 KB`, `1.2 MB`: rounded up, so that no file has 0."""
    if size < 1_000_000:
        return f"{-(-size // 1000)} KB"
    tenths = -(-size // 100_000)
    return f"{tenths // 10}.{tenths % 10} MB"


def visible(text: str) -> str:
    """A text of unknown origin with the characters shown that hide or turn others: `bill⟨U+202E⟩vsc.exe`."""
    hidden = {"bidi", "control", "line-break", "invisible", "surrogate", "private-use", "unassigned"}
    return "".join(f"⟨U+{ord(each):04X}⟩" if character_fault(each) in hidden else each for each in text)


def joined(parts: Sequence[str], locale: Locale) -> str:
    return ("、" if locale == "zh" else ", ").join(parts)
