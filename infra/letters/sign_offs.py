"""The mails about an enterprise's own approval: whose turn it is, that time runs out, how it ended."""

from datetime import datetime

from domain.calendar import CHINA
from domain.ports import MailMessage
from domain.sign_off import SignOffNews, SignOffNotice
from infra.letters.rendering import LetterTemplates, grouped, locale_of
from infra.letters.tickets import day_text

_SUBJECTS = {
    (SignOffNews.ASKED, "zh"): "请您审批开票申请 {number}，{amount} 元",
    (SignOffNews.ASKED, "en"): "Please approve application {number}, CNY {amount}",
    (SignOffNews.REMINDER, "zh"): "开票申请 {number} 的内部审批即将到期",
    (SignOffNews.REMINDER, "en"): "Approval of application {number} is due soon",
    (SignOffNews.DECLINED, "zh"): "开票申请 {number} 未通过内部审批",
    (SignOffNews.DECLINED, "en"): "Application {number} was declined by your company",
    (SignOffNews.LAPSED, "zh"): "开票申请 {number} 内部审批超时，已失效",
    (SignOffNews.LAPSED, "en"): "Application {number} lapsed: nobody approved it in time",
}

_BODIES = {
    ("asked", "zh"): "{applicant}提交的开票申请需要您审批。请在{due}前处理；逾期未处理，申请自动失效，金额释放。",
    ("asked", "en"): "{applicant} has applied for invoices, and your company wants your approval first. Decide before {due}: "
    "without a decision the application lapses and its amount is available again.",
    ("reminder", "zh"): "这笔开票申请仍在等待您审批。若{due}前未处理，申请自动失效，金额释放。",
    ("reminder", "en"): "This application still waits for your approval. Without a decision before {due} it lapses and its amount is "
    "available again.",
    ("reminder-oa", "zh"): "这笔开票申请在等待贵公司 OA 的审批结果。若{due}前仍无结果，申请自动失效，金额释放。",
    (
        "reminder-oa",
        "en",
    ): "This application waits for the answer of your company's OA. Without one before {due} it lapses and its amount is available again.",
    ("declined", "zh"): "这笔开票申请未通过贵公司的内部审批，金额已释放，可重新申请。",
    ("declined", "en"): "Your company has declined this application. Its amount is available again.",
    ("lapsed", "zh"): "贵公司在规定时间内没有审批这笔开票申请，申请已失效，金额已释放，可重新申请。",
    ("lapsed", "en"): "Nobody in your company approved this application in time. It has lapsed; its amount is available again, and you can "
    "apply anew.",
}


class SignOffTemplateLetters:
    """Implements `activities.sign_offs.SignOffLetters`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def told(self, notice: SignOffNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        amount = grouped(notice.amount_fen)
        subject = _SUBJECTS[notice.news, locale].format(number=notice.number, amount=amount)
        kind = "reminder-oa" if notice.by_oa and notice.news is SignOffNews.REMINDER else str(notice.news)
        due = _moment_text(notice.due_at, locale)
        facts = {
            "news": str(notice.news),
            "notice": notice,
            "amount": amount,
            "body": _BODIES[kind, locale].format(applicant=notice.applicant, due=due),
            "due": due,
            "heading": subject,
            "lang": locale,
            "link": f"{self._public_url}/applications/{notice.number}",
        }
        return self._templates.mail("sign_off", locale, facts, message_id=notice.id, to=notice.to, subject=subject)


def _moment_text(moment: datetime, locale: str) -> str:
    """`5 December 2026, 18:00`, `2026年12月5日 18:00`, in China."""
    there = moment.astimezone(CHINA)
    return f"{day_text(there.date(), locale)}{', ' if locale == 'en' else ' '}{there:%H:%M}"
