"""Titles: what a rule may decide, what needs a person, which step may follow, and a tax id announced ahead."""

from datetime import date, timedelta
from itertools import product

import pytest

from domain.invoices import Party
from domain.title_states import (
    TitleState,
    Verified,
    announced_days,
    announcement_problems,
    can_be_corrected,
    differences,
    may_be_checked,
    may_follow,
    tax_id_on,
)
from domain.titles import same_name

NAME, TAX_ID = "北京拾光互动（科技）有限公司", "91330106MACKX4QG41"
COMPANY = Verified(NAME, TAX_ID)
PERSON = Verified("林澈", "110105199003070025", "personal")
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("party", "codes"),
    [
        (Party(NAME, TAX_ID), []),
        (Party("北京拾光互动(科技) 有限公司", TAX_ID.lower()), []),
        (Party(NAME, ""), []),
        (Party("北京拾光互动（科枝）有限公司", TAX_ID), ["title-name-differs"]),
        (Party(NAME, "91110000600037341L"), ["title-tax-id-differs"]),
        (Party("别家公司", "91110000600037341L"), ["title-name-differs", "title-tax-id-differs"]),
        (Party(NAME, "11010519491231002X"), ["title-tax-id-differs"]),
    ],
)
def test_what_was_verified_needs_no_person_and_anything_else_does(party: Party, codes: list[str]) -> None:
    found = differences(party, COMPANY)
    assert [problem.code for problem in found] == codes
    assert may_be_checked(found)


def test_a_verified_tax_id_whose_second_check_digit_is_wrong_needs_a_person() -> None:
    odd = "91330106MACKX4QH" + "0"
    from domain.tax_ids import check_tax_id, uscc_check_character

    tax_id = odd + uscc_check_character(odd)
    assert check_tax_id(tax_id).warning is not None
    assert [problem.code for problem in differences(Party(NAME, tax_id), Verified(NAME, tax_id))] == ["title-tax-id-unusual"]


@pytest.mark.parametrize(
    ("party", "codes", "a_person_may"),
    [
        (Party("林澈"), [], True),
        (Party("林澈", " 110105199003070025 "), [], True),
        (Party("个人"), [], True),
        (Party("个人", TAX_ID), ["title-personal"], False),
        (Party("林澈", "11010519491231002X"), ["title-tax-id-differs"], True),
        (Party(NAME), ["title-personal"], False),
        (Party("林澈", TAX_ID), ["title-personal"], False),
    ],
)
def test_a_personal_account_gets_no_enterprise_title(party: Party, codes: list[str], a_person_may: bool) -> None:
    found = differences(party, PERSON)
    assert [problem.code for problem in found] == codes
    assert may_be_checked(found) is a_person_may


def test_before_the_verification_a_title_waits() -> None:
    assert [each.code for each in differences(Party(NAME, TAX_ID), Verified(NAME, TAX_ID, done=False))] == ["title-not-verified"]


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("北京拾光互动(科技)有限公司", True),
        ("北京拾光互动﹙科技﹚有限公司", True),
        ("北京拾光互动（科技）有限公司\u3000", True),
        ("北京拾光互動（科技）有限公司", False),
        ("北京拾光互动[科技]有限公司", False),
        ("北京拾光互动（科技）有限公司①", False),
    ],
)
def test_brackets_fold_and_characters_do_not(title: str, same: bool) -> None:
    assert same_name(title, NAME) is same


@pytest.mark.parametrize(("one", "other"), [("①公司", "1公司"), ("㈱公司", "(株)公司"), ("M²公司", "M2公司"), ("ABC公司", "abc公司")])
def test_what_must_not_be_folded(one: str, other: str) -> None:
    assert not same_name(one, other)


def test_dots_and_composed_letters_fold() -> None:
    assert same_name("阿卜杜拉·买买提", "阿卜杜拉•买买提")
    assert same_name("\u00c9cole 公司", "E\u0301cole公司")


def test_the_moves_between_states() -> None:
    allowed = {(one, other) for one, other in product(TitleState, TitleState) if may_follow(one, other)}
    assert allowed == {
        (TitleState.PENDING, TitleState.PENDING),
        (TitleState.PENDING, TitleState.APPROVED),
        (TitleState.PENDING, TitleState.REFUSED),
        (TitleState.APPROVED, TitleState.CLEARED),
        (TitleState.REFUSED, TitleState.PENDING),
        (TitleState.REFUSED, TitleState.APPROVED),
        (TitleState.CLEARED, TitleState.PENDING),
        (TitleState.CLEARED, TitleState.APPROVED),
    }
    assert [state for state in TitleState if not can_be_corrected(state)] == [TitleState.APPROVED]


@pytest.mark.parametrize(("days", "fine"), [(-1, False), (0, False), (1, True), (30, True), (31, False)])
def test_a_new_tax_id_is_announced_up_to_thirty_days_ahead(days: int, fine: bool) -> None:
    problems = announcement_problems("91110000600037341L", TAX_ID, TODAY + timedelta(days=days), TODAY)
    assert [problem.code for problem in problems] == ([] if fine else ["announced-day"])
    assert announced_days(TODAY) == (date(2026, 11, 21), date(2026, 12, 20))


@pytest.mark.parametrize(
    ("tax_id", "code"),
    [
        ("", "field-needed"),
        (TAX_ID, "tax-id-same"),
        ("11010519491231002X", "tax-id-kind"),
        ("91500106MA2CE71F65", "tax-id-check-digit"),
        ("9133", "tax-id-length"),
    ],
)
def test_a_wrong_new_tax_id_is_named(tax_id: str, code: str) -> None:
    assert [problem.code for problem in announcement_problems(tax_id, TAX_ID, TODAY + timedelta(days=3), TODAY)] == [code]


@pytest.mark.parametrize(("day", "valid"), [(date(2026, 11, 30), "old"), (date(2026, 12, 1), "new"), (date(2027, 1, 1), "new")])
def test_it_holds_from_its_day_on(day: date, valid: str) -> None:
    assert tax_id_on("old", "new", date(2026, 12, 1), day) == valid
    assert tax_id_on("old", "", None, day) == "old"
