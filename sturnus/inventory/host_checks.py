"""Which hosts may be added, changed and deleted (reference/inventory.md §5.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.core.states import Administrative, Personality, Provisioning, SystemMode, SystemType
from sturnus.inventory.action_checks import ActionFacts, no_other_action_runs
from sturnus.inventory.fields import INSTALL_FIELDS, Value
from sturnus.inventory.host import Host, System
from sturnus.inventory.violations import Check, Reason, Violation

CONTROLLERS: Final = ("controller-0", "controller-1")
MOST_DUPLEX_WORKERS: Final = 4
"""Workers beside two all-in-one controllers."""


@dataclass(frozen=True, slots=True)
class AddFacts:
    """All that decides whether a host may be added."""

    wanted: Mapping[str, Value]  # with the name that the platform gives, if it gives one
    system: System
    hosts: tuple[Host, ...]

    def of(self, personality: Personality) -> int:
        """How many hosts of one kind there are."""
        return sum(host.personality is personality for host in self.hosts)


@dataclass(frozen=True, slots=True)
class UpdateFacts:
    """All that decides whether fields of a host may change."""

    host: Host
    changes: Mapping[str, Value]  # those that differ from what is stored
    others: tuple[Host, ...]


def name_for(personality: Personality | None, hosts: Iterable[Host]) -> str | None:
    """The name that the platform gives: controllers and storage hosts are numbered. None: the operator names it."""
    taken = {host.hostname for host in hosts}
    match personality:
        case Personality.CONTROLLER:
            return next((name for name in CONTROLLERS if name not in taken), None)
        case Personality.STORAGE:
            return next(name for number in range(len(taken) + 1) if (name := f"storage-{number}") not in taken)
        case Personality.WORKER | None:
            return None


def simplex_has_one_host(facts: AddFacts) -> Violation | None:
    """An all-in-one system with one controller is one host."""
    alone = facts.system.is_simplex and facts.system.system_type is SystemType.ALL_IN_ONE
    if not alone or not facts.hosts:
        return None
    return _no_room("An all-in-one simplex system has one host.")


def duplex_has_few_workers(facts: AddFacts) -> Violation | None:
    """All-in-one controllers have room for a few workers beside them."""
    small = facts.system.system_type is SystemType.ALL_IN_ONE and facts.system.system_mode is not SystemMode.SIMPLEX
    if not small or facts.wanted.get("personality") is not Personality.WORKER:
        return None
    if facts.of(Personality.WORKER) < MOST_DUPLEX_WORKERS:
        return None
    return _no_room(f"An all-in-one duplex system has at most {MOST_DUPLEX_WORKERS} workers.")


def there_are_two_controllers(facts: AddFacts) -> Violation | None:
    """controller-0 and controller-1 are all there is."""
    if facts.wanted.get("personality") is not Personality.CONTROLLER or facts.of(Personality.CONTROLLER) < 2:
        return None
    return _no_room("A system has at most two controllers.")


def worker_has_a_name(facts: AddFacts) -> Violation | None:
    """Controllers and storage hosts are numbered; workers are called as the operator likes."""
    if facts.wanted.get("personality") is not Personality.WORKER or facts.wanted.get("hostname"):
        return None
    return _nameless("A worker needs a hostname.")


def controller_has_its_name(facts: AddFacts) -> Violation | None:
    """Configuration finds controllers by these two names."""
    name = facts.wanted.get("hostname")
    if facts.wanted.get("personality") is not Personality.CONTROLLER or name is None or name in CONTROLLERS:
        return None
    return Violation(
        Reason.FIELD_INVALID,
        f"A controller cannot be called {name}.",
        " or ".join(CONTROLLERS),
        "leave the hostname out: the platform gives it",
    )


def addresses_and_name_are_free(facts: AddFacts) -> Violation | None:
    """Hosts are told apart by them."""
    return _taken(facts.wanted, facts.hosts)


def fixed_fields_stay(facts: UpdateFacts) -> Violation | None:
    """A host that was in service is known by its name and kind, in places that nobody would update."""
    fixed = sorted({"hostname", "personality", "subfunctions"} & facts.changes.keys())
    if not fixed or facts.host.invprovision not in {Provisioning.PROVISIONING, Provisioning.PROVISIONED}:
        return None
    return Violation(
        Reason.FIELD_FIXED,
        f"{', '.join(fixed)} of host {facts.host.name} cannot change any more: it was in service.",
        "a host that was never unlocked",
        f"system host-delete {facts.host.name}, then add it as what it shall be",
    )


def some_fields_need_a_lock(facts: UpdateFacts) -> Violation | None:
    """Its name, and what it is installed with, change only while a host is out of service."""
    fields = sorted((INSTALL_FIELDS | {"hostname", "personality"}) & facts.changes.keys())
    if not fields or facts.host.administrative is Administrative.LOCKED:
        return None
    return Violation(
        Reason.HOST_NOT_LOCKED,
        f"Host {facts.host.name} must be locked.",
        f"a locked host, to change {', '.join(fields)}",
        f"system host-lock {facts.host.name}",
    )


def worker_gets_a_name(facts: UpdateFacts) -> Violation | None:
    """A worker without a name could never be unlocked."""
    personality = facts.changes.get("personality", facts.host.personality)
    hostname = facts.changes.get("hostname", facts.host.hostname)
    if hostname or (personality is not Personality.WORKER and "hostname" not in facts.changes):
        return None
    return _nameless(f"Host {facts.host.id} needs a hostname.")


def controllers_stay_two(facts: UpdateFacts) -> Violation | None:
    """controller-0 and controller-1 are all there is, and they are called so."""
    if facts.changes.get("personality", facts.host.personality) is not Personality.CONTROLLER:
        return None
    name = facts.changes.get("hostname", facts.host.hostname)
    if name in CONTROLLERS or not {"personality", "hostname"} & facts.changes.keys():
        return None
    return Violation(
        Reason.NO_ROOM,
        f"Host {facts.host.id} cannot become a controller called {name}.",
        " or ".join(CONTROLLERS),
        "system host-list --column hostname",
    )


def new_addresses_and_name_are_free(facts: UpdateFacts) -> Violation | None:
    """Hosts are told apart by them."""
    return _taken(facts.changes, facts.others)


def host_to_delete_is_locked(facts: ActionFacts) -> Violation | None:
    """What runs on a host has to leave it first."""
    if facts.host.administrative is Administrative.LOCKED:
        return None
    name = facts.host.name
    return Violation(
        Reason.HOST_NOT_LOCKED, f"Host {name} must be locked.", "a locked host", f"system host-lock {name}"
    )


def host_to_delete_is_not_here(facts: ActionFacts) -> Violation | None:
    """The platform does not delete the host that it runs on."""
    if not facts.is_active_controller:
        return None
    name = facts.host.name
    return Violation(
        Reason.ACTIVE_CONTROLLER,
        f"Host {name} is the active controller and cannot be deleted.",
        "another host",
        f"keep {name}: the platform's programs cannot move away from it",
    )


ADD_CHECKS: Final[tuple[Check[AddFacts], ...]] = (
    simplex_has_one_host,
    duplex_has_few_workers,
    there_are_two_controllers,
    worker_has_a_name,
    controller_has_its_name,
    addresses_and_name_are_free,
)

UPDATE_CHECKS: Final[tuple[Check[UpdateFacts], ...]] = (
    fixed_fields_stay,
    some_fields_need_a_lock,
    worker_gets_a_name,
    controllers_stay_two,
    new_addresses_and_name_are_free,
)

DELETE_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    no_other_action_runs,
    host_to_delete_is_locked,
    host_to_delete_is_not_here,
)


def _no_room(message: str) -> Violation:
    return Violation(Reason.NO_ROOM, message, "a larger system", "system show")


def _nameless(message: str) -> Violation:
    return Violation(Reason.FIELD_MISSING, message, "hostname=NAME", "give it a hostname")


def _taken(wanted: Mapping[str, Value], hosts: Iterable[Host]) -> Violation | None:
    asked = {name: wanted.get(name) for name in ("hostname", "mgmt_mac", "mgmt_ip")}
    found = [
        f"{field} {value} belongs to host {host.name} already."
        for host in hosts
        for field, value in asked.items()
        if value is not None and getattr(host, field) == value
    ]
    if not found:
        return None
    return Violation(Reason.NAME_TAKEN, " ".join(found), "a name and addresses that no host has", "system host-list")
