"""The letters of a real-name authentication's result."""

from dataclasses import replace

import pytest

from domain.authentication import AuthenticationState
from domain.books import Addressee
from infra.letters.authentications import TemplateAuthenticationLetters

LETTERS = TemplateAuthenticationLetters("https://kaipiao.example")
TO = Addressee(
    "zhou@xingzhu.example", "13800004417", "zh", "RZ-261121-00000001", "星渚<b>公司", "enterprise", AuthenticationState.APPROVED, ""
)
RESULTS = (AuthenticationState.APPROVED, AuthenticationState.REFUSED, AuthenticationState.LAPSED)


@pytest.mark.parametrize("state", RESULTS)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_result_has_a_whole_letter_in_both_languages(state: AuthenticationState, locale: str) -> None:
    mail = LETTERS.result(replace(TO, state=state, locale=locale), "authentication.RZ-1")
    assert (mail.message_id, mail.to) == ("authentication.RZ-1", "zhou@xingzhu.example")
    assert mail.subject in mail.html
    for text in (mail.text, mail.html):
        assert "https://kaipiao.example/authentication" in text
        assert "RZ-261121-00000001" in text
    assert "星渚&lt;b&gt;公司" in mail.html
    assert "星渚<b>公司" in mail.text
    assert (locale == "zh") is ("认证" in mail.subject)
    assert len(LETTERS.result_sms(replace(TO, state=state, locale=locale))) < 140


def test_the_reason_stands_in_a_refusal_alone() -> None:
    told = {state: LETTERS.result(replace(TO, state=state, reason="照片看不清"), "m").text for state in RESULTS}
    assert [state for state, text in told.items() if "照片看不清" in text] == [AuthenticationState.REFUSED]
    assert "照片看不清" not in LETTERS.result_sms(replace(TO, state=AuthenticationState.REFUSED, reason="照片看不清"))


def test_a_language_that_was_never_chosen_is_chinese() -> None:
    assert LETTERS.result(replace(TO, locale=""), "m").subject == LETTERS.result(TO, "m").subject
