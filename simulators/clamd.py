"""A virus scanner that speaks clamd's `INSTREAM` over TCP and knows one signature: the EICAR test string, anywhere in the file.

Faults: `silent` never answers, `garbage` answers what clamd never says, `cut` closes within the answer, `small` takes 1,000 bytes.
"""

import socketserver
import struct

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""In two parts, so that no scanner takes this file for one."""
SIGNATURE = "Eicar-Test-Signature"
SMALL = 1000


class Clamd(socketserver.ThreadingTCPServer):
    """Answers on `server_address` once `serve_forever` runs. `seen` are the sizes of the files that came whole."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Session)
        self.fault = ""
        self.seen: list[int] = []


class _Session(socketserver.StreamRequestHandler):
    server: Clamd
    timeout = 30

    def handle(self) -> None:
        if self._until_nul() != b"zINSTREAM":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4).rjust(4, b"\0"))[0]:
            content += self.rfile.read(size)
            if self.server.fault == "small" and len(content) > SMALL:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(len(content))
        answer = f"stream: {SIGNATURE} FOUND" if EICAR in content else "stream: OK"
        match self.server.fault:
            case "silent":
                self.rfile.read()  # until the other side gives up
            case "garbage":
                self.wfile.write(b"stream: perhaps\0")
            case "cut":
                self.wfile.write(answer[:9].encode())
            case _:
                self.wfile.write(answer.encode() + b"\0")

    def _until_nul(self) -> bytes:
        said = b""
        while (one := self.rfile.read(1)) not in (b"\0", b"") and len(said) < 100:
            said += one
        return said
