"""What Nova's lists say, as the VIM sees the cloud. Nothing here asks anybody.

Fields: https://docs.openstack.org/api-ref/compute/, servers at 2.90 (the flavor is embedded), hypervisors at 2.87 (the
last one that says what is used).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.core.errors import Unavailable
from sturnus.vim.servers.view import ComputeHost, Server, ServerGroup, ServerStatus, Size

MIB_PER_GIB: Final = 1024

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much more of a host may be promised than it has. Nova's `initial_*_allocation_ratio` unless told."""

    vcpus: float = 4.0
    memory: float = 1.0
    disk: float = 1.0

    def of(self, real: Size) -> Size:
        """What servers may take of it in all."""
        return Size(int(real.vcpus * self.vcpus), int(real.memory_mib * self.memory), int(real.disk_gib * self.disk))


INITIAL: Final = Ratio()


@dataclass(frozen=True, slots=True)
class Hypervisor:
    """What Nova counts of one host."""

    id: str
    host: str
    total: Size  # that there is, whatever is promised
    used: Size


def hypervisor_of(said: Json) -> Hypervisor:
    """One of `os-hypervisors/detail`."""
    return Hypervisor(
        id=said["id"],
        host=said["service"]["host"],
        total=Size(said["vcpus"], said["memory_mb"], said["local_gb"]),
        used=Size(said["vcpus_used"], said["memory_mb_used"], said["local_gb_used"]),
    )


def server_of(said: Json) -> Server:
    """One server of `servers/detail`.

    Raises:
        Unavailable: Nova does not reach its cell, and lists it without saying where it is (since 2.69): a host could
            be taken for empty.

    """
    if "flavor" not in said:
        raise Unavailable(
            f"Nova does not reach the cell of server {said['id']}",
            expected="a cell whose database answers",
            remedy="openstack --os-compute-api-version 2.69 server list --all-projects names them: UNKNOWN",
        )
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
    services: Iterable[Json], hypervisors: Iterable[Hypervisor], ratios: Mapping[str, Ratio]
) -> Mapping[str, ComputeHost]:
    """Every host that has a service, by its name; `ratios` by the hypervisor's id. Without a hypervisor: no room."""
    totals: dict[str, Size] = {}
    taken: dict[str, Size] = {}
    for each in hypervisors:
        totals[each.host] = _sum(totals.get(each.host), ratios.get(each.id, INITIAL).of(each.total))
        taken[each.host] = _sum(taken.get(each.host), each.used)
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


def companions_of(here: Sequence[Server], groups: Iterable[ServerGroup]) -> Sequence[str]:
    """The servers that have a say in where these may go and are none of them: one knows of them only by their group."""
    known = {server.uuid for server in here}
    # Who is in an affinity group goes nowhere, wherever the others are.
    sharing = (each for each in groups if each.policy != "affinity" and not known.isdisjoint(each.members))
    return sorted({member for group in sharing for member in group.members} - known)


def ratio_of(inventories: Mapping[str, Json]) -> Ratio:
    """What Placement says of one host (`resource_providers/ID/inventories`)."""

    def ratio(resource: str, otherwise: float) -> float:
        return float(inventories.get(resource, {}).get("allocation_ratio", otherwise))

    # A host whose processors are all dedicated promises none twice.
    shared = INITIAL.vcpus if "PCPU" not in inventories else 1.0
    return Ratio(ratio("VCPU", shared), ratio("MEMORY_MB", INITIAL.memory), ratio("DISK_GB", INITIAL.disk))


def _status(said: str) -> ServerStatus:
    try:
        return ServerStatus(said)
    except ValueError:
        return ServerStatus.UNKNOWN


def _sum(one: Size | None, other: Size) -> Size:
    if one is None:
        return other
    return Size(one.vcpus + other.vcpus, one.memory_mib + other.memory_mib, one.disk_gib + other.disk_gib)
