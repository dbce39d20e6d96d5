"""Which storage class volumes come from. Without one the cluster's default decides, and nothing is said here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sturnus.openstack.facts import PlatformFacts

VOLUMES: Final[Mapping[str, tuple[str, ...]]] = {
    "mariadb": (),
    "rabbitmq": (),
    "glance": (),
    "ovn": ("ovn_central",),
}
"""Chart with data → where under `volume` its class stands."""


def storage(chart: str, facts: PlatformFacts) -> dict[str, Any]:
    """`volume.class_name` of a chart that keeps data."""
    if facts.storage_class is None or chart not in VOLUMES:
        return {}
    found: dict[str, Any] = {"class_name": facts.storage_class}
    for name in VOLUMES[chart]:
        found = {name: found}
    return {"volume": found}
