"""Keys that encrypt the secrets of second factors and of customers' OAs: a file with one key a line, the newest first, and never in
the database.

A sealed secret is AES-256-GCM over the secret's bytes, bound to its person: 12 bytes of nonce, the cipher text and 16 of tag, in
base64. One that was copied into another person's row, or changed, does not open.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.settings import PREFIX, Settings, write_once

_KEY_BYTES = 32
_NONCE_BYTES = 12
_PLAIN_LONGEST = 32
"""Characters of a secret that was kept before secrets were sealed; a sealed one is longer."""


class MissingFactorKeys(Exception):
    """The file of keys is not there, or holds a line that is no key."""


class UnreadableFactor(Exception):
    """A secret that none of the keys opens: sealed with a key that is gone, or changed, or of somebody else."""


class FactorKeys:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise MissingFactorKeys(f"at least one key of {_KEY_BYTES} bytes is needed")
        self._ciphers = [AESGCM(key) for key in keys]

    def seal(self, secret: str, user_id: int) -> str:
        """A base32 secret as it may be stored, at most 64 characters for a secret of 20 bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
        return base64.urlsafe_b64encode(nonce + self._ciphers[0].encrypt(nonce, raw, _bound_to(user_id))).decode().rstrip("=")

    def open(self, sealed: str, user_id: int) -> str:
        """The base32 secret. Raises UnreadableFactor."""
        for cipher in self._ciphers:
            if (secret := _opened(cipher, sealed, user_id)) is not None:
                return secret
        raise UnreadableFactor(f"user {user_id}")

    def renewed(self, stored: str, user_id: int) -> str:
        """What stands in the row, sealed with the newest key: the same if it is, and sealed if it was still plain.

        Raises UnreadableFactor.
        """
        if _opened(self._ciphers[0], stored, user_id) is not None:
            return stored
        return self.seal(stored if _is_plain(stored) else self.open(stored, user_id), user_id)

    def seal_text(self, text: str, owner: str) -> str:
        """A short text as it may be stored, bound to whose it is: `OA of enterprise 7`."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + self._ciphers[0].encrypt(nonce, text.encode(), owner.encode())).decode()

    def open_text(self, sealed: str, owner: str) -> str:
        """The text. Raises UnreadableFactor."""
        for cipher in self._ciphers:
            if (text := _opened_text(cipher, sealed, owner)) is not None:
                return text
        raise UnreadableFactor(owner)

    def renewed_text(self, sealed: str, owner: str) -> str:
        """A sealed text under the newest key: the same if it is already. Raises UnreadableFactor."""
        if _opened_text(self._ciphers[0], sealed, owner) is not None:
            return sealed
        return self.seal_text(self.open_text(sealed, owner), owner)


def factor_keys(settings: Settings) -> FactorKeys:
    """The keys of the file that the settings name. A local run makes its own file, readable by its owner only.

    Raises MissingFactorKeys.
    """
    path = settings.second_factor_key_file or settings.data_dir / "second-factor.keys"
    if settings.deployment == "local" and settings.second_factor_key_file is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        write_once(path, f"{new_key()}\n")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return FactorKeys([base64.urlsafe_b64decode(line.strip()) for line in lines if line.strip() and not line.startswith("#")])
    except (OSError, UnicodeDecodeError, binascii.Error, MissingFactorKeys) as error:
        reason = "cannot be read" if isinstance(error, OSError) else "has no keys"
        raise MissingFactorKeys(
            f"{path} {reason}: {PREFIX}SECOND_FACTOR_KEY_FILE names a file with one key a line, as `new-factor-key` prints them"
        ) from error


def new_key() -> str:
    """A line for the file."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _opened(cipher: AESGCM, sealed: str, user_id: int) -> str | None:
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        opened = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(user_id))
    except (InvalidTag, ValueError):  # binascii.Error is one
        return None
    return base64.b32encode(opened).decode().rstrip("=")


def _opened_text(cipher: AESGCM, sealed: str, owner: str) -> str | None:
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def _bound_to(user_id: int) -> bytes:
    return f"second factor of user {user_id}".encode()


def _is_plain(stored: str) -> bool:
    if len(stored) > _PLAIN_LONGEST:
        return False
    try:
        return bool(base64.b32decode(stored + "=" * (-len(stored) % 8)))
    except binascii.Error:
        return False
