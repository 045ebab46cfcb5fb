"""The mail that tells how a review ended without invoices: rejected and why, or not decided in time."""

from domain.ports import MailMessage
from domain.review_notices import ReviewEndNotice
from infra.letters.rendering import LetterTemplates, grouped, locale_of

_SUBJECTS = {
    ("rejected", "zh"): "开票申请 {number} 未通过审核",
    ("rejected", "en"): "Application {number} was not approved",
    ("lapsed", "zh"): "开票申请 {number} 未在期限内审核，已失效",
    ("lapsed", "en"): "Application {number} lapsed: it was not decided in time",
}
_BODIES = {
    ("rejected", "zh"): "这笔开票申请未通过审核，{amount} 元已释放。请按下面的原因更正后重新申请。",
    (
        "rejected",
        "en",
    ): "This application was not approved, and CNY {amount} is available again. Please correct what is said below and apply anew.",
    ("lapsed", "zh"): "我们没有在期限内完成审核，这笔申请已失效，{amount} 元已释放。抱歉，请重新申请，或联系客服。",
    (
        "lapsed",
        "en",
    ): "We did not decide this application in time. It has lapsed, and CNY {amount} is available again. We are sorry: "
    "please apply anew, or ask customer service.",
}


class ReviewEndTemplateLetters:
    """Implements `activities.review_ends.ReviewEndLetters`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def told(self, notice: ReviewEndNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        amount = grouped(notice.amount_fen)
        subject = _SUBJECTS[notice.state, locale].format(number=notice.number)
        facts = {
            "notice": notice,
            "amount": amount,
            "body": _BODIES[notice.state, locale].format(amount=amount),
            "heading": subject,
            "lang": locale,
            "link": f"{self._public_url}/applications/{notice.number}",
        }
        return self._templates.mail("review_end", locale, facts, message_id=notice.id, to=notice.to, subject=subject)
