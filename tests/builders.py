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
from sturnus.inventory.lease_watch import LeaseBoard
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
    texts = ("bm_type", "bm_ip", "bm_username", "serialid", "boot_device", "rootfs_device", "install_output", "console")
    return Host(**dict.fromkeys(texts) | values | changes)


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


def action_facts(host: Host, *others: Host, labels: dict[str, str] | None = None, **system: Any) -> ActionFacts:
    return ActionFacts(host, labels or {}, a_system(**system), "controller-0", others)


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
