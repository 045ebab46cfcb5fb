"""Tax ids, with python-stdnum as the second opinion."""

import pytest
import stdnum.cn.ric
import stdnum.cn.uscc
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.provinces import PROVINCES
from domain.tax_ids import ALPHABET, TaxIdKind, check_tax_id, organisation_check_character, uscc_check_character

REAL = ["91110000600037341L", "91330106MACKX4QG41", "92330106MA2GKHP698", "913205830880018839", "91330000142942095H"]


@st.composite
def usccs(draw: st.DrawFn) -> str:
    """Right in every respect, the organisation code included."""
    head = draw(st.sampled_from(["91", "92", "12", "51"])) + draw(st.sampled_from(sorted(PROVINCES)))
    head += "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=4, max_size=4)))
    organisation = "".join(draw(st.lists(st.sampled_from(ALPHABET), min_size=8, max_size=8)))
    first_17 = head + organisation + organisation_check_character(organisation)
    return first_17 + uscc_check_character(first_17)


@pytest.mark.parametrize("text", REAL)
def test_real_codes_are_right_by_both_checks(text: str) -> None:
    finding = check_tax_id(text)
    assert (finding.ok, finding.kind, finding.warning, finding.suggestion) == (True, TaxIdKind.USCC, None, "")


def test_a_code_with_a_wrong_last_digit_is_answered_with_the_right_one() -> None:
    finding = check_tax_id("91500106MA2CE71F65")
    assert finding.problem is not None
    assert finding.problem.code == "tax-id-check-digit"
    assert finding.problem.params["position"] == "18"
    assert finding.suggestion[:17] == "91500106MA2CE71F6"
    assert stdnum.cn.uscc.is_valid(finding.suggestion)


@given(usccs())
def test_codes_we_accept_are_accepted_by_the_other_library(text: str) -> None:
    assert check_tax_id(text).ok
    assert stdnum.cn.uscc.is_valid(text)


