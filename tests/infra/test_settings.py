"""Settings: defaults, what follows from what, secrets."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.settings import PORTS, SECRETS, MissingSecrets, Settings, local_secrets, read_settings


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"KAIPIAO_{name.upper()}", raising=False)


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_an_offset_moves_every_port_and_the_addresses_with_them() -> None:
    moved = Settings(port_offset=100)
    assert {name: getattr(moved, name) for name in PORTS} == {name: port + 100 for name, port in PORTS.items()}
    assert moved.temporal_address == "127.0.0.1:7333"
    assert moved.public_url == "http://127.0.0.1:8100"


def test_a_port_that_is_given_stays_where_it_was_put() -> None:
    assert Settings(port_offset=100, sms_port=9999).sms_url == "http://127.0.0.1:9999"


def test_the_environment_is_read_and_an_empty_value_counts_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIPIAO_DATA_DIR", str(tmp_path / "two words"))
    monkeypatch.setenv("KAIPIAO_DATABASE_URL", "")
    assert Settings().database_url == f"sqlite:///{tmp_path}/two words/kaipiao.db"


def test_a_child_that_gets_the_environment_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parent = read_settings(data_dir=tmp_path, port_offset=7, sms_port=1234, correction_days=2)
    for name, value in parent.environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings() == parent


def test_the_environment_for_children_holds_no_secret(tmp_path: Path) -> None:
    config = read_settings(data_dir=tmp_path, callback_secret="do not tell")
    assert not {f"KAIPIAO_{name.upper()}" for name in SECRETS} & set(config.environment())
    assert "do not tell" not in str(config.environment())


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first, second = read_settings(data_dir=tmp_path), read_settings(data_dir=tmp_path)
    assert first.callback_secret == second.callback_secret
    assert len(first.callback_secret.get_secret_value()) >= 32
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_processes_that_ask_at_once_get_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: local_secrets(tmp_path), range(32)))
    assert all(answer == answers[0] for answer in answers)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.env"]


def test_production_never_makes_up_a_secret(tmp_path: Path) -> None:
    with pytest.raises(MissingSecrets, match="KAIPIAO_CALLBACK_SECRET"):
        read_settings(data_dir=tmp_path, deployment="production")
    assert list(tmp_path.iterdir()) == []
