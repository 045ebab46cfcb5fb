"""How commands end."""

import subprocess
import sys

import pytest

from infra.settings import CHECKOUT


@pytest.mark.parametrize(
    ("body", "code", "out", "err"),
    [
        ("print('done')", 0, "done\n", ""),
        ("return 3", 3, "", ""),
        ("raise SystemExit(4)", 4, "", ""),
        ("raise SystemExit('no such file')", 1, "", "no such file\n"),
        ("raise KeyboardInterrupt", 130, "", ""),
        # What would crash or hang while the interpreter takes itself apart is never reached.
        ("import atexit; atexit.register(print, 'too late'); print('done')", 0, "done\n", ""),
    ],
)
def test_a_command_ends_with_its_code_and_all_its_output(body: str, code: int, out: str, err: str) -> None:
    script = f"from cli.exit import run_main\ndef main():\n    {body}\nrun_main(main)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=CHECKOUT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, err)


def test_an_uncaught_exception_is_shown() -> None:
    script = "from cli.exit import run_main\nrun_main(lambda: 1 / 0)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=CHECKOUT, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
