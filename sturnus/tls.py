"""TLS as those who call check it, and why it failed in words. Standard library only: the commands import it too."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

EXPIRED: Final = 10
NOT_YET_VALID: Final = 9
UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21})
OTHER_NAME: Final = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_* (x509_vfy.h), as `SSLCertVerificationError.verify_code` gives them."""

NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})
"""Reasons that a peer gives which answers in plain HTTP."""


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trust the authorities in this file and no others; None: those of the operating system.

    Raises:
        OSError: the file cannot be read, or holds no certificate (ssl.SSLError). `unreadable` says it in words.

    """
    return ssl.create_default_context(cafile=ca_file)


def unreadable(ca_file: Path, error: OSError) -> str:
    """Why a file of authorities is of no use."""
    if isinstance(error, ssl.SSLError):
        return f"{ca_file} holds no certificate of an authority"
    return f"{ca_file}: {error.strerror}"


def failure(error: BaseException, ca_file: Path | None) -> str | None:
    """Say why a handshake failed, as a clause after "because"; None: it was not TLS that failed.

    Libraries wrap the error of the handshake in their own, so the chain of causes is looked through.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return _refused_certificate(seen, ca_file)
        # "Want read" only says that a handshake was not finished when somebody's patience ended.
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            return "it does not speak TLS" if seen.reason in NO_TLS else f"TLS failed: {seen.reason or seen}"
        seen = seen.__cause__ or seen.__context__
    return None


def _refused_certificate(error: ssl.SSLCertVerificationError, ca_file: Path | None) -> str:
    code = error.verify_code
    if code == EXPIRED:
        return "its certificate has expired"
    if code == NOT_YET_VALID:
        return "its certificate is not valid yet, or a clock is wrong"
    if code in UNKNOWN_AUTHORITY:
        trusted = "the operating system trusts" if ca_file is None else f"{ca_file} names"
        return f"its certificate is not signed by an authority that {trusted}"
    if code in OTHER_NAME:
        return f"its certificate is for another name ({error.verify_message.rstrip('.')})"
    return f"its certificate is refused ({error.verify_message})"
