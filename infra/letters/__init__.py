"""Mails and SMS in the customer's language: the fact, the amount, the last four digits; nothing we never ask for."""

from domain.amounts import yuan
from domain.books import Recipient
from domain.ports import Attachment, MailMessage
from infra.letters.rendering import LetterTemplates, grouped, locale_of

_SUBJECTS = {
    ("issued", "zh"): "发票已开具，尾号 {last4}，{amount} 元",
    ("issued", "en"): "Invoice issued: ending {last4}, CNY {amount}",
    ("returned", "zh"): "红字发票已开具，尾号 {last4}，金额已退回可开票",
    ("returned", "en"): "Red-letter invoice issued: ending {last4}, the amount is available again",
}
_SMS = {
    "zh": "【开票】发票（尾号 {original}）已冲红，{amount} 元已退回可开票。",
    "en": "[Kaipiao] Invoice ending {original} was reversed; CNY {amount} is available again.",
}


class TemplateLetters:
    """Implements `activities.delivery.Letters` with the templates beside it."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def issued(self, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage:
        return self._letter("issued", recipient, message_id, attachments)

    def returned(self, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage:
        return self._letter("returned", recipient, message_id, attachments)

    def returned_sms(self, recipient: Recipient) -> str:
        return _SMS[locale_of(recipient.locale)].format(original=recipient.original_number[-4:], amount=yuan(abs(recipient.total_fen)))

    def _letter(self, name: str, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage:
        locale = locale_of(recipient.locale)
        facts = {
            "to": recipient,
            "attachments": attachments,
            "link": f"{self._public_url}/invoices/{recipient.invoice_id}",
            "last4": recipient.number[-4:],
            "original4": recipient.original_number[-4:],
        }
        subject = _SUBJECTS[name, locale].format(last4=recipient.number[-4:], amount=grouped(recipient.total_fen))
        return self._templates.mail(
            name, locale, facts, message_id=message_id, to=recipient.email, subject=subject, attachments=attachments
        )
