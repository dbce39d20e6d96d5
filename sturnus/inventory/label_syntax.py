"""Kubernetes' own rules for labels, checked here before anything is written (reference/inventory.md §2.5).

Upstream asked Kubernetes, and stored unchecked what it could not ask about: a host whose node was not there yet.
"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LONGEST_NAME: Final = 63
LONGEST_PREFIX: Final = 253


def key_fault(key: str) -> str | None:
    """Say what is wrong with a label's key; None if nothing is."""
    prefix, slash, name = key.rpartition("/")
    if slash and not prefix:
        return "has nothing before '/'"
    if slash and (len(prefix) > LONGEST_PREFIX or not _SUBDOMAIN.fullmatch(prefix)):
        return f"has a prefix that is not a DNS name in lower case of at most {LONGEST_PREFIX} characters"
    if not name:
        return "has no name"
    if len(name) > LONGEST_NAME:
        return f"has a name of {len(name)} characters, more than {LONGEST_NAME}"
    if not _NAME.fullmatch(name):
        return "has a name that is not letters, digits, '-', '_' and '.' between a letter or digit at each end"
    return None


def value_fault(value: str) -> str | None:
    """Say what is wrong with a label's value; None if nothing is. Empty is allowed."""
    if len(value) > LONGEST_NAME:
        return f"has {len(value)} characters, more than {LONGEST_NAME}"
    if value and not _NAME.fullmatch(value):
        return "is not letters, digits, '-', '_' and '.' between a letter or digit at each end"
    return None
