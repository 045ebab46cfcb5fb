"""The letters of a real-name authentication's result, in the customer's language. No number of a person or company is in them."""

from domain.authentication import AuthenticationState
from domain.books import Addressee
from domain.ports import MailMessage
from infra.letters.rendering import LetterTemplates, locale_of

_SUBJECTS = {
    (AuthenticationState.APPROVED, "zh"): "实名认证已通过，可以申请发票",
    (AuthenticationState.APPROVED, "en"): "Real-name authentication approved: you can apply for invoices",
    (AuthenticationState.REFUSED, "zh"): "实名认证没有通过",
    (AuthenticationState.REFUSED, "en"): "Real-name authentication not approved",
    (AuthenticationState.LAPSED, "zh"): "实名认证已结束，请重新提交",
    (AuthenticationState.LAPSED, "en"): "Real-name authentication ended: please submit it again",
}
_SMS = {
    (AuthenticationState.APPROVED, "zh"): "【开票】实名认证已通过，可以申请发票。",
    (AuthenticationState.APPROVED, "en"): "[Kaipiao] Your real-name authentication is approved; you can apply for invoices.",
    (AuthenticationState.REFUSED, "zh"): "【开票】实名认证没有通过，原因见认证页面，改好可以再提交。",
    (AuthenticationState.REFUSED, "en"): "[Kaipiao] Your real-name authentication was not approved; its page says why. Submit it again.",
    (AuthenticationState.LAPSED, "zh"): "【开票】实名认证没有按时审核，已结束，请重新提交。",
    (
        AuthenticationState.LAPSED,
        "en",
    ): "[Kaipiao] Your real-name authentication was not decided in time and has ended. Please submit it again.",
}


class TemplateAuthenticationLetters:
    """Implements `activities.authentications.AuthenticationLetters` with the templates of the other letters."""

    def __init__(self, public_url: str) -> None:
        self._link = f"{public_url}/authentication"
        self._templates = LetterTemplates()

    def result(self, addressee: Addressee, message_id: str) -> MailMessage:
        locale = locale_of(addressee.locale)
        subject = _SUBJECTS[addressee.state, locale]
        facts = {"to": addressee, "link": self._link, "subject": subject}
        return self._templates.mail("authenticated", locale, facts, message_id=message_id, to=addressee.email, subject=subject)

    def result_sms(self, addressee: Addressee) -> str:
        return _SMS[addressee.state, locale_of(addressee.locale)]
