"""Keys and sealing. AES-256-GCM; the nonce is random and stands before the ciphertext.

The master key wraps the data keys and never leaves the environment; the index key makes blind
tokens; the log key chains the access log. `unseal` is for `accounts.disclosure` alone (a test
refuses other callers): everything else opens sealed text with a `Disclosure`.
"""

import hashlib
import hmac
import os
import struct
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


class Unreadable(Exception):
    """The sealed text does not belong to this row, field or key, or its key was destroyed."""


class Key(Protocol):
    """Whatever holds a data key: a person's `DataKey` row or the installation's own."""

    @property
    def secret(self) -> bytes: ...


class _Installation:
    """The key of texts that belong to no person: remarks, contacts of partners."""

    @property
    def secret(self) -> bytes:
        return _derived(settings.VEREDA_MASTER_KEY, b"installation")


INSTALLATION = _Installation()


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"vereda:" + purpose, "sha256")


@lru_cache(maxsize=1024)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(secret)


def _encrypt(secret: bytes, plain: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(secret).encrypt(nonce, plain, aad)


def _decrypt(secret: bytes, blob: bytes, aad: bytes) -> bytes:
    try:
        return _cipher(secret).decrypt(blob[:_NONCE], blob[_NONCE:], aad)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("sealed under another key, row or field") from error


def new_wrapped_key(aad: bytes) -> bytes:
    """A fresh 32-byte data key, wrapped by the master key; `aad` binds it to its row."""
    return _encrypt(settings.VEREDA_MASTER_KEY, os.urandom(32), aad)


def unwrap_key(wrapped: bytes, aad: bytes) -> bytes:
    return _decrypt(settings.VEREDA_MASTER_KEY, bytes(wrapped), aad)


def seal(key: Key, text: str, aad: bytes) -> bytes:
    return _encrypt(key.secret, text.encode(), aad)


def unseal(key: Key, blob: bytes, aad: bytes) -> str:
    return _decrypt(key.secret, bytes(blob), aad).decode()


def token32(kind: str, text: str) -> int:
    """A blind 32-bit token (signed), one key per kind, so that equal texts of two kinds differ."""
    secret = _derived(settings.VEREDA_INDEX_KEY, b"token:" + kind.encode())
    value: int = struct.unpack(">i", hmac.digest(secret, text.encode(), "sha256")[:4])[0]
    return value


def mac(purpose: str, *parts: bytes) -> bytes:
    """An authentication code under the log key. Parts are length-prefixed: no two lists collide."""
    message = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return hmac.digest(_derived(settings.VEREDA_LOG_KEY, purpose.encode()), message, "sha256")


def fingerprint(text: str) -> str:
    """A short keyed mark of something that must be compared but not stored (e-mail, address)."""
    return hashlib.sha256(mac("fingerprint", text.encode())).hexdigest()[:32]
