"""Readings at rest: encrypted where keys are set, in the clear where none is.

Fernet (AES-128 in CBC with HMAC-SHA-256; the specification of the package cryptography)
authenticates as well as it encrypts, so a blob that was changed is refused.
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken

from emotion.errors import StoreError

SETTING = "RAPPORT_KEYS"
"""Environment variable with the keys, separated by commas; the first one encrypts, all decrypt."""


class Vault:
    """Encrypts and decrypts blobs with the keys that are set."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """Take keys.

        Args:
            keys: 32 bytes each in URL-safe base64, as `rapport database new-key` prints them;
                the first encrypts. None to keep blobs in the clear.

        Raises:
            StoreError: If one is no key.
        """
        self._keys: dict[str, Fernet] = {}
        for place, key in enumerate(keys, 1):
            try:
                raw = base64.urlsafe_b64decode(key)
                fernet = Fernet(key)
            except ValueError:
                # The key itself must not be in a message.
                raise StoreError(
                    f"Key {place} in {SETTING} is none: it should be 32 bytes in URL-safe base64. "
                    "`rapport database new-key` prints one."
                ) from None
            self._keys[hashlib.sha256(raw).hexdigest()[:16]] = fernet

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Vault":
        """A vault with the keys of `RAPPORT_KEYS`; without keys where it is not set.

        Args:
            environment: Variables by their names, with the keys separated by commas.

        Raises:
            StoreError: If one is no key.
        """
        return cls([key.strip() for key in environment.get(SETTING, "").split(",") if key.strip()])

    @property
    def key(self) -> str | None:
        """By which the key that encrypts is known, 16 hexadecimal digits; None without one."""
        return next(iter(self._keys), None)

    def close(self, content: bytes) -> tuple[bytes, str | None]:
        """Encrypt with the first key.

        Args:
            content: What is kept.

        Returns:
            The blob, and by which its key is known; None for one in the clear, without a key.
        """
        name = self.key
        return (content, None) if name is None else (self._keys[name].encrypt(content), name)

    def open(self, blob: bytes, key: str | None) -> bytes:
        """Decrypt.

        Args:
            blob: From `close`.
            key: By which its key is known; None for one in the clear.

        Raises:
            StoreError: If the key is not set, or the blob was changed.
        """
        if key is None:
            return blob
        if key not in self._keys:
            raise StoreError(
                f"These readings are encrypted with the key {key}, which is not in {SETTING}. "
                "Add it there, after the one that encrypts."
            )
        try:
            return self._keys[key].decrypt(blob)
        except InvalidToken:
            raise StoreError(
                f"These readings were changed since they were encrypted with the key {key}."
            ) from None


def new_key() -> str:
    """A new key for `RAPPORT_KEYS`."""
    return Fernet.generate_key().decode()
