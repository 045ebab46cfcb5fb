"""Finding and making parts: the order of the places, and what a crash may leave behind."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from infra.parts import PartFailed, PartMissing
from infra.parts.cache import cache_folder, made_once, only_one
from infra.parts.commands import run_slowly, tool
from infra.parts.programs import TEMPORAL, VERSITYGW, version_of
from infra.settings import CHECKOUT, Settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with an empty cache, and a PATH that has only the shell's own tools."""
    for name in ("KAIPIAO_TEMPORAL_BINARY", "KAIPIAO_VERSITYGW_BINARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'on path'}:/usr/bin:/bin")
    return Settings(cache_dir=tmp_path / "a cache")


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_setting_comes_before_the_cache_and_the_cache_before_path(config: Settings, tmp_path: Path) -> None:
    on_path = program(tmp_path / "on path" / "temporal", "temporal version 1.6.0 (Server 1.30.0)")
    found = TEMPORAL.find(config)
    assert found is not None
    assert found.path == on_path
    in_cache = program(cache_folder(config) / "bin" / "temporal-1.5.1", "")
    found = TEMPORAL.find(config)
    assert found is not None
    assert found.path == in_cache
    config.temporal_binary = program(tmp_path / "mine", "")
    found = TEMPORAL.find(config)
    assert found is not None
    assert found.path == config.temporal_binary


@pytest.mark.parametrize("version", ["1.5.0", "1.4.9", "2.0.0", "no number"])
def test_a_program_of_another_version_on_path_is_not_taken(config: Settings, tmp_path: Path, version: str) -> None:
    program(tmp_path / "on path" / "temporal", f"temporal version {version}")
    assert TEMPORAL.find(config) is None


def test_a_setting_that_names_nothing_is_an_error_and_not_passed_over(config: Settings, tmp_path: Path) -> None:
    config.versitygw_binary = tmp_path / "nowhere"
    with pytest.raises(PartMissing, match="KAIPIAO_VERSITYGW_BINARY"):
        VERSITYGW.find(config)


def test_the_version_of_a_go_program_is_the_one_it_was_built_from() -> None:
    built = VERSITYGW.find(Settings())
    assert built is not None, "make setup"
    assert version_of(built.path) == VERSITYGW.version


def test_a_missing_tool_is_named_with_what_installs_it(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PartMissing, match=r"mvn is missing.*apt-get install maven"):
        tool("mvn")
    with pytest.raises(PartMissing, match="go is missing"):
        TEMPORAL.prepare(config)
    assert not TEMPORAL.in_cache(config).exists()


def test_what_breaks_off_in_the_middle_is_made_anew(config: Settings) -> None:
    target = cache_folder(config) / "bin" / "thing"

    def break_off(draft: Path) -> None:
        draft.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(config, target, break_off)
    assert not target.exists()

    def finish(draft: Path) -> None:
        draft.write_text("whole", encoding="utf-8")

    draft = target.with_name(".draft-thing")
    draft.write_text("left by a killed process", encoding="utf-8")
    made_once(config, target, finish)
    assert target.read_text(encoding="utf-8") == "whole"
    assert not draft.exists()


def test_two_that_want_the_same_part_make_it_once(config: Settings) -> None:
    target = cache_folder(config) / "bin" / "thing"
    made: list[Path] = []

    def make(draft: Path) -> None:
        made.append(draft)
        draft.write_text("x", encoding="utf-8")

    threads = [threading.Thread(target=made_once, args=(config, target, make)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_failed_command_shows_the_end_of_its_output(tmp_path: Path) -> None:
    with pytest.raises(PartFailed, match=r"(?s)weighing failed \(exit code 3\).*no scales"):
        run_slowly("weighing", ["/bin/sh", "-c", "echo no scales >&2; exit 3"], usual_s=1, log=tmp_path / "log")


def test_a_long_command_says_how_long_it_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.parts.commands.EVERY_S", 0.05)
    release = tmp_path / "release"
    os.mkfifo(release)
    thread = threading.Thread(
        target=run_slowly,
        args=("weighing", ["/bin/sh", "-c", f"echo on the scales; read line < '{release}'"]),
        kwargs={"usual_s": 300, "log": tmp_path / "log"},
    )
    thread.start()
    seen = ""
    while "so far" not in seen or "on the scales" not in seen:
        seen += capsys.readouterr().out
    release.write_text("go\n", encoding="utf-8")
    thread.join()
    assert "usually 5 min 0 s (on the scales)" in seen
    assert "weighing: done in" in capsys.readouterr().out


def test_what_a_killed_set_up_had_started_is_waited_for(tmp_path: Path) -> None:
    """Otherwise two npm would write the same folder."""
    script = f"""
import os
from pathlib import Path
from infra.parts.cache import only_one
from infra.parts.commands import run_slowly
from infra.settings import CHECKOUT, Settings
with only_one(Settings(cache_dir=Path({str(tmp_path)!r})), "npm"):
    run_slowly("work", ["/bin/sh", "-c", "echo at it; read line < release; echo finished >> done"],
               usual_s=1, log=Path("log"), folder=Path({str(tmp_path)!r}))
"""
    os.mkfifo(tmp_path / "release")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    first = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    while not (tmp_path / "log").exists() or "at it" not in (tmp_path / "log").read_text(encoding="utf-8"):
        assert first.poll() is None
    first.kill()
    first.wait()

    order: list[str] = []

    def second() -> None:
        with only_one(Settings(cache_dir=tmp_path), "npm"):
            order.append((tmp_path / "done").read_text(encoding="utf-8").strip())

    thread = threading.Thread(target=second)
    thread.start()
    (tmp_path / "release").write_text("go\n", encoding="utf-8")
    thread.join(20)
    assert order == ["finished"]
