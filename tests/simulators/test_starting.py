"""How a simulator starts, or says why it does not."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulators.running import ROOT


@pytest.mark.parametrize("subject", ["tax-bureau", "courier", "sms", "mail"])
def test_a_taken_port_is_said_in_one_line(tmp_path: Path, subject: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "simulators", subject, "--data", str(tmp_path)]
        command += ["--port", "0", "--smtp-port", port] if subject == "mail" else ["--port", port]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.strip() == f"cannot listen on 127.0.0.1:{port}: Address already in use"
