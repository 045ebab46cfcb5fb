"""What is wrong with a list or a file is said in one round: syntax and unknown accounts together."""

import json

import pytest

from domain.batches import BatchKind
from infra.batch_workbook import COLUMNS, template
from infra.order_json import read_order_list
from infra.sheets import read_sheet

ORDER = {
    "order_number": "202610150000183742",
    "billing_account": "b-1",
    "day": "2026-10-15",
    "service": "ECS",
    "amount": "1.00",
    "entity": "x",
}


def test_every_wrong_row_of_a_list_is_named_in_its_order() -> None:
    wrong = [{**ORDER, "amount": "ten"}, {**ORDER, "day": "2026-W41-5"}, {**ORDER, "order_number": "7"}, {**ORDER, "colour": "red"}] * 3
    file = read_order_list(json.dumps([ORDER, *wrong, ORDER]).encode())
    assert [problem.line for problem in file.problems] == list(range(2, 14))


def test_an_order_with_two_faults_of_different_kinds_names_both() -> None:
    file = read_order_list(json.dumps([{**ORDER, "colour": "red", "amount": "ten"}]).encode())
    assert [problem.code for problem in file.problems] == ["json-field-unknown", "amount-malformed"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "null"), ([1, None, "云"], '[1, null, "云"]'), ({"a": True}, '{"a": true}'), (False, "false"), (1.50, "1.5")],
)
def test_a_value_that_is_no_text_is_shown_as_it_was_written(value: object, shown: str) -> None:
    (in_field,) = (each for each in read_order_list(json.dumps([{**ORDER, "amount": value}]).encode()).problems if each.column == "amount")
    assert (in_field.value, in_field.code) == (shown, "json-text-needed")
    if not isinstance(value, dict):
        (instead,) = read_order_list(json.dumps([value]).encode()).problems
        assert (instead.value, instead.code) == (shown, "json-object-needed")


def test_a_value_in_many_brackets_is_cut() -> None:
    (problem,) = read_order_list(b"[" * 500 + b"1" + b"]" * 500).problems
    assert problem.value == "[" * 80


def test_the_template_has_an_example_of_each_way_and_the_lists() -> None:
    rows = read_sheet(template(BatchKind.APPLICATIONS, {"entity": ["甲公司"], "receiver": ["a@b.example"]}), 10**7, 600).rows
    names = [column.name for column in COLUMNS[BatchKind.APPLICATIONS]]
    what = [{name for name, cell in zip(names, row, strict=False) if cell and name in ("orders", "month", "amount")} for row in rows[1:4]]
    assert what == [{"orders"}, {"month"}, {"amount"}]
