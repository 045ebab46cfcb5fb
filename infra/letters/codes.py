"""The letters of sign-in: one-time codes, invitations, word of a changed password; in Chinese and English."""

from infra.post import Letter

_CODES: dict[tuple[str, str], tuple[str, str]] = {
    ("register", "zh"): ("注册验证码 {code}", "注册验证码 {code}，5 分钟内有效。"),
    ("register", "en"): ("Registration code {code}", "Your registration code is {code}. It is valid for 5 minutes."),
    ("sign-in", "zh"): ("登录验证码 {code}", "登录验证码 {code}，5 分钟内有效。"),
    ("sign-in", "en"): ("Sign-in code {code}", "Your sign-in code is {code}. It is valid for 5 minutes."),
    ("reset", "zh"): ("重设密码验证码 {code}", "重设密码验证码 {code}，5 分钟内有效。"),
    ("reset", "en"): ("Code {code} to set your password", "Your code to set a new password is {code}. It is valid for 5 minutes."),
    ("contact", "zh"): ("验证码 {code}", "确认联系方式的验证码 {code}，5 分钟内有效。"),
    ("contact", "en"): ("Code {code}", "Your code to confirm this address is {code}. It is valid for 5 minutes."),
}
_NEVER = {
    "zh": "我们不会向您要这个验证码，请不要告诉任何人。不是您本人操作，请不用理会。",
    "en": "We never ask you for it; tell nobody. If this was not you, nothing has to be done.",
}
_UNKNOWN = {
    "zh": ("开票账号", "有人用这个地址登录，但它没有对应的账号。要开发票，请先注册。不是您本人操作，请不用理会。"),
    "en": (
        "Your Kaipiao account",
        "Somebody tried to sign in with this address, but it has no account. To apply, register first. If it was not you, ignore this.",
    ),
}
_CHANGED = {
    "zh": ("密码已更改", "您的密码已更改，其他浏览器已退出登录。不是您本人操作，请马上用验证码重设密码：{link}"),
    "en": (
        "Your password was changed",
        "Your password was changed and your other browsers were signed out. If this was not you, set a new one by code at once: {link}",
    ),
}
_INVITED = {
    "zh": ("{company} 邀请您使用开票", "{company} 邀请您使用开票。请打开 {link}，用验证码设置密码。"),
    "en": ("{company} invites you to Kaipiao", "{company} invites you to Kaipiao. Open {link} and set your password by a code."),
}
_SIGNED = {"zh": "【开票】", "en": "[Kaipiao] "}


def _locale(locale: str) -> str:
    return "en" if locale == "en" else "zh"


def _letter(locale: str, subject: str, text: str, more: str = "") -> Letter:
    return Letter(subject, f"{text}\n\n{more}\n" if more else f"{text}\n", f"{_SIGNED[locale]}{text}")


def code_letter(purpose: str, code: str, locale: str, *, known: bool) -> Letter:
    """The code, or for an address that belongs to nobody, word of that."""
    locale = _locale(locale)
    if not known:
        return _letter(locale, *_UNKNOWN[locale])
    subject, text = (part.format(code=code) for part in _CODES[purpose, locale])
    return _letter(locale, subject, text, _NEVER[locale])


def password_changed(locale: str, link: str) -> Letter:
    locale = _locale(locale)
    return _letter(locale, *(part.format(link=link) for part in _CHANGED[locale]))


def invitation(company: str, locale: str, link: str) -> Letter:
    locale = _locale(locale)
    return _letter(locale, *(part.format(company=company, link=link) for part in _INVITED[locale]))
