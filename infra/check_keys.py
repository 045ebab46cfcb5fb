"""Keys of the check values on invoices of an industry template: a file with one key a line, the newest first, never in the database.

A new key makes the values of new invoices; the older ones stay in the file for as long as invoices made with them are to be verified.
"""

import base64
import binascii
import secrets
from collections.abc import Iterable, Sequence

from domain.invoice_templates import KEY_BYTES, CheckedFact, InvoiceFacts, check_value, key_id
from infra.settings import PREFIX, Settings, write_once


class MissingCheckKeys(Exception):
    """The file of keys cannot be read, or holds a line that is no key."""


class CheckKeys:
    """Makes values with the first key, and again with any of them. There may be none: then no template can be used."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        if any(len(key) != KEY_BYTES for key in keys):
            raise MissingCheckKeys(f"a key has {KEY_BYTES} bytes")
        self._keys = {key_id(key): key for key in keys}

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def newest(self) -> str:
        """The id of the key that makes new values. Raises MissingCheckKeys."""
        if not self._keys:
            raise MissingCheckKeys(f"{PREFIX}CHECK_VALUE_KEY_FILE names no file of keys")
        return next(iter(self._keys))

    def value(self, key: str, facts: InvoiceFacts, checked: Iterable[CheckedFact]) -> str | None:
        """The check value by the key with this id; None when that key is gone."""
        found = self._keys.get(key)
        return None if found is None else check_value(found, facts, checked)


def check_keys(settings: Settings) -> CheckKeys:
    """The keys of the file that the settings name, none without one. A local run makes its own file.

    Raises MissingCheckKeys for a file that is named and cannot be used.
    """
    path = settings.check_value_key_file
    if path is None and settings.deployment != "local":
        return CheckKeys()
    if path is None:
        path = settings.data_dir / "check-value.keys"
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        write_once(path, f"{new_key_line()}\n")
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        keys = [base64.urlsafe_b64decode(line) for line in lines if line and not line.startswith("#")]
        found = CheckKeys(keys)
    except (OSError, UnicodeDecodeError, binascii.Error, MissingCheckKeys) as error:
        raise MissingCheckKeys(
            f"{path} cannot be used: {PREFIX}CHECK_VALUE_KEY_FILE names a file with one key a line, as `new-factor-key` prints them"
        ) from error
    if not found:
        raise MissingCheckKeys(f"{path} has no keys")
    return found


def new_key_line() -> str:
    """A line for the file."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
