"""Reading a licence or identity card from its picture, to fill a form that a person then confirms.

Recognition runs in a process of its own, started for one picture and ended by a time-out: it takes 450 MB and some
seconds, and its input is anybody's. When it fails, the form is typed by hand.
"""

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

from domain.licences import PICTURE_LIMIT, LicenceReading, Line, reading_of

TIMEOUT_S = 40.0
"""Seconds for one picture: two when the machine is idle, with loading; ten times that when it is not."""
WAIT_S = 10.0
"""Seconds to wait for the picture before: one is read at a time in each process."""

_CHECKOUT = Path(__file__).resolve().parent.parent
_reading = threading.Lock()
log = logging.getLogger("kaipiao.licences")


def read_licence(content: bytes, timeout_seconds: float = TIMEOUT_S) -> LicenceReading:
    """What stands on the licence, empty where nothing was found. Never raises; blocks for seconds: call it in a thread."""
    if len(content) > PICTURE_LIMIT:
        return LicenceReading(problem="picture-large")
    if not _reading.acquire(timeout=WAIT_S):
        return LicenceReading(problem="reading-busy")
    try:
        return _read(content, timeout_seconds)
    finally:
        _reading.release()


def no_reading(_content: bytes) -> LicenceReading:
    """What a deployment reads that has switched reading off."""
    return LicenceReading(problem="reading-off")


def _read(content: bytes, timeout_seconds: float) -> LicenceReading:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "infra.licence_process"],
            input=content,
            capture_output=True,
            timeout=timeout_seconds,
            cwd=_CHECKOUT,
            check=True,
        )
        answer = json.loads(done.stdout)
        if "problem" in answer:
            return LicenceReading(problem=str(answer["problem"]))
        return reading_of([Line(str(text), *map(int, box)) for text, *box in answer["lines"]])
    except subprocess.TimeoutExpired:
        return LicenceReading(problem="reading-slow")
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError, TypeError) as failure:
        # The picture's content must not reach the log: only how the process ended.
        log.warning("a licence could not be read: %s", type(failure).__name__)
        return LicenceReading(problem="reading-failed")
