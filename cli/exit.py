"""One way out for every command.

A process that used a Temporal client can crash while the interpreter takes itself apart
(temporalio/sdk-python issue 300), which turns a success into exit code 134. So the end of a
command flushes and leaves without that.
"""

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

INTERRUPTED = 130


def run_main(main: Callable[[], int | None]) -> NoReturn:
    """Call `main` and leave with the code it returns (None: 0); an uncaught exception is shown and gives 1."""
    try:
        code = main() or 0
    except SystemExit as end:
        code = _code_of(end)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException:
        traceback.print_exc()
        code = 1
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # the reader may be gone
            stream.flush()
    os._exit(code)


def _code_of(end: SystemExit) -> int:
    if isinstance(end.code, int):
        return end.code
    if end.code is None:
        return 0
    sys.stderr.write(f"{end.code}\n")
    return 1
