"""Agreement numbers by their form, and check values that nobody makes without the key."""

from dataclasses import replace

import pytest

from domain.invoice_templates import (
    CheckedFact,
    InvoiceFacts,
    check_value,
    key_id,
    number_example,
    number_form,
    same_value,
    template_remark,
    tidy_number,
)

KEY, OTHER = b"k" * 32, b"o" * 32
FACTS = InvoiceFacts("KP-261121-8H3KQ0ZT-1", "YB-2026-000123", "杭州银行", "91330106MA2B7XW8XE", "QY", 10_000, 600, 10_600)
ALL = list(CheckedFact)


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("YB-####-######", "YB-2026-000123", True),
        ("YB-####-######", "YB-2026-00012", False),
        ("YB-####-######", "yb-2026-000123", False),
        ("YB-####", "YB-２０２６", False),
        ("JR??##", "JRA912", True),
        ("JR??##", "JR-912", False),
    ],
)
def test_a_number_has_the_form_of_its_pattern(pattern: str, number: str, fits: bool) -> None:
    form = number_form(pattern)
    assert form is not None
    assert bool(form.fullmatch(number)) is fits
    assert form.fullmatch(number_example(pattern))


@pytest.mark.parametrize("pattern", ["", "YB-2026", "yb-##", "YB ##", "#" * 41, "YB-(##)", "医保-##", ".*#"])
def test_a_pattern_that_fits_everything_nothing_or_is_too_long_is_none(pattern: str) -> None:
    assert number_form(pattern) is None


def test_a_value_changes_with_each_fact_it_covers_and_with_the_key() -> None:
    value = check_value(KEY, FACTS, ALL)
    changed = [
        replace(FACTS, invoice_id="KP-261121-8H3KQ0ZT-2"),
        replace(FACTS, agreement="YB-2026-000124"),
        replace(FACTS, buyer="杭州银行 "),
        replace(FACTS, tax_id=""),
        replace(FACTS, seller="SH"),
        replace(FACTS, net_fen=9_999),
        replace(FACTS, tax_fen=601),
        replace(FACTS, total_fen=10_601),
    ]
    values = {check_value(KEY, facts, ALL) for facts in changed} | {check_value(OTHER, FACTS, ALL), check_value(KEY, FACTS, [])}
    assert len(values) == len(changed) + 2
    assert value not in values
    assert check_value(KEY, FACTS, reversed(ALL)) == value
    assert value.startswith(key_id(KEY) + "-")


def test_a_value_covers_only_what_the_template_names() -> None:
    some = [CheckedFact.TOTAL]
    assert check_value(KEY, FACTS, some) == check_value(KEY, replace(FACTS, buyer="别人"), some)


def test_values_are_compared_as_people_type_them() -> None:
    value = check_value(KEY, FACTS, ALL)
    assert same_value(f" {value.lower()} ", value)
    assert not same_value(value[:-1] + ("A" if value[-1] != "A" else "B"), value)
    assert tidy_number(" yb-2026 000123 ") == "YB-2026000123"


def test_the_remark_stays_within_its_share_of_the_face() -> None:
    assert len(template_remark("X" * 40, check_value(KEY, FACTS, ALL))) <= 95
