"""Finds what waits for each other in a directed graph. Without recursion: a graph may be deeper than Python's stack."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from typing import TypeVar

N = TypeVar("N", bound=Hashable)
Waits = Mapping[N, frozenset[N]]
"""Node → those it waits for; every node is a key."""


def find_cycle(waits: Waits[N]) -> tuple[N, ...]:
    """Return one circle, each waiting for the next and the last for the first; () if there is none."""
    for component in components(waits):
        first = component[0]
        if len(component) > 1 or first in waits[first]:
            return _shortest_circle(waits, first, component)
    return ()


def components(waits: Waits[N]) -> tuple[tuple[N, ...], ...]:
    """Return what is strongly connected, each part after those it waits for; members in the given order (Kosaraju)."""
    waited_by: dict[N, list[N]] = {node: [] for node in waits}
    for node in waits:
        for other in waits[node]:
            waited_by[other].append(node)
    order = {node: position for position, node in enumerate(waits)}
    seen: set[N] = set()
    found = [
        tuple(sorted(_reachable(root, waited_by, seen), key=order.__getitem__))
        for root in reversed(_postorder(waits, order))
        if root not in seen
    ]
    return tuple(reversed(found))


def _postorder(waits: Waits[N], order: Mapping[N, int]) -> list[N]:
    """List every node after those it waits for, as far as circles allow."""
    seen: set[N] = set()
    finished = []
    for root in waits:
        work = [(root, False)]
        while work:
            node, is_done = work.pop()
            if is_done:
                finished.append(node)
            elif node not in seen:
                seen.add(node)
                work.append((node, True))
                work += [(other, False) for other in sorted(waits[node], key=order.__getitem__, reverse=True)]
    return finished


def _reachable(root: N, edges: Mapping[N, list[N]], seen: set[N]) -> list[N]:
    members, work = [], [root]
    seen.add(root)
    while work:
        node = work.pop()
        members.append(node)
        for other in edges[node]:
            if other not in seen:
                seen.add(other)
                work.append(other)
    return members


def _shortest_circle(waits: Waits[N], start: N, within: tuple[N, ...]) -> tuple[N, ...]:
    """Walk from `start` back to it inside its component, by as few steps as there are."""
    order = {node: position for position, node in enumerate(within)}
    came_from: dict[N, N] = {}
    queue = deque([start])
    while start not in came_from:
        node = queue.popleft()
        for other in sorted(waits[node] & order.keys(), key=order.__getitem__):
            if other not in came_from:
                came_from[other] = node
                queue.append(other)
    chain = [came_from[start]]
    while chain[-1] != start:
        chain.append(came_from[chain[-1]])
    return tuple(reversed(chain))
