"""The figures that help pages name, from the rules themselves: `[[name]]` in a text."""

from collections.abc import Mapping
from datetime import timedelta

from domain.messages import Policy
from infra.people import IDLE
from infra.settings import Settings
from web import formats
from web.words import LOCALES, Locale

HOTLINE = "400-660-0102"
OFFICE_HOURS: Mapping[Locale, str] = {"zh": "工作日 9:00–17:00", "en": "working days 9:00–17:00, China time"}


def figures(settings: Settings) -> dict[Locale, Mapping[str, str]]:
    """By language, every figure that a text may name."""
    policy = Policy(correction_days=settings.correction_days)
    same = {
        "correction_days": str(policy.correction_days),
        "review_days": str(policy.review_working_days),
        "lapse_days": str(policy.review_lapse_days),
        "material_days": str(policy.material_working_days),
        "promise_hour": f"{policy.promise_hour}:00",
        "mailing_days": str(policy.mailing_working_days),
        "carriage": formats.money(policy.carriage_fen),
        "free_carriage": formats.money(policy.free_carriage_from_fen),
        "alarm_days": str(policy.alarm_days),
        "idle_minutes": str(IDLE // timedelta(minutes=1)),
        "session_hours": str(settings.session_hours),
        "document_years": str(settings.s3_retention_days // 365),
        "hotline": HOTLINE,
        "support_email": settings.support_email,
    }
    return {locale: {**same, "office_hours": OFFICE_HOURS[locale]} for locale in LOCALES}
