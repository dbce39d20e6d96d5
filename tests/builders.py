"""Values for tests: everything has a default, a test says what matters to it."""

from datetime import UTC, datetime
from typing import Any

from sturnus.core.states import (
    Administrative,
    Availability,
    Operational,
    Personality,
    Provisioning,
    SystemMode,
    SystemType,
)
from sturnus.inventory.action_checks import ActionFacts
from sturnus.inventory.hearing import Hearing
from sturnus.inventory.host import INVENTORIED, Host, System
from sturnus.inventory.host_resources import NOTHING_KNOWN, HostResources
from sturnus.inventory.lease_watch import LeaseBoard
from sturnus.inventory.networking.model import (
    DataNetwork,
    DataNetworkAssignment,
    DataNetworkType,
    Interface,
    InterfaceClass,
    InterfaceType,
    Network,
    NetworkAssignment,
    NetworkType,
)
from sturnus.inventory.sightings import Sightings

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_host(hostname: str | None = "compute-0", **changes: Any) -> Host:
    """A worker that is locked, online and ready to be unlocked."""
    values: dict[str, Any] = {
        "id": 3,
        "uuid": "6b3dd953-b678-5f00-a950-31e30eafa015",
        "hostname": hostname,
        "personality": Personality.WORKER,
        "subfunctions": "worker",
        "administrative": Administrative.LOCKED,
        "operational": Operational.DISABLED,
        "availability": Availability.ONLINE,
        "invprovision": Provisioning.UNPROVISIONED,
        "inv_state": INVENTORIED,
        "ihost_action": None,
        "task": None,
        "vim_progress_status": None,
        "mgmt_mac": "08:00:27:00:00:03",
        "mgmt_ip": "192.168.204.3",
        "uptime": 0,
        "location": {},
        "hardware": {},
        "created_at": NOW,
        "updated_at": None,
        "revision": 1,
    }
    texts: dict[str, Any] = dict.fromkeys((
        "bm_type", "bm_ip", "bm_username", "serialid", "boot_device", "rootfs_device", "install_output", "console",
        "config_target", "config_applied", "config_failure",
    ))  # fmt: skip
    return Host(**texts | values | changes)


def in_service(hostname: str = "compute-0", **changes: Any) -> Host:
    """A worker that is unlocked, enabled and available."""
    states = {
        "administrative": Administrative.UNLOCKED,
        "operational": Operational.ENABLED,
        "availability": Availability.AVAILABLE,
        "invprovision": Provisioning.PROVISIONED,
    }
    return a_host(hostname, **states | changes)


def a_controller(hostname: str = "controller-0", **changes: Any) -> Host:
    return in_service(
        hostname, **{"id": 1, "personality": Personality.CONTROLLER, "subfunctions": "controller"} | changes
    )


def a_system(**changes: Any) -> System:
    values: dict[str, Any] = {
        "uuid": "1c1e2f7a-0000-4000-8000-000000000001",
        "name": "sturnus",
        "system_type": SystemType.STANDARD,
        "system_mode": SystemMode.DUPLEX,
        "description": None,
        "location": None,
        "contact": None,
        "timezone": "UTC",
        "region_name": "RegionOne",
        "created_at": NOW,
        "updated_at": None,
        "revision": 1,
    }
    return System(**values | changes)


class HandClock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.moment = 1000.0

    def __call__(self) -> float:
        return self.moment

    def pass_by(self, seconds: float) -> None:
        self.moment += seconds


def nothing_seen(clock: HandClock | None = None) -> Sightings:
    """What a process knows that has just begun."""
    moments = clock or HandClock()
    return Sightings(Hearing(moments), LeaseBoard(moments), silence=5)


def action_facts(
    host: Host,
    *others: Host,
    labels: dict[str, str] | None = None,
    resources: HostResources = NOTHING_KNOWN,
    **system: Any,
) -> ActionFacts:
    return ActionFacts(host, labels or {}, a_system(**system), "controller-0", others, resources)


def an_interface(ifname: str = "eth1", **changes: Any) -> Interface:
    """An ethernet interface of compute-0 that nothing was chosen for. `networks`, `data_networks`: see below."""
    values: dict[str, Any] = {
        "id": sum(map(ord, ifname)),
        "uuid": f"uuid-of-{ifname}",
        "host_id": 3,
        "host_uuid": "6b3dd953-b678-5f00-a950-31e30eafa015",
        "hostname": "compute-0",
        "revision": 1,
        "ifname": ifname,
        "iftype": InterfaceType.ETHERNET,
        "ifclass": InterfaceClass.NONE,
        "imtu": 1500,
        "imac": "08:00:27:00:00:04",
        "port_name": ifname,
    }
    return Interface(**values | changes)


def a_network(kind: NetworkType = NetworkType.MGMT, **changes: Any) -> Network:
    values: dict[str, Any] = {
        "id": 1,
        "uuid": f"uuid-of-{kind.value}",
        "name": kind.value,
        "type": kind,
        "dynamic": True,
        "pool_uuid": None,
        "created_at": NOW,
        "updated_at": None,
        "revision": 1,
    }
    return Network(**values | changes)


def a_data_network(name: str = "physnet0", kind: DataNetworkType = DataNetworkType.VLAN, **changes: Any) -> DataNetwork:
    values: dict[str, Any] = {
        "id": 1,
        "uuid": f"uuid-of-{name}",
        "name": name,
        "network_type": kind,
        "mtu": 1500,
        "created_at": NOW,
        "revision": 1,
    }
    optional: dict[str, Any] = dict.fromkeys(
        ("description", "port_num", "multicast_group", "ttl", "mode", "updated_at")
    )
    return DataNetwork(**optional | values | changes)


def connected(*kinds: NetworkType) -> tuple[NetworkAssignment, ...]:
    """What an interface's `networks` are once it is connected to these."""
    return tuple(
        NetworkAssignment(1, f"to-{kind}", 3, "uuid-of-eth1", "eth1", 1, f"uuid-of-{kind}", kind.value, kind)
        for kind in kinds
    )


def carrying(*data_networks: DataNetwork) -> tuple[DataNetworkAssignment, ...]:
    """What an interface's `data_networks` are once it carries these."""
    return tuple(
        DataNetworkAssignment(
            1, f"to-{each.name}", 3, "uuid-of-eth1", "eth1", each.id, each.uuid, each.name, each.network_type, each.mtu
        )
        for each in data_networks
    )
