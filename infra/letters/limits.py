"""The mail that reminds of consumption whose time limit ends: how much, by when, and the way to invoice it."""

from domain.limit_notices import LimitNotice
from domain.ports import MailMessage
from infra.letters.rendering import LetterTemplates, grouped, locale_of
from infra.letters.tickets import day_text

_SUBJECTS = {
    "zh": "有 {amount} 元消费的开票期限将在{last}前陆续届满",
    "en": "CNY {amount} of consumption can be invoiced until {last} at the latest",
}


class LimitTemplateLetters:
    """Implements `activities.limit_notices.LimitLetters`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def ending(self, notice: LimitNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        amount, last = grouped(notice.amount_fen), day_text(notice.last_end, locale)
        subject = _SUBJECTS[locale].format(amount=amount, last=last)
        facts = {
            "amount": amount,
            "first": day_text(notice.first_end, locale),
            "last": last,
            "oldest": day_text(notice.oldest, locale),
            "newest": day_text(notice.newest, locale),
            "heading": subject,
            "lang": locale,
            "link": f"{self._public_url}/consumption?show=can",
        }
        return self._templates.mail("limit", locale, facts, message_id=notice.id, to=notice.to, subject=subject)
