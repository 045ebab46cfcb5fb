"""Rules of the house that no type checker knows: how workflows call steps, and what operators can read of them."""

import ast
import dataclasses
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.worker import WORKFLOWS
from domain import messages
from domain.invoices import InvoiceKind, Medium
from domain.messages import ApplicationRequest, InvoiceOrder
from infra.settings import PREFIX, Settings
from workflows import names, steps
from workflows.attributes import application_attributes, invoice_attributes

CHECKOUT = Path(__file__).resolve().parent.parent
STEP_OPTIONS = {name for name, value in vars(steps).items() if name.isupper() and isinstance(value, dict)}


def _sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((CHECKOUT / folder).rglob("*.py"))]
    assert found
    return found


def _calls(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Each call with the name of what is called, and where it stands."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
            yield node, name, f"{path.relative_to(CHECKOUT)}:{node.lineno}"


def _keywords(call: ast.Call) -> set[str]:
    """The keywords of a call, those of the named step options included."""
    given = {keyword.arg for keyword in call.keywords if keyword.arg}
    for keyword in call.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id in STEP_OPTIONS:
            given |= set(vars(steps)[keyword.value.id])
    return given


def _missing(found: str, needed: set[str]) -> tuple[int, list[str]]:
    """How many calls whose name begins with `found` there are, and what each of them lacks."""
    count, faults = 0, []
    for path in _sources("workflows"):
        for call, name, where in _calls(path):
            if name.startswith(found):
                count += 1
                if lacking := needed - _keywords(call):
                    faults.append(f"{where} {name}: {', '.join(sorted(lacking))}")
    return count, faults


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        ("execute_activity", {"summary", "start_to_close_timeout", "retry_policy"}),
        ("execute_local_activity", {"summary", "start_to_close_timeout", "retry_policy"}),
        ("start_child_workflow", {"id", "id_reuse_policy", "parent_close_policy", "search_attributes", "static_summary"}),
        ("wait_condition", set()),
    ],
)
def test_every_call_from_a_workflow_says_what_it_is_and_how_long_it_may_take(call: str, needed: set[str]) -> None:
    count, faults = _missing(call, needed)
    assert count > 0
    assert faults == []


def test_the_rule_sees_a_call_without_a_summary(tmp_path: Path) -> None:
    """The control."""
    path = tmp_path / "life.py"
    path.write_text("async def run():\n    await workflow.execute_activity_method(A.b, 1, **OWN_ROWS)\n")
    (call,) = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    assert {"summary", "start_to_close_timeout"} - _keywords(call) == {"summary"}


def test_every_timed_wait_names_its_timer() -> None:
    waits = [(call, where) for path in _sources("workflows") for call, name, where in _calls(path) if name in ("wait_condition", "sleep")]
    assert waits
    assert [where for call, where in waits if "timeout" in _keywords(call) and "timeout_summary" not in _keywords(call)] == []
    assert [where for call, where in waits if isinstance(call.func, ast.Attribute) and call.func.attr == "sleep"] == []


def test_no_life_is_ended_by_a_time_limit_of_the_server() -> None:
    """It would end it without a word to anybody: lives wait with timers of their own."""
    limits = {"execution_timeout", "run_timeout"}
    found = [where for path in _sources("workflows", "web", "cli", "infra") for call, _, where in _calls(path) if limits & _keywords(call)]
    assert found == []


def test_every_message_and_question_to_a_life_is_described_for_operators() -> None:
    described = 0
    for kind in WORKFLOWS:
        for name, method in inspect.getmembers(kind):
            for mark in ("__temporal_signal_definition", "__temporal_query_definition", "__temporal_update_definition"):
                definition = getattr(method, mark, None)
                if definition is not None:
                    described += 1
                    assert definition.description, f"{kind.__name__}.{name}"
                    assert definition.description.endswith(".")
    assert described >= 8


def test_handlers_of_messages_only_take_note() -> None:
    """A handler that waits would run between the steps of the life."""
    for kind in WORKFLOWS:
        for name, method in inspect.getmembers(kind):
            if hasattr(method, "__temporal_signal_definition"):
                assert not inspect.iscoroutinefunction(method), f"{kind.__name__}.{name}"


def test_filters_for_operators_carry_ids_and_amounts_and_nothing_personal() -> None:
    request = ApplicationRequest(
        number="KP-261121-00000001",
        enterprise_id=3,
        account_id=4,
        applicant_id=5,
        record_ids=(6,),
        title_id=7,
        kind=InvoiceKind.SPECIAL,
        medium=Medium.PAPER,
        receiver_id=8,
        expedite=True,
        agreed_at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    order = InvoiceOrder("KP-261121-00000001-1", request.number, 3, "QY", InvoiceKind.SPECIAL, Medium.PAPER, 10_600)
    assert {pair.key.name: pair.value for pair in application_attributes(request)} == {
        "KpState": "received",
        "KpCustomer": 3,
        "KpKind": "special",
        "KpExpedited": True,
    }
    assert {pair.key.name: pair.value for pair in invoice_attributes(order)} == {
        "KpState": "issuing",
        "KpCustomer": 3,
        "KpEntity": "QY",
        "KpKind": "special",
        "KpAmountFen": 10_600,
        "KpExpedited": False,
    }
    assert [key.name for key in names.SEARCH_ATTRIBUTES if not key.name.startswith("Kp")] == []


def test_every_filter_that_lives_write_is_registered() -> None:
    written = {
        node.value.attr
        for path in _sources("workflows")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "value_set" and isinstance(node.value, ast.Attribute)
    }
    registered = {name for name, value in vars(names).items() if value in names.SEARCH_ATTRIBUTES}
    assert written
    assert written <= registered


PERSONAL = {"name", "tax_id", "email", "phone", "address", "bank", "bank_account", "recipient", "postcode", "title_name", "text"}


def test_messages_are_frozen_and_carry_no_names_tax_ids_or_addresses() -> None:
    classes: list[Any] = [
        kind
        for _, kind in inspect.getmembers(messages, inspect.isclass)
        if kind.__module__ == messages.__name__ and dataclasses.is_dataclass(kind)
    ]
    assert len(classes) > 10
    for kind in classes:
        assert kind.__dataclass_params__.frozen, kind
        assert {field.name for field in dataclasses.fields(kind)} & PERSONAL == set(), kind


def test_money_is_never_a_float() -> None:
    found = []
    for path in _sources("domain", "workflows", "activities", "infra/books", "infra/tables"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id == "float":
                found.append(f"{path.relative_to(CHECKOUT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("setting", list(Settings.model_fields))
def test_every_setting_is_explained(setting: str) -> None:
    description = Settings.model_fields[setting].description
    assert description, f"{PREFIX}{setting.upper()} has no description"
    row = f"| `{PREFIX}{setting.upper()}` | {description} |"
    assert row in (CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8"), f"docs/operations.md lacks: {row}"
