"""What each part of the platform puts into the hieradata (reference/inventory.md §7): small functions, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sturnus.configuration.facts import HostFacts, PlatformFacts, Secrets

Values = Mapping[str, Any]
"""Hiera keys (`class::parameter`) to what stands in YAML."""


def _nothing(*_: object) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class Plugin:
    """One part's share of each file. What a part leaves out has the default of its Puppet class."""

    name: str
    static: Callable[[PlatformFacts], Values] = _nothing
    """Changes with the release only."""
    secure_static: Callable[[Secrets], Values] = _nothing
    system: Callable[[PlatformFacts], Values] = _nothing
    """The same on every host that applies the part; any of its users may read it."""
    secure_system: Callable[[PlatformFacts, Secrets], Values] = _nothing
    """On controllers only, mode 0600."""
    host: Callable[[PlatformFacts, HostFacts], Values] = _nothing
    classes: Callable[[HostFacts], tuple[str, ...]] = lambda _: ()
    """Puppet classes that the host applies for this part."""
