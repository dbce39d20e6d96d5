"""Keeps the labels of host classes on Kubernetes nodes, while the application is in the cluster or on its way.

    inventory or application changes -> commit -> `run` looks -> nodes whose labels changed -> node sync

They are the platform's own: no operator assigned them, and no list of labels shows them. Node sync asks for them with
the labels of the inventory (`of_node`), so drift is corrected and what is not wanted any more goes, as with any label.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from sturnus.core.application_states import ApplicationStatus
from sturnus.core.bells import rung_within
from sturnus.core.errors import SturnusError
from sturnus.openstack.classes import class_labels
from sturnus.openstack.facts import PlatformFacts
from sturnus.openstack.names import is_openstack

LOOK_EVERY: Final = 15.0
"""Seconds without a commit of this process after which it looks anyway: others write into the database, too."""
PAUSE: Final = 0.5
"""Seconds between two looks: a hundred commits in a row are one."""
IN_CLUSTER: Final = frozenset(ApplicationStatus) - {
    ApplicationStatus.UPLOADING,
    ApplicationStatus.UPLOADED,
    ApplicationStatus.UPLOAD_FAILED,
    ApplicationStatus.INACTIVE,
}
"""While an application is one of these, nodes have the labels of their classes."""

Facts = Callable[[], Awaitable[PlatformFacts]]
Sync = Callable[[str], Awaitable[None]]
Labels = Mapping[str, Mapping[str, str]]
"""Hostname → key → value."""

log = structlog.stdlib.get_logger(__name__)


class Listed(Protocol):
    """What is read of an application."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def status(self) -> ApplicationStatus:
        """What becomes of it."""
        ...


class Applications(Protocol):
    """What is read of `applications.service.Applications`."""

    async def all(self) -> Sequence[Listed]:
        """Every application."""
        ...


@dataclass(slots=True)
class ClassLabels:
    """The loop, and what node sync asks. One for a process."""

    facts: Facts
    applications: Applications
    news: Callable[[], Awaitable[bool]]  # whether anything happened since the last time that this was asked
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _labels: Labels | None = None  # None: nobody has looked yet

    def ring(self) -> None:
        """Something was committed: look soon."""
        self._bell.set()

    async def of_node(self, name: str) -> Mapping[str, str]:
        """The labels of classes that a node has to have.

        Raises:
            Unavailable: nobody knows yet, and the database does not answer.

        """
        if self._labels is None:
            self._labels = await self._wanted()
        return self._labels.get(name, {})

    async def look(self) -> frozenset[str]:
        """Find out what is wanted now; return the names of the nodes for which that is something else than before."""
        before, self._labels = self._labels or {}, await self._wanted()
        names = before.keys() | self._labels.keys()
        return frozenset(name for name in names if before.get(name) != self._labels.get(name))

    async def run(self, sync: Sync) -> None:
        """Look after each commit, and have nodes follow, until cancelled. What fails is tried again."""
        undone: frozenset[str] = frozenset()
        look_again = False  # a look failed after its news were taken
        while True:
            self._bell.clear()
            try:
                if await self.news() or look_again:
                    look_again = True
                    undone |= await self.look()
                    look_again = False
                undone = await _synced(undone, sync)
            except SturnusError as error:
                log.warning("classes of hosts not looked for", reason=error.message)
            await asyncio.sleep(PAUSE)
            await rung_within(self._bell, LOOK_EVERY)

    async def _wanted(self) -> Labels:
        listed: Sequence[Any] = await self.applications.all()
        if not any(is_openstack(each.name) and each.status in IN_CLUSTER for each in listed):
            return {}
        return class_labels(await self.facts())


async def _synced(names: frozenset[str], sync: Sync) -> frozenset[str]:
    """Have nodes follow; return those that did not."""
    undone = set()
    for name in sorted(names):
        try:
            await sync(name)
        except SturnusError as error:
            log.warning("class of a host not on its node", node=name, reason=error.message)
            undone.add(name)
    return frozenset(undone)
