"""What labels mean to the platform: names, roles, and what belongs on a Kubernetes node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ENABLED: Final = "enabled"
"""The value that switches something on, in exactly this spelling; also what a label without a value means."""

COMPUTE: Final = "openstack-compute-node"
CONTROL: Final = "openstack-controller-node"
"""The spec's name. StarlingX says `openstack-control-plane`, and charts select on that."""
CONTROL_STARLINGX: Final = "openstack-control-plane"

CLASS_PREFIX: Final = "class.sturnus.io/"
"""Labels by which the platform itself says on a node which class of equal hosts it is in. Nobody assigns them."""

ALIASES: Final[tuple[frozenset[str], ...]] = (frozenset({CONTROL, CONTROL_STARLINGX}),)
"""Names of one role. A host with any of them gets all of them on its node."""

GUARDED: Final = frozenset(
    {
        COMPUTE,
        CONTROL,
        CONTROL_STARLINGX,
        "openvswitch",
        "remote-storage",
        "sriovdp",
        "sriovdp-isrdma",
        "sriovdp-vhostnet",
        "disable-nohz-full",
        "kube-topology-mgr-policy",
        "kube-cpu-mgr-policy",
        "kube-memory-mgr-policy",
    }
)
"""Labels that decide what runs on a host: they change only while it is locked (reference/inventory.md §2.4)."""

ALLOWED_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "kube-topology-mgr-policy": ("none", "best-effort", "restricted", "single-numa-node"),
    "kube-cpu-mgr-policy": ("static",),
    "kube-memory-mgr-policy": ("none", "static"),
    "power-management": (ENABLED,),
}
"""Labels that the platform reads itself: other values would be ignored (reference/inventory.md §2.5)."""


def with_values(wanted: Mapping[str, str | None]) -> dict[str, str]:
    """Give labels without a value theirs: `host-label-assign HOST KEY` means `KEY=enabled`."""
    return {key: ENABLED if value is None else value for key, value in wanted.items()}


def on_node(labels: Mapping[str, str]) -> dict[str, str]:
    """Return what the host's node has to have: its labels, each role under all of its names."""
    result = dict(labels)
    for names in ALIASES:
        # Checks keep the values of one role equal, so any of them will do.
        if value := next((labels[name] for name in sorted(names) if name in labels), None):
            result.update(dict.fromkeys(names, value))
    return result


def runs_openstack_compute(labels: Mapping[str, str]) -> bool:
    """Whether a host runs servers. The one predicate for it: upstream had four that differed (reference §10 F-27)."""
    return labels.get(COMPUTE) == ENABLED


def runs_openstack_control(labels: Mapping[str, str]) -> bool:
    """Whether a host runs OpenStack's own services."""
    return on_node(labels).get(CONTROL) == ENABLED
