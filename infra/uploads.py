"""Uploaded files between their dry run and their import: kept by hash in the data folder, for a day."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

KEPT_FOR = timedelta(days=1)
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept file. `sha256` is of the content, in hex, and its name."""

    sha256: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploads:
    """Files in `folder`, each with its name beside it; written aside and renamed, so that a half one is never read."""

    folder: Path

    def keep(self, content: bytes, file_name: str, now: datetime) -> str:
        """Keep a file and say its hash. The same bytes again are the same file. Old ones are cleared away."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clear(now)
        digest = sha256(content).hexdigest()
        self._write(f"{digest}.csv", content)
        self._write(f"{digest}.json", json.dumps({"file_name": file_name}, ensure_ascii=False).encode())
        return digest

    def read(self, digest: str) -> Upload | None:
        """The file of this hash; None when it was never here, is gone, or is not what its name says."""
        if not _HASH.fullmatch(digest):
            return None
        try:
            content = (self.folder / f"{digest}.csv").read_bytes()
            facts = json.loads((self.folder / f"{digest}.json").read_bytes())
        except FileNotFoundError:
            return None
        return Upload(digest, facts["file_name"], content) if sha256(content).hexdigest() == digest else None

    def drop(self, digest: str) -> None:
        """Forget a file: it is imported, and its lines are in the database."""
        if _HASH.fullmatch(digest):
            for ending in ("csv", "json"):
                (self.folder / f"{digest}.{ending}").unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        draft = self.folder / f".{name}.{secrets.token_hex(4)}"
        draft.write_bytes(content)
        draft.chmod(0o600)
        draft.replace(self.folder / name)

    def _clear(self, now: datetime) -> None:
        oldest = (now - KEPT_FOR).timestamp()
        for path in self.folder.iterdir():
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except FileNotFoundError:  # another upload cleared it away first
                continue
