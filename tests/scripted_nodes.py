"""A Kubernetes cluster as far as `inventory.ports.Nodes` goes, in memory."""

import asyncio
from collections.abc import AsyncIterator

from sturnus.core.errors import Unavailable
from sturnus.kubernetes.node import Node, NodeChange


def applied(node: Node, change: NodeChange) -> Node:
    merged = {**node.labels, **change.labels}
    notes = {**node.annotations, **change.annotations}
    return Node(
        node.name,
        {key: value for key, value in merged.items() if value is not None},
        {key: value for key, value in notes.items() if value is not None},
    )


class ScriptedNodes:
    """A cluster in memory, which a test changes and cuts off."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.patches = 0
        self.down = False
        self._seen: asyncio.Queue[Node] = asyncio.Queue()

    def put(self, node: Node) -> None:
        self.nodes[node.name] = node
        self._seen.put_nowait(node)

    async def get(self, name: str) -> Node | None:
        self._fail_if_down()
        return self.nodes.get(name)

    async def patch(self, name: str, change: NodeChange) -> None:
        self._fail_if_down()
        self.patches += 1
        self.put(applied(self.nodes[name], change))

    async def watch(self) -> AsyncIterator[Node]:
        self._fail_if_down()
        while True:
            yield await self._seen.get()
            self._fail_if_down()

    def _fail_if_down(self) -> None:
        if self.down:
            raise Unavailable("the cluster does not answer", expected="", remedy="")
