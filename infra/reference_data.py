"""What operators keep for imports: exchange rates, tax classes of services, products outside self-service. Each change is noted.

A change counts for what is imported from then on: records keep the class and lines the rate with which they came.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.calendar import typed_day
from domain.errors import Problem, Refusal
from domain.titles import text_problems
from infra.audit import note_deed
from infra.database import Database
from infra.tables import AssistedProductRow, EnterpriseRow, ExchangeRateRow, ImportBatchRow, ImportedLineRow, ServiceClassRow

TAX_RATES_BP = (1300, 900, 600, 500, 300, 100, 0)
EVERYTHING = "*"

_RATE = re.compile(r"(0|[1-9][0-9]{0,7})(\.[0-9]{1,10})?", re.ASCII)
_CODE = re.compile(r"[0-9]{19}", re.ASCII)
_PHONE = re.compile(r"[0-9+() -]{3,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RateForm:
    """CNY for one unit of a currency on a day, as typed; `source` says where it was published."""

    currency: str
    day: str
    rate: str
    source: str
    confirmed: bool = False
    """A rate far from the one before it is meant so."""


@dataclass(frozen=True, slots=True)
class ClassForm:
    """The tax class of a service, of a service category, or (`*`) of everything else."""

    match: str
    classification_code: str
    category: str
    rate_bp: str
    unit: str


@dataclass(frozen=True, slots=True)
class AssistedForm:
    """A product outside self-service. `bought_before` empty: all of its consumption."""

    match: str
    bought_before: str
    reason_zh: str
    reason_en: str
    manager: str
    hotline: str


def set_rate(database: Database, typed: RateForm, by: int, today: date, now: datetime) -> None:
    """Keep a day's rate, or another one instead.

    Raises Refusal: currency-malformed, currency-ours, day-form, day-ahead, rate-malformed, and without `confirmed` rate-jump (rate, day):
    more than 20 % from the nearest day's before.
    """
    problems = [*text_problems("source", typed.source, 100, least=1)]
    if not re.fullmatch("[A-Z]{3}", typed.currency):
        problems.append(Problem("currency", "currency-malformed"))
    elif typed.currency == "CNY":
        problems.append(Problem("currency", "currency-ours"))
    day = _day("day", typed.day, problems)
    if day is None and not typed.day:
        problems.append(Problem("day", "field-needed"))
    if day is not None and day > today:
        problems.append(Problem("day", "day-ahead"))
    if not _RATE.fullmatch(typed.rate) or not Decimal(typed.rate):
        problems.append(Problem("rate", "rate-malformed"))
    if problems or day is None:
        raise Refusal(*problems)
    with database.write() as session:
        row = session.get(ExchangeRateRow, (typed.currency, day), with_for_update=True)
        old = row.rate if row else ""
        if row is not None and (row.rate, row.source) == (typed.rate, typed.source):
            return
        if not typed.confirmed and (before := _far_from(session, typed.currency, day, Decimal(typed.rate))) is not None:
            raise Refusal(Problem("confirmed", "rate-jump", {"rate": before.rate, "day": before.day.isoformat()}))
        session.merge(ExchangeRateRow(currency=typed.currency, day=day, rate=typed.rate, source=typed.source))
        facts = {"from": old, "to": typed.rate, "source": typed.source}
        note_deed(session, by, AuditAction.RATE_SET, f"rate:{typed.currency}:{day}", now, facts=facts)


def _far_from(session: Session, currency: str, day: date, rate: Decimal) -> ExchangeRateRow | None:
    """The rate of the nearest day before, when this one is more than 20 % away from it."""
    row: Any = ExchangeRateRow
    earlier = select(ExchangeRateRow).where(row.currency == currency, row.day < day).order_by(row.day.desc()).limit(1)
    before = session.execute(earlier).scalar_one_or_none()
    return before if before is not None and abs(rate - Decimal(before.rate)) * 5 > Decimal(before.rate) else None


def remove_rate(database: Database, currency: str, day: date, by: int, now: datetime) -> None:
    """Remove a day's rate, as long as no line took one like it; one that is not there is removed already. Raises Refusal: rate-used."""
    with database.write() as session:
        row = session.get(ExchangeRateRow, (currency, day), with_for_update=True)
        if row is None:
            return
        if _is_used(session, currency, row.rate):
            raise Refusal(Problem("rate", "rate-used", {"day": day.isoformat()}))
        facts = {"from": row.rate, "source": row.source}
        session.delete(row)
        note_deed(session, by, AuditAction.RATE_REMOVED, f"rate:{currency}:{day}", now, facts=facts)


