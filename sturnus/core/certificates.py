"""A server's certificate, and how a new one is taken over while clients are connected.

Whoever renews it replaces the two files. New connections get the new certificate within `LOOK_EVERY`; those that are
open keep theirs and go on. A pair that does not fit (only one file is replaced yet, say) is left alone, and said.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from sturnus.core.errors import Invalid

LOOK_EVERY: Final = timedelta(seconds=10)

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the pair is, as PEM. The certificate's file may hold intermediate ones after it."""

    certificate: Path
    key: Path


class ServedCertificate:
    """The context that a server listens with. It stays the same object: what it holds is replaced."""

    def __init__(self, files: CertificateFiles) -> None:
        """Load it. Invalid if the pair is no pair, or cannot be read."""
        self._files = files
        self._seen = _state(files)
        self.context = _load(files, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))

    async def follow(self) -> None:
        """Take over what is put in place, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> bool:
        """Look once; whether another pair was taken over."""
        found = _state(self._files)
        if found == self._seen:
            return False
        try:
            # Tried apart first: half of a pair would spoil the context that serves.
            _load(self._files, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
            _load(self._files, self.context)
            ends = end_of(self._files.certificate)
        except Invalid as error:
            log.warning("certificate not replaced", reason=error.message)
            return False
        self._seen = found
        log.info("certificate replaced", ends=ends.isoformat())
        return True


def end_of(certificate: Path) -> datetime:
    """When a certificate ends, in UTC. Invalid if the file cannot be read, or holds none."""
    return read(certificate).not_valid_after_utc


def read(certificate: Path) -> x509.Certificate:
    """Read the first certificate of a file. Invalid if it cannot be read, or holds none."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes())
    except OSError as error:
        raise _unusable(f"{certificate}: {error.strerror}") from error
    except ValueError as error:
        raise _unusable(f"{certificate} holds no certificate") from error


def _load(files: CertificateFiles, context: ssl.SSLContext) -> ssl.SSLContext:
    for file in (files.certificate, files.key):
        try:
            file.read_bytes()  # load_cert_chain does not say which of the two it cannot read
        except OSError as error:
            raise _unusable(f"{file}: {error.strerror}") from error
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (ssl.SSLError, OSError) as error:
        raise _unusable(f"{files.key} is not the key of the certificate in {files.certificate}") from error
    return context


def _state(files: CertificateFiles) -> tuple[tuple[int, int], ...]:
    """What changes when a file is replaced; of one that is missing, nothing is known."""
    states = []
    for file in (files.certificate, files.key):
        try:
            found = file.stat()
        except OSError:
            states.append((0, 0))
        else:
            states.append((found.st_ino, found.st_mtime_ns))
    return tuple(states)


def _unusable(what: str) -> Invalid:
    return Invalid(
        f"The certificate cannot be used: {what}.",
        expected="a certificate and its key, both PEM, that this process may read",
        remedy="correct the files: new connections take them over by themselves",
    )
