"""What `make test` runs: a failure anywhere must fail the whole, and no test may be left out."""

import sys
from pathlib import Path

import pytest

from tests.stages import CHECKOUT, Stage, run, suites


def pytest_stage(folder: Path, name: str, body: str) -> Stage:
    case = folder / f"test_{name}.py"
    case.write_text(body, encoding="utf-8")
    report = folder / f"{name}.xml"
    return Stage(name, [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", f"--junit-xml={report}", case], report)


def test_the_counts_of_all_stages_are_added_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stages = [
        pytest_stage(tmp_path, "a", "def test_one(): pass\ndef test_two(): pass\n"),
        pytest_stage(tmp_path, "b", "def test_three(): assert False\n"),
        pytest_stage(tmp_path, "c", ""),
    ]
    assert run(stages) == 1
    assert capfd.readouterr().out.rstrip().endswith("total: 2 passed, 1 failed, 0 skipped")


def test_a_gate_that_fails_fails_the_run_and_the_next_stage_still_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    gate = Stage("gate", [sys.executable, "-c", "raise SystemExit(5)"])
    assert run([gate, pytest_stage(tmp_path, "a", "def test_one(): pass\n")]) == 1
    said = capfd.readouterr().out
    assert "FAILED" in said
    assert "total: 1 passed, 0 failed" in said


def test_a_run_without_any_test_is_a_failure(tmp_path: Path) -> None:
    assert run([pytest_stage(tmp_path, "a", "")]) == 1


def test_a_stage_whose_pytest_died_is_a_failure(tmp_path: Path) -> None:
    died = Stage("died", [sys.executable, "-c", "import os; os._exit(139)"], tmp_path / "never.xml")
    assert run([pytest_stage(tmp_path, "a", "def test_one(): pass\n"), died]) == 1


def test_every_folder_of_tests_is_run_by_a_stage(tmp_path: Path) -> None:
    parallel, serial, row = suites(tmp_path)
    in_parallel = {word for word in parallel.command if str(word).startswith("tests/")}
    assert in_parallel <= set(serial.command)
    # The last stage takes all of tests/ but what the first two have taken.
    assert "tests" in row.command
    assert {str(word).removeprefix("--ignore=") for word in row.command if str(word).startswith("--ignore=")} == in_parallel
    assert all((CHECKOUT / str(path)).is_dir() for path in in_parallel)
