"""The mail sink's storage: the raw mail as a file, what the lists need in SQLite."""

import os
import sqlite3
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from simulators.storage import now, open_database, transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT, received_at TEXT NOT NULL, mail_from TEXT NOT NULL, subject TEXT NOT NULL,
  message_id TEXT NOT NULL, size INTEGER NOT NULL, file TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS recipient (mail INTEGER NOT NULL REFERENCES mail, address TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS recipient_mail ON recipient (mail);
CREATE INDEX IF NOT EXISTS recipient_address ON recipient (address, mail);
"""


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment: declared name and type, and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail taken apart."""

    headers: list[tuple[str, str]]
    text: str
    html: str
    attachments: list[Part]


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mail"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = open_database(folder / "mail.db", SCHEMA)

    def keep(self, mail_from: str, recipients: list[str], raw: bytes) -> int:
        """Store one mail for good, file first; the id."""
        message = message_from_bytes(raw, policy=policy.default)
        with transaction(self.database):
            row = self.database.execute(
                "INSERT INTO mail (received_at, mail_from, subject, message_id, size, file) VALUES (?, ?, ?, ?, ?, '') RETURNING id",
                (now(), mail_from, _header(message, "subject"), _header(message, "message-id"), len(raw)),
            ).fetchone()
            number = int(row["id"])
            name = f"{number:08d}.eml"
            draft = self.folder / f"{name}.draft"
            draft.write_bytes(raw)
            os.replace(draft, self.folder / name)  # noqa: PTH105 - Path.replace would do the same
            self.database.execute("UPDATE mail SET file = ? WHERE id = ?", (name, number))
            self.database.executemany("INSERT INTO recipient VALUES (?, ?)", [(number, address.lower()) for address in recipients])
        return number

    def found(self, to: str, limit: int) -> list[sqlite3.Row]:
        """Newest first; `to` is a part of a recipient's address, empty for all."""
        return self.database.execute(
            "SELECT mail.*, (SELECT group_concat(address, ', ') FROM recipient WHERE mail = mail.id) AS recipients FROM mail "
            "WHERE ? = '' OR EXISTS (SELECT 1 FROM recipient WHERE recipient.mail = mail.id AND instr(address, ?)) "
            "ORDER BY id DESC LIMIT ?",
            (to.lower(), to.lower(), limit),
        ).fetchall()

    def get(self, number: int) -> tuple[sqlite3.Row, bytes] | None:
        row = self.database.execute(
            "SELECT mail.*, (SELECT group_concat(address, ', ') FROM recipient WHERE mail = mail.id) AS recipients FROM mail WHERE id = ?",
            (number,),
        ).fetchone()
        return (row, (self.folder / row["file"]).read_bytes()) if row else None


def opened(raw: bytes) -> Opened:
    """Take a mail apart; parts that cannot be decoded come out as well as they can."""
    message = message_from_bytes(raw, policy=policy.default)
    texts: dict[str, str] = {"plain": "", "html": ""}
    attachments: list[Part] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        subtype = part.get_content_subtype()
        if part.get_content_maintype() == "text" and not part.get_filename() and not texts.get(subtype, "-"):
            texts[subtype] = _text(part)
        else:
            content = part.get_payload(decode=True)
            name = part.get_filename() or f"part-{len(attachments) + 1}"
            attachments.append(Part(name, part.get_content_type(), content if isinstance(content, bytes) else b""))
    return Opened([(name, _header(message, name)) for name in dict.fromkeys(message.keys())], texts["plain"], texts["html"], attachments)


def _text(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a character set that does not exist
        return content.decode("utf-8", "replace")


def _header(message: EmailMessage, name: str) -> str:
    """A header as text. The parser of broken headers raises now and then: then the raw value."""
    try:
        return ", ".join(str(value) for value in message.get_all(name, []))
    except (ValueError, IndexError, AttributeError):
        return ", ".join(value for key, value in message.raw_items() if key.lower() == name.lower())
