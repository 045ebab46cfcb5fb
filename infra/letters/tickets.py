"""The mail that tells of a ticket's new message: the number and the way to it, and nothing of what was written."""

from datetime import date

from domain.ports import MailMessage
from domain.support import TicketState
from domain.ticket_notices import TicketNotice
from infra.letters.rendering import LetterTemplates, locale_of

_SUBJECTS = {
    ("answered", "zh"): "工单 {number} 已有回复",
    ("answered", "en"): "Your ticket {number} is answered",
    ("waiting", "zh"): "工单 {number} 需要您补充信息",
    ("waiting", "en"): "Your ticket {number} needs something from you",
    ("closed", "zh"): "工单 {number} 已回复并关闭",
    ("closed", "en"): "Your ticket {number} is answered and closed",
    ("staff", "zh"): "工单 {number} 有客户的新消息",
    ("staff", "en"): "Ticket {number}: the customer wrote",
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class TicketTemplateLetters:
    """Implements `activities.tickets.TicketLetters`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def told(self, notice: TicketNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        shown = notice.state if notice.state in {TicketState.WAITING, TicketState.CLOSED} else TicketState.ANSWERED
        kind = "staff" if notice.to_staff else str(shown)
        place = "desk/tickets" if notice.to_staff else "support"
        subject = _SUBJECTS[kind, locale].format(number=notice.number)
        until = day_text(notice.open_until, locale) if notice.open_until else ""
        facts = {
            "until": until,
            "notice": notice,
            "heading": subject,
            "lang": locale,
            "link": f"{self._public_url}/{place}/{notice.number}",
        }
        return self._templates.mail("ticket", locale, facts, message_id=notice.id, to=notice.to, subject=subject)


def day_text(day: date, locale: str) -> str:
    """`5 December 2026`, `2026年12月5日`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if locale == "en" else f"{day.year}年{day.month}月{day.day}日"
