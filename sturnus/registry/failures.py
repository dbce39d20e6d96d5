"""Why an image could not be looked at or copied, and whether to try again. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class FailureKind(StrEnum):
    """What went wrong, as far as it matters for what to do next."""

    UNAUTHORIZED = "unauthorized"
    """The login was refused. Trying again would lock the account (reference/inventory.md F-21)."""
    NOT_FOUND = "not-found"
    """The registry has no such image."""
    UNTRUSTED = "untrusted"
    """The registry's certificate is not trusted, or it does not speak TLS."""
    NO_SPACE = "no-space"
    """A disk is full."""
    UNUSABLE = "unusable"
    """The name or the image itself cannot be used."""
    RATE_LIMITED = "rate-limited"
    """The registry wants fewer requests."""
    UNREACHABLE = "unreachable"
    """Nobody answers there, or the connection broke."""
    SERVER_ERROR = "server-error"
    """The registry answered that it cannot do its work."""
    TOO_SLOW = "too-slow"
    """It was not done by its deadline."""
    OTHER = "other"
    """Something else; the registry's words say what."""


LASTING: Final = frozenset(
    {
        FailureKind.UNAUTHORIZED,
        FailureKind.NOT_FOUND,
        FailureKind.UNTRUSTED,
        FailureKind.NO_SPACE,
        FailureKind.UNUSABLE,
    }
)
"""Somebody has to do something first: trying again changes nothing."""

REMEDIES: Final = {
    FailureKind.UNAUTHORIZED: "skopeo login --authfile FILE REGISTRY, where FILE is registry_auth_file of the settings",
    FailureKind.NOT_FOUND: "correct the image's name, or push it there",
    FailureKind.UNTRUSTED: "put the *.crt of the authority that signed its certificate into registry_certificates",
    FailureKind.NO_SPACE: "make room on the registry's disk",
    FailureKind.UNUSABLE: "correct the image's name in the overrides",
}

_SIGNS: Final = (
    # The first that is found decides; all in lower case.
    (FailureKind.RATE_LIMITED, ("toomanyrequests", "too many requests", "rate limit")),
    (
        FailureKind.UNAUTHORIZED,
        ("unauthorized", "authentication required", "invalid username/password", "denied", r"status\D{0,40}40[13]"),
    ),
    (FailureKind.NO_SPACE, ("no space left on device", "disk quota")),
    (FailureKind.NOT_FOUND, ("manifest unknown", "name unknown", "not found", r"status\D{0,40}404")),
    (FailureKind.UNTRUSTED, ("x509", "certificate", "gave http response to https client", "tls: ")),
    (
        FailureKind.UNUSABLE,
        (r"invalid (?:source|destination) name", "unsupported manifest", r"no image found in (?:manifest|image) list"),
    ),
    (
        FailureKind.SERVER_ERROR,
        (
            r"status\D{0,40}5\d\d", "internal server error", "bad gateway", "service unavailable",
            r"blob upload (?:invalid|unknown)",
        ),
    ),
    (
        FailureKind.UNREACHABLE,
        (
            r"connection (?:refused|reset)", "no such host", "no route to host", "network is unreachable", "timeout",
            "timed out", "broken pipe", r"\beof\b", "server misbehaving", "deadline exceeded",
        ),
    ),
)  # fmt: skip
_MESSAGE: Final = re.compile(r'level=(?:fatal|error) msg="((?:[^"\\]|\\.)*)"')
_NAMED: Final = re.compile(r'^Error parsing image name "[^"]*": ')


@dataclass(frozen=True, slots=True)
class Failure:
    """One attempt that came to nothing."""

    kind: FailureKind
    words: str  # the registry's own, as skopeo passes them on


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be."""

    attempts: int = 5
    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Wait, then try again."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again."""

    reason: str
    remedy: str


def failure_from(errors: str) -> Failure:
    """Read what skopeo wrote to standard error."""
    found = _MESSAGE.findall(errors)
    words = found[-1].replace('\\"', '"').replace("\\n", " ") if found else errors.strip()[-300:]
    words = _NAMED.sub("", words)[:500]
    # Names of images may hold any word: only what comes after the last of them counts.
    plain = re.sub(r"\S*[.:]\S*/\S*|sha256:[0-9a-f]+", "", words).lower()
    kind = next((kind for kind, signs in _SIGNS if re.search("|".join(signs), plain)), FailureKind.OTHER)
    return Failure(kind, words or "skopeo ended without a word")


def next_attempt(policy: RetryPolicy, failure: Failure, attempt: int, jitter: float) -> TryAgain | GiveUp:
    """Decide what follows attempt number `attempt` (from 1).

    `jitter`: from 0 to 1; many images that failed together do not come back together. A registry that wants fewer
    requests is left alone as long as the policy allows.
    """
    remedy = REMEDIES.get(failure.kind, "look whether the registry can be reached, then install again")
    if failure.kind in LASTING:
        return GiveUp(failure.words, remedy)
    if attempt >= policy.attempts:
        return GiveUp(f"{failure.words} ({attempt} attempts)", remedy)
    pause = policy.first * 2 ** (attempt - 1)
    if failure.kind is FailureKind.RATE_LIMITED or pause > policy.longest:
        pause = policy.longest
    return TryAgain(pause * (0.5 + jitter / 2))
