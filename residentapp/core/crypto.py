"""Encryption of single values at rest, keyed hashes to find them again, and signatures of the audit log.

個人番号 and 住民票コード are kept encrypted (CM-7). Nothing is encrypted behind one's back: the code that
writes or reads such a value says so, together with the *context* it belongs to (``"individual_number"``).
A value encrypted for one context does not decrypt in another, so a ciphertext copied from one column into
another is noticed.

Form of a ciphertext: length of the key's name (1 byte), the name, nonce (12 bytes), AES-256-GCM ciphertext
with its tag (16 bytes). The name lets keys be changed: new values take the first key, old ones keep theirs
until they are encrypted anew.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from residentapp.core.db import Database

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SESSION_INFO = "keyring"


class DecryptionError(Exception):
    """A value cannot be decrypted: unknown key, wrong context, or changed bytes. Never holds the value."""


class NamedKey(Protocol):
    """A key with the name that is stored beside what it encrypted."""

    @property
    def key_id(self) -> str:
        """Up to 16 ASCII letters and digits."""

    @property
    def secret(self) -> bytes:
        """32 bytes."""


class KeySettings(Protocol):
    """The part of the settings that holds keys."""

    @property
    def encryption_keys(self) -> Sequence[NamedKey]:
        """The first encrypts, all decrypt."""

    @property
    def lookup_key(self) -> bytes:
        """32 bytes for keyed hashes."""


def _derive(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose only (HKDF-SHA256), so that no two uses share a key."""
    return HKDF(
        algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"residentapp/" + purpose.encode()
    ).derive(secret)


class Keyring:
    """All keys of an installation. May be shared between threads and sent to worker processes.

    :param keys: (name, 32 bytes); the first encrypts and signs, the others only decrypt and verify.
    :param lookup_key: 32 bytes for :meth:`lookup_hash`; changing it means hashing every value anew.
    :raises ValueError: no key, a name twice, a name that is too long, or a key of the wrong length.
    """

    def __init__(self, keys: Iterable[tuple[str, bytes]], lookup_key: bytes) -> None:
        self._keys = dict(pairs := list(keys))
        if not pairs or len(self._keys) != len(pairs):
            raise ValueError("a keyring needs at least one key, each with a name of its own")
        if any(not (key_id.isascii() and 0 < len(key_id) <= 16) for key_id in self._keys):
            raise ValueError("a key's name has 1 to 16 ASCII characters")
        if any(len(secret) != KEY_BYTES for secret in [*self._keys.values(), lookup_key]):
            raise ValueError(f"each key has {KEY_BYTES} bytes")
        self._lookup_key = lookup_key
        self.primary_id = pairs[0][0]
        self._forget()

    def _forget(self) -> None:
        self._ciphers: dict[tuple[str, str], AESGCM] = {}
        self._derived: dict[tuple[str, str], bytes] = {}
        name = self.primary_id.encode()
        self._prefix = bytes([len(name)]) + name

    @classmethod
    def from_settings(cls, settings: KeySettings) -> Keyring:
        """The keyring that the settings describe."""
        return cls(((key.key_id, key.secret) for key in settings.encryption_keys), settings.lookup_key)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def __getstate__(self) -> dict[str, Any]:
        return {"keys": self._keys, "lookup_key": self._lookup_key, "primary_id": self.primary_id}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._keys = state["keys"]
        self._lookup_key = state["lookup_key"]
        self.primary_id = state["primary_id"]
        self._forget()

    def _cipher(self, key_id: str, context: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, context))
        if cipher is None:
            cipher = AESGCM(_derive(self._keys[key_id], f"encryption/{context}"))
            self._ciphers[key_id, context] = cipher
        return cipher

    def _key(self, secret: bytes, key_id: str, purpose: str) -> bytes:
        key = self._derived.get((key_id, purpose))
        if key is None:
            key = self._derived[key_id, purpose] = _derive(secret, purpose)
        return key

    def encrypt(self, plaintext: str | bytes, *, context: str) -> bytes:
        """Encrypt with the first key. The same text gives other bytes every time.

        :param context: what kind of value it is; needed again to decrypt.
        """
        data = plaintext.encode() if isinstance(plaintext, str) else plaintext
        nonce = os.urandom(_NONCE_BYTES)
        return self._prefix + nonce + self._cipher(self.primary_id, context).encrypt(nonce, data, None)

    def decrypt(self, ciphertext: bytes, *, context: str) -> bytes:
        """The plaintext.

        :raises DecryptionError: unknown key, other context, or changed bytes.
        """
        key_id = key_id_of(ciphertext)
        if key_id not in self._keys:
            raise DecryptionError("the key of this value is not in the keyring")
        start = 1 + len(key_id)
        nonce, body = ciphertext[start : start + _NONCE_BYTES], ciphertext[start + _NONCE_BYTES :]
        try:
            return self._cipher(key_id, context).decrypt(nonce, body, None)
        except InvalidTag:
            raise DecryptionError("the value was changed or belongs to another context") from None

    def decrypt_text(self, ciphertext: bytes, *, context: str) -> str:
        """The plaintext as text; errors as :meth:`decrypt`."""
        return self.decrypt(ciphertext, context=context).decode()

    def needs_rotation(self, ciphertext: bytes) -> bool:
        """Whether the value is still under an older key."""
        return key_id_of(ciphertext) != self.primary_id

    def rotate(self, ciphertext: bytes, *, context: str) -> bytes:
        """The same value under the first key; errors as :meth:`decrypt`."""
        return self.encrypt(self.decrypt(ciphertext, context=context), context=context)

    def lookup_hash(self, text: str, *, context: str) -> bytes:
        """32 bytes (HMAC-SHA256) that are equal for equal texts of a context: index and search by them.

        The text is taken as it is; strip hyphens and make digits half-width before.
        """
        key = self._key(self._lookup_key, "", f"lookup/{context}")
        return hmac.digest(key, text.encode(), hashlib.sha256)

    def sign(self, data: bytes, *, purpose: str, key_id: str | None = None) -> str | None:
        """HMAC-SHA256 of the data in hex under a named key (the first when none is named).

        :returns: None when the keyring has no key of that name.
        """
        name = self.primary_id if key_id is None else key_id
        if name not in self._keys:
            return None
        key = self._key(self._keys[name], name, f"signature/{purpose}")
        return hmac.digest(key, data, hashlib.sha256).hex()


def key_id_of(ciphertext: bytes) -> str:
    """The name of the key that a ciphertext was made with.

    :raises DecryptionError: when the bytes do not have the form of a ciphertext.
    """
    length = ciphertext[0] if ciphertext else 0
    if length == 0 or len(ciphertext) < 1 + length + _NONCE_BYTES + _TAG_BYTES:
        raise DecryptionError("this is not an encrypted value")
    try:
        return ciphertext[1 : 1 + length].decode("ascii")
    except UnicodeDecodeError:
        raise DecryptionError("this is not an encrypted value") from None


def bind_keyring(database: Database, keyring: Keyring) -> None:
    """Let every session of the database know the keyring; done once where a process starts."""
    database.sessions.configure(info={_SESSION_INFO: keyring})


def keyring_of(session: Session) -> Keyring | None:
    """The keyring bound to the session's database; None when none was bound."""
    keyring = session.info.get(_SESSION_INFO)
    return keyring if isinstance(keyring, Keyring) else None
