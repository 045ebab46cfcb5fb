"""Databases for tests: a migrated SQLite file, copied for each test."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from infra.database import Database, make_engine
from infra.migrations import upgrade


@cache
def _migrated() -> Path:
    """A migrated, empty SQLite file; made once a process."""
    folder = mkdtemp(prefix="kaipiao-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "empty.db"
    upgrade(f"sqlite:///{path}")
    # In one file, so that copying the file copies everything.
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def sqlite_database(folder: Path) -> Database:
    """A new migrated database in a folder."""
    path = folder / "kaipiao.db"
    shutil.copyfile(_migrated(), path)
    return Database(make_engine(f"sqlite:///{path}"))
