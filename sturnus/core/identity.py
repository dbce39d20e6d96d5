"""Who is calling: what a token says once somebody has checked it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """The platform's roles, from most to least (reference/inventory.md §5.1)."""

    ADMIN = "admin"
    """Everything."""
    CONFIGURATOR = "configurator"
    """Changes the inventory; does not manage who may do what."""
    OPERATOR = "operator"
    """Runs what is configured: locks, unlocks, reboots."""
    READER = "reader"
    """Looks."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One authenticated caller."""

    user: str
    project: str
    roles: frozenset[str]  # as Keystone names them; roles that are not in `Role` are kept and mean nothing here
    expires: datetime | None = None  # None: does not expire by itself


class Unauthorized(Exception):
    """The token is missing, unknown or expired. Says nothing about which: that would help to guess."""
