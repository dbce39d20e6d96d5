"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key in a file of its own, made once, mode 0600.

What a secret belongs to is sealed with it, so that nobody can move one from one row of a table to another.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sturnus.core.errors import Invalid, Unavailable

KEY_SIZE: Final = 32
_NONCE: Final = 12


class Vault:
    """Seals and opens. The key file is read, or made, when it is needed first."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file
        self._cipher: AESGCM | None = None

    def seal(self, secret: str, owner: str) -> bytes:
        """Encrypt a secret of `owner`. Invalid if the key file cannot be used."""
        nonce = os.urandom(_NONCE)
        return nonce + self._with_key().encrypt(nonce, secret.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """Decrypt a secret of `owner`.

        Raises:
            Invalid: the key file cannot be used.
            Unavailable: this is not the key that it was sealed with, or it is not of this owner.

        """
        try:
            return self._with_key().decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode()).decode()
        except (InvalidTag, ValueError):
            raise Unavailable(
                f"a stored password cannot be decrypted with the key in {self._file}",
                expected="the key that it was encrypted with",
                remedy=f"put the right key back into {self._file} and restart, or set the password again",
            ) from None

    def _with_key(self) -> AESGCM:
        if self._cipher is None:
            self._cipher = AESGCM(_key_in(self._file))
        return self._cipher


def _key_in(file: Path) -> bytes:
    try:
        if not file.exists():
            _make(file)
        mode = file.stat().st_mode & 0o777
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(
            f"The key for stored passwords cannot be had from {file}: {error.strerror}.",
            expected="a file that this process can read, or a directory that it can make it in",
            remedy="set secrets_key_file",
        ) from error
    if mode & 0o077:
        raise Invalid(f"{file} can be read by others.", expected="mode 0600", remedy=f"chmod 600 {file}")
    if len(content) != KEY_SIZE:
        raise Invalid(
            f"{file} does not hold a key.", expected=f"{KEY_SIZE} bytes", remedy=f"put the right key back into {file}"
        )
    return content


def _make(file: Path) -> None:
    """Whole or not at all, and never over another one: two processes that begin at once end up with one key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as writing:
            writing.write(os.urandom(KEY_SIZE))
            writing.flush()
            os.fsync(opened)
        try:
            os.link(fresh, file)
        except FileExistsError:
            return  # somebody else was faster
    finally:
        fresh.unlink()
