"""Programs written in Go: the Temporal CLI and the S3 server versitygw, by `go install`."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.parts.cache import cache_folder, log_folder, made_once
from infra.parts.commands import run_slowly, tool
from infra.parts.errors import PartMissing
from infra.parts.found import Found, named_by_setting
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A program that the Go module proxy gives us as source."""

    name: str
    module: str
    package: str
    version: str
    setting: str
    usual_s: int

    def in_cache(self, settings: Settings) -> Path:
        return cache_folder(settings) / "bin" / f"{self.name}-{self.version}"

    def find(self, settings: Settings) -> Found | None:
        """The program, or None when it must be built."""
        named = named_by_setting(settings, self.setting)
        if named is not None:
            return named
        if self.in_cache(settings).exists():
            return Found(self.in_cache(settings), "cache")
        on_path = shutil.which(self.name)
        if on_path is not None and self.fits(version_of(Path(on_path))):
            return Found(Path(on_path), "PATH")
        return None

    def fits(self, version: str | None) -> bool:
        """The same major version, and not an older one."""
        if version is None:
            return False
        have, want = _numbers(version), _numbers(self.version)
        return have[0] == want[0] and have >= want

    def prepare(self, settings: Settings) -> Found:
        """The program, built if it is nowhere. Raises PartMissing (no Go) or PartFailed."""
        found = self.find(settings)
        if found is not None:
            return found

        def build(draft: Path) -> None:
            folder = draft.with_name(draft.name + ".gobin")
            shutil.rmtree(folder, ignore_errors=True)
            source = f"{self.module}{self.package}@v{self.version}"
            try:
                run_slowly(
                    f"building {self.name} {self.version}",
                    [tool("go"), "install", source],
                    usual_s=self.usual_s,
                    log=log_folder(settings) / f"{self.name}.log",
                    environment={"GOBIN": str(folder), "CGO_ENABLED": "0"},
                )
                (folder / self.name).rename(draft)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return Found(made_once(settings, self.in_cache(settings), build), "built just now")


TEMPORAL = GoProgram("temporal", "github.com/temporalio/cli", "/cmd/temporal", "1.5.1", "temporal_binary", 300)
"""The newest version that `go install` accepts: later ones carry a replace directive. Server 1.29.1, UI 2.42.1."""

VERSITYGW = GoProgram("versitygw", "github.com/versity/versitygw", "/cmd/versitygw", "1.8.0", "versitygw_binary", 90)


def temporal(settings: Settings) -> Path:
    """Path of the Temporal CLI. Raises PartMissing."""
    return _found(TEMPORAL, settings)


def versitygw(settings: Settings) -> Path:
    """Path of the S3 server. Raises PartMissing."""
    return _found(VERSITYGW, settings)


def version_of(program: Path) -> str | None:
    """The version a program was built from: by `go version -m` where Go is there, else as it says itself."""
    go = shutil.which("go")
    if go is not None:
        told = _output([go, "version", "-m", str(program)])
        stamp = re.search(r"^\s*mod\s+\S+\s+v(\d+\.\d+\.\d+)", told, re.MULTILINE)
        if stamp is not None:
            return stamp.group(1)
    said = re.search(r"\b(\d+\.\d+\.\d+)\b", _output([str(program), "--version"]))
    return said.group(1) if said is not None else None


def _found(program: GoProgram, settings: Settings) -> Path:
    found = program.find(settings)
    if found is None:
        raise PartMissing(f"{program.name} {program.version}", "make setup")
    return found.path


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
