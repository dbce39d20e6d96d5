"""Templates run in real processes of their own."""

import asyncio
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.applications.overrides.rendering import render_overrides
from sturnus.core.errors import Invalid

pytestmark = pytest.mark.anyio

ENDLESS = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}"


Running = Callable[[], set[str]]


@pytest.fixture
def running() -> Running:
    """Looks at the processes that this one has started since the test began."""

    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    before = children()
    return lambda: children() - before


async def test_values_per_chart() -> None:
    template = "nova:\n  replicas: {{ hosts | length }}\nopenstack/neutron: {}\nempty:\n"

    assert await render_overrides(template, {"hosts": [1, 2]}) == {
        "nova": {"replicas": 2},
        "openstack/neutron": {},
        "empty": {},
    }


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a:\n  b: {{ nosuch }}", "overrides.yaml, line 2: 'nosuch' is undefined."),
        ("a: {b: 1, b: 2}", "overrides.yaml, as rendered, line 1: 'b' stands twice in one map."),
        ("a: 1", "overrides.yaml, as rendered: 'a' is no chart with values."),
        ("'a/b/c': {}", "overrides.yaml, as rendered: 'a/b/c' is no chart with values."),
        ("{{ 'x' * 10 ** 12 }}", "overrides.yaml, line 1: it needs too much memory."),
        (ENDLESS, "overrides.yaml: it is not rendered within 3 s."),
    ],
)
async def test_what_is_wrong_says_so_and_nothing_is_left_running(template: str, message: str, running: Running) -> None:
    with pytest.raises(Invalid) as refused:
        await render_overrides(template, {}, timedelta(seconds=3))

    assert refused.value.message == message
    assert running() == set()


async def test_who_is_cancelled_leaves_nothing_running(running: Running) -> None:
    task = asyncio.create_task(render_overrides(ENDLESS, {}))
    while not running():
        await asyncio.sleep(0.01)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert running() == set()
