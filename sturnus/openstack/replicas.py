"""How many copies of each service run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sturnus.openstack.facts import PlatformFacts

MOST: Final = 3
"""More copies than this bear more load; what is wanted here is that one may fail."""

SCALED: Final[Mapping[str, tuple[str, ...]]] = {
    "keystone": ("api",),
    "placement": ("api",),
    "nova": ("api_metadata", "conductor", "osapi", "scheduler"),
    "neutron": ("server",),
    "horizon": ("server",),
}
"""Chart → names under `pod.replicas` of what keeps no state of its own."""
SINGLE: Final[Mapping[str, tuple[str, ...]]] = {
    "mariadb": ("server",),
    "rabbitmq": ("server",),
    "memcached": ("memcached",),
    "glance": ("api",),  # its images lie on one volume
    "ovn": ("central",),
}
"""What keeps state, and would need a cluster of its own to run twice."""


def copies(facts: PlatformFacts) -> int:
    """One per controller in service with the role, and never none: the role may come after the upload."""
    return min(max(sum(host.runs_control and host.unlocked for host in facts.hosts), 1), MOST)


def replicas(chart: str, facts: PlatformFacts) -> dict[str, Any]:
    """`pod.replicas` of one chart; nothing for charts that run on every compute host, or that are not known."""
    wanted = dict.fromkeys(SCALED.get(chart, ()), copies(facts)) | dict.fromkeys(SINGLE.get(chart, ()), 1)
    return {"pod": {"replicas": wanted}} if wanted else {}
