"""What is wrong with a list or a file is said in one round: syntax and unknown accounts together."""

import json

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


def test_the_template_has_an_example_of_each_way_and_the_lists() -> None:
    rows = read_sheet(template(BatchKind.APPLICATIONS, {"entity": ["甲公司"], "receiver": ["a@b.example"]}), 10**7, 600).rows
    names = [column.name for column in COLUMNS[BatchKind.APPLICATIONS]]
    what = [{name for name, cell in zip(names, row, strict=False) if cell and name in ("orders", "month", "amount")} for row in rows[1:4]]
    assert what == [{"orders"}, {"month"}, {"amount"}]
