"""What Nova's lists say, as the VIM sees the cloud. Nothing here asks anybody.

Fields: https://docs.openstack.org/api-ref/compute/, servers at 2.90 (the flavor is embedded), hypervisors at 2.87 (the
last one that says what is used).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.vim.servers.view import ComputeHost, Server, ServerGroup, ServerStatus, Size

MIB_PER_GIB: Final = 1024

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much more of a host may be promised than it has. Nova's `initial_*_allocation_ratio` unless told."""

    vcpus: float = 4.0
    memory: float = 1.0
    disk: float = 1.0

    def of(self, hypervisor: Json) -> Size:
        """What servers may take of it in all."""
        return Size(
            int(hypervisor["vcpus"] * self.vcpus),
            int(hypervisor["memory_mb"] * self.memory),
            int(hypervisor["local_gb"] * self.disk),
        )


INITIAL: Final = Ratio()


def server_of(said: Json) -> Server:
    """One server of `servers/detail`."""
    flavor, from_volume = said["flavor"], not said.get("image")
    root = 0 if from_volume else flavor["disk"]
    swap = -(-int(flavor.get("swap") or 0) // MIB_PER_GIB)  # in MiB; a part of a GiB counts as one
    return Server(
        uuid=said["id"],
        name=said["name"],
        project=said["tenant_id"],
        host=said.get("OS-EXT-SRV-ATTR:host"),
        status=_status(said["status"]),
        task=said.get("OS-EXT-STS:task_state"),
        size=Size(flavor["vcpus"], flavor["ram"], root + flavor.get("ephemeral", 0) + swap),
        boots_from_volume=from_volume,
        metadata=said.get("metadata") or {},
        extra_specs=flavor.get("extra_specs") or {},
        fault=(said.get("fault") or {}).get("message"),
    )


def hosts_of(
    services: Iterable[Json], hypervisors: Iterable[Json], ratios: Mapping[str, Ratio]
) -> Mapping[str, ComputeHost]:
    """Every host that has a service, by its name; `ratios` by the hypervisor's id. Without a hypervisor: no room."""
    totals: dict[str, Size] = {}
    taken: dict[str, Size] = {}
    for each in hypervisors:
        host = each["service"]["host"]
        used = Size(each["vcpus_used"], each["memory_mb_used"], each["local_gb_used"])
        totals[host] = _sum(totals.get(host), ratios.get(each["id"], INITIAL).of(each))
        taken[host] = _sum(taken.get(host), used)
    return {
        each["host"]: ComputeHost(
            hostname=each["host"],
            enabled=each["status"] == "enabled",
            up=each["state"] == "up",
            forced_down=bool(each.get("forced_down")),
            total=totals.get(each["host"], Size(0, 0, 0)),
            used=taken.get(each["host"], Size(0, 0, 0)),
        )
        for each in services
    }


def groups_of(said: Iterable[Json]) -> Sequence[ServerGroup]:
    """Those of `os-server-groups`."""
    return [ServerGroup(each["id"], each["policy"], frozenset(each["members"])) for each in said]


def ratio_of(inventories: Mapping[str, Json]) -> Ratio:
    """What Placement says of one host (`resource_providers/ID/inventories`)."""

    def ratio(resource: str, otherwise: float) -> float:
        return float(inventories.get(resource, {}).get("allocation_ratio", otherwise))

    return Ratio(ratio("VCPU", INITIAL.vcpus), ratio("MEMORY_MB", INITIAL.memory), ratio("DISK_GB", INITIAL.disk))


def _status(said: str) -> ServerStatus:
    try:
        return ServerStatus(said)
    except ValueError:
        return ServerStatus.UNKNOWN


def _sum(one: Size | None, other: Size) -> Size:
    if one is None:
        return other
    return Size(one.vcpus + other.vcpus, one.memory_mib + other.memory_mib, one.disk_gib + other.disk_gib)
