"""A node goes with its host only if the platform made it, for that very host."""

from __future__ import annotations

import pytest

from sturnus.inventory.departures import HOST, has_to_go
from sturnus.kubernetes.node import Node

OURS = Node("compute-0", {HOST: "uuid-1"}, {})


@pytest.mark.parametrize(
    ("node", "known", "goes"),
    [
        (OURS, False, True),
        (OURS, True, False),
        (Node("compute-0", {HOST: "uuid-2"}, {}), False, False),
        (Node("compute-0", {}, {}), False, False),
        (None, False, False),
    ],
    ids=["deleted", "renamed or there again", "another host of that name", "made by others", "gone already"],
)
def test_a_node_goes_with_its_host(node: Node | None, *, known: bool, goes: bool) -> None:
    assert has_to_go(node, "uuid-1", known=known) is goes
