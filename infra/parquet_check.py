"""A Parquet file is read in a process of its own first: damage can make the library end its process, and ours is not to go with it.

It asks for as much memory as a damaged file says that it needs, and ends the process when there is not so much. No exception tells.
"""

import os
import resource
import subprocess
import sys

from infra.settings import CHECKOUT

MEMORY = 8 * 1024**3
"""Bytes that the process may ask for; what we take, unpacked, needs a tenth of it."""
SECONDS = 180


def can_be_read(content: bytes) -> bool:
    """Whether reading comes to an end; the file may be wrong all the same, which the reading itself says."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "infra.parquet_check"],
            input=content,
            cwd=CHECKOUT,
            env={**os.environ, "POLARS_MAX_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    """Read standard input and say nothing of it."""
    from infra.billing_files import read_parquet

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read_parquet(sys.stdin.buffer.read())


if __name__ == "__main__":
    main()
