"""Parts from Maven: jars of a pom, and Temporal's time-skipping test server."""

import hashlib
import shutil
from pathlib import Path

from infra.parts.cache import cache_folder, log_folder, made_once
from infra.parts.commands import run_slowly, tool
from infra.parts.errors import PartMissing
from infra.parts.found import Found, named_by_setting
from infra.settings import Settings

TEST_SERVER_POM = Path(__file__).parent / "test-server.pom.xml"
TEST_SERVER_VERSION = "1.38.0"

# exec, or else the SDK, which kills only its direct child, would leave the JVM behind.
# The server logs to stderr at every start; a log file can be asked for.
_WRAPPER = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/../maven/{jars}/*" \\
  io.temporal.testserver.TestServer "$@" 2>>"${{KAIPIAO_TEST_SERVER_LOG:-/dev/null}}"
"""


def maven_classpath(settings: Settings, pom: Path, *, usual_s: int = 30) -> Path:
    """A folder with all jars that the dependencies of `pom` need at run time; the class path is `<folder>/*`.

    Kept in the cache under the pom's name and content. Raises PartMissing (no Maven) or PartFailed.
    """
    target = _jars_of(settings, pom)

    def resolve(draft: Path) -> None:
        run_slowly(
            f"resolving {target.name} by Maven",
            [
                tool("mvn"),
                "--batch-mode",
                "--no-transfer-progress",
                "--file",
                pom,
                "dependency:copy-dependencies",
                "-DincludeScope=runtime",
                f"-DoutputDirectory={draft}",
            ],
            usual_s=usual_s,
            log=log_folder(settings) / f"{target.name}.log",
        )

    return made_once(settings, target, resolve)


def find_test_server(settings: Settings) -> Found | None:
    """The time-skipping test server, or None when it must be fetched."""
    named = named_by_setting(settings, "test_server_binary")
    if named is not None:
        return named
    path = _test_server_path(settings)
    if path.exists() and _jars_of(settings, TEST_SERVER_POM).exists():
        return Found(path, "cache")
    return None


def prepare_test_server(settings: Settings) -> Found:
    """The test server, its jars fetched by Maven if they are nowhere."""
    found = find_test_server(settings)
    if found is not None:
        return found
    tool("java")
    jars = maven_classpath(settings, TEST_SERVER_POM)
    path = _test_server_path(settings)
    path.unlink(missing_ok=True)  # a script whose jars are gone

    def write(draft: Path) -> None:
        draft.write_text(_WRAPPER.format(jars=jars.name), encoding="utf-8")
        draft.chmod(0o755)

    return Found(made_once(settings, path, write), "fetched just now")


def test_server(settings: Settings) -> Path:
    """Path of the test server, an executable that takes the port. Raises PartMissing."""
    if shutil.which("java") is None:
        tool("java")
    found = find_test_server(settings)
    if found is None:
        raise PartMissing(f"Temporal's time-skipping test server {TEST_SERVER_VERSION}", "make setup-test")
    return found.path


def _test_server_path(settings: Settings) -> Path:
    return cache_folder(settings) / "bin" / f"temporal-test-server-{TEST_SERVER_VERSION}"


def _jars_of(settings: Settings, pom: Path) -> Path:
    content = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    return cache_folder(settings) / "maven" / f"{pom.name.removesuffix('.xml').removesuffix('.pom')}-{content}"