@given(usccs(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_no_single_wrong_character_passes(text: str, index: int, character: str) -> None:
    assume(character != text[index])
    wrong = text[:index] + character + text[index + 1 :]
    assert not stdnum.cn.uscc.is_valid(wrong)
    finding = check_tax_id(wrong)
    assert not finding.ok or finding.kind is TaxIdKind.CITIZEN


@given(usccs(), st.integers(8, 16), st.sampled_from(ALPHABET))
def test_what_we_suggest_is_right_and_one_slip_away(text: str, index: int, character: str) -> None:
    assume(character != text[index])
    wrong = text[:index] + character + text[index + 1 :]
    finding = check_tax_id(wrong)
    assert stdnum.cn.uscc.is_valid(finding.suggestion)
    differing = [i for i in range(18) if finding.suggestion[i] != wrong[i]]
    assert len(differing) == 1 or (len(differing) == 2 and differing[1] == differing[0] + 1)


@pytest.mark.parametrize("text", REAL)
def test_two_neighbours_that_were_swapped_are_named(text: str) -> None:
    pairs = [i for i in range(8, 15) if text[i] != text[i + 1]]
    assert pairs
    for i in pairs:
        finding = check_tax_id(text[:i] + text[i + 1] + text[i] + text[i + 2 :])
        assert finding.suggestion == text
        assert finding.problem is not None
        assert finding.problem.code == "tax-id-swapped"
        assert dict(finding.problem.params) == {"position": str(i + 1), "other": str(i + 2)}


@given(usccs(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_a_slip_of_the_verified_id_is_answered_with_the_verified_id(text: str, index: int, character: str) -> None:
    assume(character != text[index])
    finding = check_tax_id(text[:index] + character + text[index + 1 :], verified=text)
    assume(finding.kind is not TaxIdKind.CITIZEN)
    assert (finding.suggestion, finding.sure) == (text, True)


def test_a_slip_that_can_be_mended_in_several_ways_is_not_guessed_at() -> None:
    wrong = "91320505MA6T9N3W1B"
    finding = check_tax_id(wrong)
    assert not finding.sure
    assert finding.problem is not None
    assert finding.problem.params["suggestion"] == ""
    assert check_tax_id(wrong, verified="91320505MA6T8N3W1B").suggestion == "91320505MA6T8N3W1B"


def test_a_wrong_organisation_code_is_a_warning_only() -> None:
    first_17 = "91330106MACKX4QG5"
    finding = check_tax_id(first_17 + uscc_check_character(first_17))
    assert finding.ok
    assert finding.warning is not None
    assert finding.warning.code == "tax-id-organisation-code"


@pytest.mark.parametrize(
    ("typed", "position", "suggestion"),
    [
        ("9133O106MACKX4QG41", "5", "0"),
        ("9I330106MACKX4QG41", "2", "1"),
        ("913301О6MACKX4QG41", "7", "0"),
        ("91330106МACKX4QG41", "9", "M"),
        ("9133010\u200b6MACKX4QG41", "8", ""),
        ("91330106MACKX4QG4税", "18", ""),
    ],
)
def test_a_character_that_no_code_has_is_pointed_at(typed: str, position: str, suggestion: str) -> None:
    finding = check_tax_id(typed)
    assert finding.problem is not None
    assert finding.problem.code == "tax-id-letter"
    assert (finding.problem.params["position"], finding.problem.params["suggestion"]) == (position, suggestion)


@pytest.mark.parametrize(
    "typed",
    [
        "91330106mackx4qg41",
        "９１３３０１０６ＭＡＣＫＸ４ＱＧ４１",
        "913301 06MACK X4QG41",
        "91330106MACKX4QG41\n",
        "91330106\u00a0MACKX4QG41",
    ],
)
def test_differences_of_typing_are_forgiven(typed: str) -> None:
    finding = check_tax_id(typed)
    assert (finding.ok, finding.text) == (True, "91330106MACKX4QG41")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("9" * 19, "tax-id-length"),
        ("9" * 21, "tax-id-length"),
        ("91330106MACKX4QG4", "tax-id-length"),
        ("000000000000000000", "tax-id-authority"),
        ("91990106MACKX4QG41", "tax-id-region"),
        ("110105194912310021", "tax-id-citizen-check"),
    ],
)
def test_ids_that_cannot_be_are_refused_with_the_reason(typed: str, code: str) -> None:
    problem = check_tax_id(typed, "buyer_tax_id").problem
    assert problem is not None
    assert (problem.field, problem.code) == ("buyer_tax_id", code)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", TaxIdKind.NONE),
        ("330106123456789", TaxIdKind.OLD_15),
        ("33010612345678901", TaxIdKind.OLD_17),
        ("11010519491231002X01", TaxIdKind.OLD_20),
        ("11010519491231002X", TaxIdKind.CITIZEN),
        ("11010519491231002x", TaxIdKind.CITIZEN),
    ],
)
def test_other_legal_forms_are_known_but_do_not_fit_a_special_invoice(typed: str, kind: TaxIdKind) -> None:
    finding = check_tax_id(typed)
    assert (finding.ok, finding.kind, finding.fits_special_invoice) == (True, kind, False)


def test_codes_that_begin_with_a_letter_are_right_though_the_other_library_refuses_them() -> None:
    first_17 = "N2330106MF" + "1234567"
    text = first_17 + uscc_check_character(first_17)
    assert check_tax_id(text).ok
    assert not stdnum.cn.uscc.is_valid(text)


def test_citizen_ids_agree_with_the_other_library() -> None:
    assert stdnum.cn.ric.is_valid("11010519491231002X")
    assert not stdnum.cn.ric.is_valid("110105194912310021")


@given(st.text(max_size=25))
def test_no_text_breaks_the_check(text: str) -> None:
    finding = check_tax_id(text)
    assert finding.ok or finding.problem is not None
