"""Keeps Kubernetes nodes in agreement with the labels of their hosts, both ways of time.

    label assigned -> outbox -> `deliver` --.
                                             >-- read node and wanted labels -> `agreement` -> patch
    node appears or drifts -> watch ---------'

Which labels of a node are ours is written on the node itself, in an annotation, by the same patch that sets them. So
a label that was removed while the node was away, or while nobody ran, is still known to be ours and goes; a label that
somebody else put there stays. Upstream remembered nothing, and so could neither correct nor remove (reference/
inventory.md §2.8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from weakref import WeakValueDictionary

import structlog

from sturnus.core.errors import SturnusError, Unavailable
from sturnus.core.metrics import NODE_PATCHES
from sturnus.inventory.labels import on_node
from sturnus.inventory.ports import Nodes
from sturnus.kubernetes.node import Node, NodeChange
from sturnus.store.outbox import Notice

OWNED: Final = "sturnus.io/labels"
"""Annotation: the keys that the inventory keeps on this node, separated by commas."""

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 15.0
"""Seconds between two attempts to watch a cluster that does not answer."""

WantedLabels = Callable[[str], Awaitable[Mapping[str, str]]]
"""The labels of the host with this name, as assigned; empty if there is no such host."""

Seen = Callable[[Node], Awaitable[None]]
"""Somebody else who looks at nodes."""

log = structlog.stdlib.get_logger(__name__)


def agreement(node: Node, assigned: Mapping[str, str]) -> NodeChange | None:
    """What makes a node agree with its host's labels; None if it does."""
    wanted = on_node(assigned)
    owned = _owned(node)
    set_or_corrected = {key: value for key, value in wanted.items() if node.labels.get(key) != value}
    removed = dict.fromkeys(key for key in owned - wanted.keys() if key in node.labels)
    if not set_or_corrected and not removed and owned == wanted.keys():
        return None
    note = ",".join(sorted(wanted)) or None  # None removes the annotation: nothing here is ours any more
    return NodeChange(labels={**set_or_corrected, **removed}, annotations={OWNED: note})


def _owned(node: Node) -> frozenset[str]:
    return frozenset(filter(None, node.annotations.get(OWNED, "").split(",")))


class NodeSync:
    """The reconciler: told by the outbox, and by the cluster itself."""

    def __init__(self, nodes: Nodes, wanted: WantedLabels, others: Seen | None = None) -> None:
        self._nodes = nodes
        self._wanted = wanted
        self._others = others
        # Two looks at one node must not overlap: the older one would patch last.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.waits_for: str | None = "the first answer of the cluster"
        """Why nodes are not followed now; None while they are. Shown by `/healthz`."""

    async def deliver(self, notice: Notice) -> None:
        """Handle a notice of the outbox, whose payload names the node. Unavailable: deliver again later."""
        await self.sync(notice.payload["hostname"])

    async def sync(self, name: str) -> None:
        """Make one node agree. A node that does not exist yet is no error: the watch sees it appear."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            node = await self._nodes.get(name)
            if node is None:
                return
            change = agreement(node, await self._wanted(name))
            if change is None:
                return
            await self._nodes.patch(name, change)
        NODE_PATCHES.inc()
        log.info("node agrees with its host", node=name, labels=dict(change.labels))

    async def run(self) -> None:
        """Follow the cluster until cancelled; begin again, ever more slowly, when it does not answer."""
        pause = FIRST_PAUSE
        while True:
            try:
                async for node in self._nodes.watch():
                    self.waits_for, pause = None, FIRST_PAUSE
                    await self._seen(node)
                    await self._show(node)
            except Unavailable as error:
                self.waits_for = error.message
                log.warning("nodes not followed", reason=error.message, again_in=pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)  # also after an ordinary end: a cluster that ends every watch at once is left be

    async def _seen(self, node: Node) -> None:
        # What was seen may be old by now: it tells whether to look, not what to write.
        try:
            if agreement(node, await self._wanted(node.name)) is not None:
                await self.sync(node.name)
        except Unavailable:
            raise
        except SturnusError as error:
            log.warning("node not corrected", node=node.name, reason=error.message)

    async def _show(self, node: Node) -> None:
        if self._others is None:
            return
        try:
            await self._others(node)
        except SturnusError as error:
            log.warning("node not looked at", node=node.name, reason=error.message)