def _is_used(session: Session, currency: str, rate: str) -> bool:
    """Whether a line has this rate. Lines do not keep its day; only those of files with the currency are looked at."""
    batch, line = ImportBatchRow, ImportedLineRow
    files = select(col(batch.id)).where(col(batch.totals).contains(f'"{currency}"'))
    used = select(col(line.line)).where(col(line.batch_id).in_(files), col(line.currency) == currency, col(line.rate) == rate)
    return session.execute(used.limit(1)).first() is not None


def set_class(database: Database, typed: ClassForm, by: int, now: datetime) -> None:
    """Keep the tax class of a service, or another one instead. Raises Refusal: class-code-form, tax-rate-unknown and those of texts."""
    problems = [
        *text_problems("match", typed.match, 90, least=1),
        *text_problems("category", typed.category, 40, least=1),
        *text_problems("unit", typed.unit, 22, least=1),
    ]
    if not _CODE.fullmatch(typed.classification_code):
        problems.append(Problem("classification_code", "class-code-form"))
    if typed.rate_bp not in {str(rate) for rate in TAX_RATES_BP}:
        problems.append(Problem("rate_bp", "tax-rate-unknown"))
    if problems:
        raise Refusal(*problems)
    new = ServiceClassRow(
        match=typed.match,
        classification_code=typed.classification_code,
        category=typed.category,
        rate_bp=int(typed.rate_bp),
        unit=typed.unit,
    )
    with database.write() as session:
        old = session.get(ServiceClassRow, typed.match, with_for_update=True)
        before = _class_text(old) if old else ""
        if before == _class_text(new):
            return
        session.merge(new)
        facts = {"from": before, "to": _class_text(new)}
        note_deed(session, by, AuditAction.SERVICE_CLASS_SET, f"service-class:{typed.match}"[:120], now, facts=facts)


def _class_text(row: ServiceClassRow) -> str:
    return f"{row.classification_code} {row.category} {row.rate_bp} {row.unit}"


def set_assisted(database: Database, typed: AssistedForm, by: int, now: datetime) -> None:
    """Keep a product outside self-service. Raises Refusal: day-form, hotline-form and those of texts."""
    problems = [
        *text_problems("match", typed.match, 90, least=1),
        *text_problems("reason_zh", typed.reason_zh, 300, least=1),
        *text_problems("reason_en", typed.reason_en, 300, least=1),
        *text_problems("manager", typed.manager, 100, least=1),
    ]
    before = _day("bought_before", typed.bought_before, problems)
    if not _PHONE.fullmatch(typed.hotline):
        problems.append(Problem("hotline", "hotline-form"))
    if problems:
        raise Refusal(*problems)
    new = AssistedProductRow(
        match=typed.match,
        bought_before=before,
        reason_zh=typed.reason_zh,
        reason_en=typed.reason_en,
        manager=typed.manager,
        hotline=typed.hotline,
    )
    with database.write() as session:
        old = session.get(AssistedProductRow, typed.match, with_for_update=True)
        if old is not None and old.model_dump() == new.model_dump():
            return
        facts = {"bought_before": typed.bought_before, "manager": typed.manager, "hotline": typed.hotline}
        session.merge(new)
        _pages_changed(session)
        note_deed(session, by, AuditAction.ASSISTED_SET, f"assisted:{typed.match}"[:120], now, facts=facts)


def _pages_changed(session: Session) -> None:
    """Pages of consumption are kept by this number: they show manager and hotline."""
    session.execute(update(EnterpriseRow).values(consumption_version=col(EnterpriseRow.consumption_version) + 1))


def _day(field: str, typed: str, problems: list[Problem]) -> date | None:
    if not typed:
        return None
    day = typed_day(typed)
    if day is None:
        problems.append(Problem(field, "day-form"))
    return day
