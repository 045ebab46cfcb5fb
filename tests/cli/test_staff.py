"""Our own people from the command line, and the code that a local run shows."""

from datetime import date
from pathlib import Path

import pyotp
import pytest
from sqlmodel import select

from cli import staff
from infra.database import Database
from infra.demo.people import demo_factor, seed
from infra.factor_keys import factor_keys
from infra.people import open_session
from infra.settings import Settings
from infra.tables import AuditRow, SessionRow, UserRow
from tests.databases import sqlite_database
from tests.web.conftest import NOW


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    made = sqlite_database(tmp_path)
    config = Settings(data_dir=tmp_path, database_url=made.engine.url.render_as_string(hide_password=False))
    seed(made, date(2026, 11, 20), lambda password: password, keys=factor_keys(config))
    monkeypatch.setattr(staff, "settings", lambda: config)
    return made


def user(database: Database, login: str) -> UserRow:
    with database.read() as session:
        return session.exec(select(UserRow).where(UserRow.login == login)).one()


def test_the_demos_code_is_that_of_its_key(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert staff.show_code("shen") == 0
    shown = capsys.readouterr().out.strip()
    assert pyotp.TOTP(demo_factor("shen")).verify(shown, valid_window=1)
    assert staff.show_code("lin") == 1
    assert staff.show_code("nobody") == 1


def test_no_code_is_shown_in_production(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(staff, "settings", lambda: Settings(deployment="production"))
    assert staff.show_code("shen") == 1
    assert "in production" in capsys.readouterr().out


def test_somebody_new_has_no_password_and_no_factor_yet(database: Database) -> None:
    assert staff.add("bai", "白露", "reviewer", "bai@kaipiao.example", 2) == 0
    new = user(database, "bai")
    assert (new.role, new.level, new.password_hash, new.totp_secret, new.enterprise_id) == ("reviewer", 2, "", "", None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("shen", "x", "operator", "x@kaipiao.example"),
        ("new", "x", "customer-master", "x@kaipiao.example"),
        ("new", "x", "king", "x@k.example"),
        ("new", "x", "operator", "x"),
        ("", "x", "operator", "x@kaipiao.example"),
    ],
)
def test_what_cannot_be_added_is_told_and_nothing_is_changed(database: Database, arguments: tuple[str, str, str, str]) -> None:
    with database.read() as session:
        before = len(session.exec(select(UserRow)).all())
    assert staff.add(*arguments, 1) == 1
    with database.read() as session:
        assert len(session.exec(select(UserRow)).all()) == before


@pytest.mark.parametrize(
    ("change", "action"),
    [({"role": "supervisor"}, "staff-role"), ({"end": True}, "staff-ended"), ({"new_factor": True}, "second-factor-reset")],
)
def test_a_change_ends_the_sessions_and_is_noted(database: Database, change: dict[str, object], action: str) -> None:
    number = user(database, "xu").id
    assert number is not None
    open_session(database, number, NOW)
    asked: dict[str, object] = {"role": "", "end": False, "new_factor": False} | change
    assert staff.change("xu", str(asked["role"]), 1, end=bool(asked["end"]), new_factor=bool(asked["new_factor"])) == 0
    with database.read() as session:
        assert session.exec(select(SessionRow)).all() == []
        assert [row.action for row in session.exec(select(AuditRow))] == [action]
    changed = user(database, "xu")
    assert (changed.role == "supervisor", changed.disabled, changed.totp_secret == "") == (
        "role" in change,
        "end" in change,
        "new_factor" in change,
    )


def test_customers_are_not_changed_from_here(database: Database) -> None:
    assert staff.change("lin", "operator", 1, end=True, new_factor=True) == 1
    assert user(database, "lin").role == "customer-master"
