"""The mails and texts about material: what we need, that its time runs out, that it did not come."""

from datetime import timedelta

from domain.calendar import china_date
from domain.material import MaterialCode, MaterialNews, MaterialNotice
from domain.ports import MailMessage
from infra.letters.rendering import LetterTemplates, grouped, locale_of
from infra.letters.tickets import day_text

_SUBJECTS = {
    (MaterialNews.ASKED, "zh"): "开票申请 {number} 需要您补充材料",
    (MaterialNews.ASKED, "en"): "Application {number} needs something from you",
    (MaterialNews.REMINDER, "zh"): "开票申请 {number} 的材料即将到期",
    (MaterialNews.REMINDER, "en"): "Material for application {number} is due soon",
    (MaterialNews.LAPSED, "zh"): "开票申请 {number} 未补充材料，已失效",
    (MaterialNews.LAPSED, "en"): "Application {number} lapsed: no material came",
}
_BODIES = {
    (
        MaterialNews.ASKED,
        "zh",
    ): "审核这笔开票申请还需要以下材料。请在{due}当天结束前补充；补充后重新承诺审核时间，逾期申请自动失效，金额释放。",
    (
        MaterialNews.ASKED,
        "en",
    ): "To review this application we need what is listed below, by the end of {due}. Once it is here the review goes on, "
    "with a new promised date. If nothing comes by then, the application lapses and its amount is available again.",
    (MaterialNews.REMINDER, "zh"): "我们还没有收到以下材料。请在{due}当天结束前补充；逾期申请自动失效，金额释放。",
    (
        MaterialNews.REMINDER,
        "en",
    ): "We still wait for what is listed below. If nothing comes by the end of {due}, the application lapses and its amount is "
    "available again.",
    (
        MaterialNews.LAPSED,
        "zh",
    ): "在{due}之前没有收到材料，这笔开票申请已失效，{amount} 元已释放，可重新申请：打开申请页面，点“用同样的消费重新申请”。",
    (
        MaterialNews.LAPSED,
        "en",
    ): "No material came by the end of {due}. The application has lapsed, and CNY {amount} is available again. To apply anew, open "
    "the application and press “Apply again for the same”.",
}
_WANTED = {
    ("zh", MaterialCode.DEAL): "能说明金额的材料：合同、订单、付款凭证或消费明细，任选其一",
    ("en", MaterialCode.DEAL): "What shows the amount is right: contract, order, proof of payment or consumption detail, any one of them",
    ("zh", MaterialCode.CONTRACT): "合同",
    ("en", MaterialCode.CONTRACT): "Contract",
    ("zh", MaterialCode.ORDER): "订单",
    ("en", MaterialCode.ORDER): "Order",
    ("zh", MaterialCode.PAYMENT): "付款凭证",
    ("en", MaterialCode.PAYMENT): "Proof of payment",
    ("zh", MaterialCode.CONSUMPTION): "消费明细",
    ("en", MaterialCode.CONSUMPTION): "Consumption detail",
    ("zh", MaterialCode.LICENCE): "抬头所写企业的营业执照",
    ("en", MaterialCode.LICENCE): "Business licence of the company in the title",
    ("zh", MaterialCode.EXPLANATION): "文字说明",
    ("en", MaterialCode.EXPLANATION): "An explanation in words",
    ("zh", MaterialCode.OTHER): "其他材料，见审核人备注",
    ("en", MaterialCode.OTHER): "Something else: see the reviewer's note",
}
_SMS = {
    (MaterialNews.ASKED, "zh"): "【开票】申请 {number} 需要补充材料，请在{due}结束前登录处理，逾期失效并释放金额。",
    (MaterialNews.ASKED, "en"): "[Kaipiao] Application {number} needs material from you by the end of {due}, or it lapses. Please sign in.",
    (MaterialNews.REMINDER, "zh"): "【开票】申请 {number} 的材料还没有收到，{due}结束前未补充即失效。",
    (MaterialNews.REMINDER, "en"): "[Kaipiao] We still wait for the material of application {number}. It lapses at the end of {due}.",
    (MaterialNews.LAPSED, "zh"): "【开票】申请 {number} 未按时补充材料，已失效，金额已释放，可重新申请。",
    (
        MaterialNews.LAPSED,
        "en",
    ): "[Kaipiao] Application {number} lapsed: no material came. Its amount is available again; you can apply anew.",
}


class MaterialTemplateLetters:
    """Implements `activities.material.MaterialLetters`. An SMS names the number alone: anybody may see it lie there."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def told(self, notice: MaterialNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        subject = _SUBJECTS[notice.news, locale].format(number=notice.number)
        amount, due = grouped(notice.amount_fen), _last_day(notice, locale)
        facts = {
            "news": str(notice.news),
            "notice": notice,
            "amount": amount,
            "body": _BODIES[notice.news, locale].format(due=due, amount=amount),
            "due": due,
            "heading": subject,
            "lang": locale,
            "link": f"{self._public_url}/applications/{notice.number}",
            "wanted": [_WANTED[locale, MaterialCode(code)] for code in notice.wanted],
        }
        return self._templates.mail("material", locale, facts, message_id=notice.id, to=notice.to, subject=subject)

    def sms(self, notice: MaterialNotice) -> str:
        locale = locale_of(notice.locale)
        return _SMS[notice.news, locale].format(number=notice.number, due=_last_day(notice, locale))


def _last_day(notice: MaterialNotice, locale: str) -> str:
    """The day at whose end it is due, which is midnight of the next."""
    return day_text(china_date(notice.due_at - timedelta(seconds=1)), locale)
