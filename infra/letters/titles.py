"""The mail that tells of a decision on a title: which title and the way to it. The reason stands on its page."""

from domain.ports import MailMessage
from domain.title_notices import TitleNews, TitleNotice
from infra.letters.rendering import LetterTemplates, locale_of

_SUBJECTS = {
    (TitleNews.APPROVED, "zh"): "发票抬头审核已通过，可以使用",
    (TitleNews.APPROVED, "en"): "Your invoice title is approved and can be used",
    (TitleNews.REFUSED, "zh"): "发票抬头审核没有通过",
    (TitleNews.REFUSED, "en"): "Your invoice title was not approved",
    (TitleNews.CLEARED, "zh"): "发票抬头已按您的要求开放修改",
    (TitleNews.CLEARED, "en"): "Your invoice title is open for correction, as you asked",
    (TitleNews.TAX_ID_APPROVED, "zh"): "发票抬头的新税号审核已通过",
    (TitleNews.TAX_ID_APPROVED, "en"): "The new tax ID of your invoice title is approved",
    (TitleNews.TAX_ID_REFUSED, "zh"): "发票抬头的新税号审核没有通过",
    (TitleNews.TAX_ID_REFUSED, "en"): "The new tax ID of your invoice title was not approved",
}
_NEXT = {
    (TitleNews.APPROVED, "zh"): "申请发票时可以选择这个抬头。",
    (TitleNews.APPROVED, "en"): "You can choose it when you apply for invoices.",
    (TitleNews.REFUSED, "zh"): "原因见抬头页面；修改后可以再次提交。",
    (TitleNews.REFUSED, "en"): "Its page says why; correct it there and submit it again.",
    (TitleNews.CLEARED, "zh"): "请在抬头页面修改并重新提交；在此之前不能选择这个抬头，已提交的申请不受影响。",
    (
        TitleNews.CLEARED,
        "en",
    ): "Correct it on its page and submit it again; until then it cannot be chosen. Applications already sent keep it.",
    (TitleNews.TAX_ID_APPROVED, "zh"): "新税号从您申报的日期起生效。",
    (TitleNews.TAX_ID_APPROVED, "en"): "It holds from the day you announced.",
    (TitleNews.TAX_ID_REFUSED, "zh"): "原因见抬头页面；原税号继续有效，您可以重新申报。",
    (TitleNews.TAX_ID_REFUSED, "en"): "The title's page says why; the tax ID you have stays, and you can announce the new one again.",
}


class TitleTemplateLetters:
    """Implements `activities.titles.TitleLetters`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = LetterTemplates()

    def told(self, notice: TitleNotice) -> MailMessage:
        locale = locale_of(notice.locale)
        subject = _SUBJECTS[notice.news, locale]
        facts = {
            "notice": notice,
            "heading": subject,
            "lang": locale,
            "what_next": _NEXT[notice.news, locale],
            "link": f"{self._public_url}/titles/{notice.title_id}",
        }
        return self._templates.mail("title", locale, facts, message_id=notice.id, to=notice.to, subject=subject)
