"""What is wrong with a registration."""

from dataclasses import replace

import pytest

from domain.registration import Registration, registration_problems

GOOD = Registration("enterprise", "苏州砚溪智能制造有限公司", "91320505MA6T8N3W1B", "顾言", "13912340067", "gu@yanxi.example", "sms")


def codes_of(new: Registration) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in registration_problems(new)}


def test_a_complete_one_has_no_problem() -> None:
    assert codes_of(GOOD) == set()
    assert codes_of(replace(GOOD, email="")) == set()
    assert codes_of(Registration("personal", name="顾言", mobile="139 1234 0067")) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"kind": "staff"}, ("kind", "choose-one")),
        ({"company": " "}, ("company", "text-blank")),
        ({"company": "A\u202eB科技"}, ("company", "text-bidi")),
        ({"licence": ""}, ("licence", "licence-number-needed")),
        ({"licence": "91320505MA6T9N3W1B"}, ("licence", "tax-id-check-digit")),
        ({"licence": "320505198001010013"}, ("licence", "licence-number-person")),
        ({"licence": "320505700000001"}, ("licence", "licence-number-old")),
        ({"name": ""}, ("name", "text-blank")),
        ({"mobile": "0512-68087715"}, ("mobile", "mobile-form")),
        ({"email": "gu@"}, ("email", "email-at")),
        ({"by": "mail", "email": ""}, ("email", "field-needed")),
        ({"by": "pigeon"}, ("by", "choose-one")),
    ],
)
def test_each_fault_is_named_at_its_field(changed: dict[str, str], expected: tuple[str, str]) -> None:
    assert expected in codes_of(replace(GOOD, **changed))


def test_what_is_kept_is_tidy() -> None:
    tidy = replace(GOOD, licence=" 91320505ma6t8n3w1b ", mobile="+86 139 1234 0067", email="Gu@Yanxi.Example").tidied()
    assert (tidy.licence, tidy.mobile, tidy.email) == ("91320505MA6T8N3W1B", "13912340067", "gu@yanxi.example")
    person = Registration("personal", company="x", licence="y", name=" 顾言 ", mobile="13912340067").tidied()
    assert (person.company, person.licence, person.name) == ("顾言", "", "顾言")
