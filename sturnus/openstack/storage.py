"""Which storage class volumes come from. Without one the cluster's default decides, and nothing is said here."""

from __future__ import annotations

from typing import Any, Final

from sturnus.openstack.facts import PlatformFacts

WITH_VOLUMES: Final = frozenset({"mariadb", "rabbitmq", "glance", "ovn"})


def storage(chart: str, facts: PlatformFacts) -> dict[str, Any]:
    """`volume.class_name` of a chart that keeps data."""
    if facts.storage_class is None or chart not in WITH_VOLUMES:
        return {}
    return {"volume": {"class_name": facts.storage_class}}
