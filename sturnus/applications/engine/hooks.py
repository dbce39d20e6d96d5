"""What the platform does around the installation of certain applications: named, typed, and its own.

Nothing in a tarball is executed. An application that the platform knows has hooks here; the others have none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.engine.cleaning import Volumes
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.plan.preparing import Prepared

BeforeInstall = Callable[[Prepared], Awaitable[list[Obstacle]]]
"""Looks whether an application could come up at all: what stands against it, or nothing. Writes nothing."""
BeforeRemove = Callable[[str], Awaitable[list[Obstacle]]]
"""Looks whether anybody would miss the application of this name: servers that still run, say. Writes nothing."""
Preparing = Callable[[Prepared], Awaitable[None]]
"""Makes what has to be in the cluster before the first release, once its namespaces are there. Repeated, it writes
nothing."""
Emptying = Callable[[str], Awaitable[None]]
"""Takes away, by means of the application of this name, what would outlive its pods. The last that it is used for."""
Removed = Callable[[str, Volumes], Awaitable[None]]
"""Takes away what the application of this name left that belongs to no release. Repeated, it does no harm."""
Verify = Callable[[Prepared], Awaitable[str | None]]
"""Uses an application as its users would, once its workloads are ready: why it is not usable; None: it is."""
Committed = Callable[[AsyncSession, str], Awaitable[None]]
"""Tells the platform of the application of this name, in the transaction in which that becomes so. Calls nobody."""


async def _nothing_stands_against_it(_: object) -> list[Obstacle]:
    return []


async def _nothing_to_make(_: Prepared) -> None:
    return None


async def _nothing_is_left(_name: str, _volumes: Volumes) -> None:
    return None


async def _nothing_outlives_it(_: str) -> None:
    return None


async def _usable(_: Prepared) -> str | None:
    return None


async def _tell_nobody(_session: AsyncSession, _name: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of one application."""

    before_install: BeforeInstall = _nothing_stands_against_it
    preparing: Preparing = _nothing_to_make
    verify: Verify = _usable
    installed: Committed = _tell_nobody
    before_remove: BeforeRemove = _nothing_stands_against_it
    removing: Committed = _tell_nobody
    emptying: Emptying = _nothing_outlives_it
    removed: Removed = _nothing_is_left


NONE: Final = Hooks()


def hooks_of(name: str, known: Mapping[str, Hooks]) -> Hooks:
    """Find the hooks of an application: by its name, or by the end of it, as with StarlingX's `stx-openstack`."""
    return next((hooks for end, hooks in known.items() if name == end or name.endswith(f"-{end}")), NONE)
