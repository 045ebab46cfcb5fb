"""Starts simulators as processes of their own, and speaks to their admin routes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
SECRET = "callback secret of the tests"
ADDRESS = re.compile(r"listens on (\w+)://([\d.]+):(\d+)")


class Simulator:
    """One simulator over a data folder; ports are free ones, found when it starts and kept over a restart."""

    def __init__(self, subject: str, data: Path, *options: str) -> None:
        self.subject = subject
        self.data = data
        self.options = options
        self.ports: dict[str, int] = {}
        self.process: subprocess.Popen[str] | None = None
        # One client, because making one is slow; no kept connections, because the simulator is killed now and then.
        self.client = httpx.Client(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['http']}"

    @property
    def smtp_port(self) -> int:
        return self.ports["smtp"]

    def start(self) -> "Simulator":
        wanted = ["http", "smtp"] if self.subject == "mail" else ["http"]
        command = [sys.executable, "-m", "simulators", self.subject, "--data", str(self.data), "--port", str(self.ports.get("http", 0))]
        if self.subject == "mail":
            command += ["--smtp-port", str(self.ports.get("smtp", 0))]
        process = subprocess.Popen([*command, *self.options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.process = process
        assert process.stdout is not None
        while wanted:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{self.subject} ended with {process.wait()} before it listened")
            found = ADDRESS.search(line)
            if found:
                self.ports[found[1]] = int(found[3])
                wanted.remove(found[1])
        return self

    def kill(self) -> None:
        """As a crash: no time to tidy up."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def restart(self) -> None:
        self.kill()
        self.start()

    def order(self, kind: str, **more: Any) -> None:
        """Order a fault."""
        self.post("/admin/faults", {"kind": kind, **more}).raise_for_status()

    def faults(self) -> list[dict[str, Any]]:
        return list(self.get("/admin/faults")["faults"])

    def clear(self) -> None:
        self.client.delete(f"{self.url}/admin/faults").raise_for_status()

    def get(self, path: str) -> Any:
        answer = self.client.get(f"{self.url}{path}")
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.client.post(f"{self.url}{path}", json=body)
