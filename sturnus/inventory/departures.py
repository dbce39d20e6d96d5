"""Removes the node of a host that was deleted, if the platform made a node of it.

Which host a node belongs to is written on it when it joins. So a node that others made stays, and so does one whose
name another host has by now. Whether the host is gone is looked up anew: a notice may come late, or twice.

A host may be off while it is deleted. When it is back, its kubelet makes the node anew, before its agent is refused and
has the host leave (`sturnus.agent.leaving`): so nodes are looked at whenever they are seen, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from sturnus.kubernetes.node import Node
from sturnus.store.outbox import Notice

HOST: Final = "sturnus.io/host"
"""Label of a node that the platform made: uuid of its host."""

log = structlog.stdlib.get_logger(__name__)


class JoinedNodes(Protocol):
    """Nodes of the cluster, as far as they are removed. Calls raise Unavailable if the cluster does not answer."""

    async def get(self, name: str) -> Node | None:
        """The node as it is now; None if there is none of that name."""
        ...

    async def delete(self, name: str) -> None:
        """Remove it. One that is gone by now is no error."""
        ...


def has_to_go(node: Node | None, host: str, *, known: bool) -> bool:
    """Whether a node goes with its host; `known`: the inventory still has that host. No I/O."""
    return node is not None and not known and node.labels.get(HOST) == host


class Departures:
    """A receiver of the outbox, and of nodes that are seen."""

    def __init__(self, nodes: JoinedNodes, is_known: Callable[[str], Awaitable[bool]]) -> None:
        self._nodes = nodes
        self._is_known = is_known  # of a host's uuid

    async def deliver(self, notice: Notice) -> None:
        """Look at the node that the notice names. Unavailable: deliver again later."""
        await self._look_at(notice.payload["hostname"], notice.subject)

    async def seen(self, node: Node) -> None:
        """Look at a node that the cluster told of. Unavailable: it is seen again later."""
        host = node.labels.get(HOST)
        if host is not None and not await self._is_known(host):
            await self._look_at(node.name, host)

    async def _look_at(self, name: str, host: str) -> None:
        if has_to_go(await self._nodes.get(name), host, known=await self._is_known(host)):
            await self._nodes.delete(name)
            log.info("node removed with its host", node=name, host=host)
