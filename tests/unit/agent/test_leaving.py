"""A host that was deleted leaves its cluster; one that does not know yet who it is stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from sturnus.agent import leaving
from sturnus.configuration.bare import node


@pytest.mark.parametrize(
    ("joined_as", "host", "leaves"),
    [
        ("uuid-1\n", "uuid-2\n", True),
        ("uuid-1\n", "uuid-1\n", False),
        (None, "uuid-2\n", False),
        ("uuid-1\n", None, False),
        ("uuid-1\n", "", False),
        ("", "uuid-2\n", False),
    ],
    ids=[
        "it enrolled anew",
        "the host that joined",
        "a node that others made, or none",
        "not enrolled yet",
        "a file that was cut off does not say who we are",
        "nor does one say who joined",
    ],
)
def test_who_leaves(joined_as: str | None, host: str | None, *, leaves: bool) -> None:
    assert leaving.has_to_leave(joined_as, host) is leaves


def test_both_sides_mean_one_mark() -> None:
    assert Path("/") / leaving.JOINED_AS == Path(node.JOINED_AS)
