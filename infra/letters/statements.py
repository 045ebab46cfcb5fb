"""The mail that reminds of statements to confirm: the month, the sum and the way to them."""

from domain.ports import MailMessage
from domain.statements import StatementNotice
from infra.letters.rendering import LetterTemplates, grouped, locale_of
from infra.letters.tickets import MONTHS, day_text

_SUBJECTS = {
    "zh": "请在{last_day}前确认{month}的账单",
    "en": "Please confirm your bill of {month} by {last_day}",
}


class StatementTemplateLetters:
    """Implements `activities.statements.StatementLetters`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def reminder(self, notice: StatementNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        year, month = int(notice.period[:4]), int(notice.period[5:])
        named = f"{MONTHS[month - 1]} {year}" if locale == "en" else f"{year}年{month}月"
        last_day = day_text(notice.last_day, locale)
        subject = _SUBJECTS[locale].format(month=named, last_day=last_day)
        facts = {
            "notice": notice,
            "month": named,
            "last_day": last_day,
            "amount": grouped(notice.consumed_fen),
            "heading": subject,
            "lang": locale,
            "link": f"{self._public_url}/statements",
        }
        return self._templates.mail("statement", locale, facts, message_id=notice.id, to=notice.to, subject=subject)
