"""What may be done with a host now. One list per action; each line is a rule of reference/inventory.md §5.3 to §5.6."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.core.states import ANSWERING, UNLOCKS, Administrative, Availability, HostAction
from sturnus.inventory import hardware
from sturnus.inventory.host import INVENTORIED, Host, System
from sturnus.inventory.host_resources import NOTHING_KNOWN, HostResources
from sturnus.inventory.labels import COMPUTE, runs_openstack_compute
from sturnus.inventory.resource_checks import (
    cores_fit_the_role,
    memory_is_within_bounds,
    networks_are_connected,
    platform_keeps_a_core,
)
from sturnus.inventory.violations import Check, Reason, Violation


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """All that decides whether an action may begin."""

    host: Host
    labels: Mapping[str, str]
    system: System
    active_controller: str  # hostname of the controller that answers this request
    other_controllers: tuple[Host, ...]
    resources: HostResources = NOTHING_KNOWN

    @property
    def is_active_controller(self) -> bool:
        """Whether the platform runs on this host now."""
        return self.host.is_controller and self.host.hostname == self.active_controller


def no_other_action_runs(facts: ActionFacts) -> Violation | None:
    """One thing at a time; upstream had no such guard (reference/inventory.md §5.3)."""
    if facts.host.ihost_action is None:
        return None
    return _busy(facts.host)


def nothing_but_a_lock_runs(facts: ActionFacts) -> Violation | None:
    """Force-lock is what an operator does when a lock takes too long."""
    if facts.host.ihost_action in {None, HostAction.LOCK}:
        return None
    return _busy(facts.host)


def host_is_not_locked_already(facts: ActionFacts) -> Violation | None:
    """A second lock is most likely meant for another host."""
    host = facts.host
    if host.administrative is Administrative.UNLOCKED:
        return None
    return Violation(
        Reason.ALREADY_SO, f"Host {host.name} is already locked.", "an unlocked host", f"system host-show {host.name}"
    )


def host_is_not_unlocked_already(facts: ActionFacts) -> Violation | None:
    """A second unlock is most likely meant for another host."""
    host = facts.host
    if host.administrative is Administrative.LOCKED:
        return None
    return Violation(
        Reason.ALREADY_SO, f"Host {host.name} is already unlocked.", "a locked host", f"system host-show {host.name}"
    )


def host_is_not_the_active_controller(facts: ActionFacts) -> Violation | None:
    """Who locks the active controller locks himself out, unless there is only one anyway."""
    if not facts.is_active_controller or not facts.other_controllers:
        return None
    name = facts.host.name
    return Violation(
        Reason.ACTIVE_CONTROLLER,
        f"Host {name} is the active controller and cannot be locked.",
        "a host on which the platform's programs do not run",
        f"leave {name} unlocked: the platform's programs cannot move away from it",
    )


def host_is_locked(facts: ActionFacts) -> Violation | None:
    """What interrupts a host is done to a host that is out of service."""
    host = facts.host
    if host.administrative is Administrative.LOCKED:
        return None
    return Violation(
        Reason.HOST_NOT_LOCKED,
        f"Host {host.name} must be locked.",
        "a locked host: what runs on it would be interrupted",
        f"system host-lock {host.name}",
    )


def host_is_locked_or_failed(facts: ActionFacts) -> Violation | None:
    """A host that failed, and may have been switched off because of it, has nothing that could be interrupted."""
    if facts.host.availability in {Availability.FAILED, Availability.POWER_OFF}:
        return None
    return host_is_locked(facts)


def system_is_not_simplex(facts: ActionFacts) -> Violation | None:
    """With one controller nobody would be left to see it through."""
    if not facts.system.is_simplex:
        return None
    return Violation(
        Reason.NOT_SIMPLEX,
        "A system with a single controller does not do that.",
        "a system with two controllers",
        f"do it on {facts.host.name} itself",
    )


def host_has_power(facts: ActionFacts) -> Violation | None:
    """A host without power cannot go into service, whatever is forced."""
    host = facts.host
    if host.availability is not Availability.POWER_OFF:
        return None
    return Violation(
        Reason.HOST_AWAY,
        f"Host {host.name} is powered off.",
        "a host that is on",
        f"system host-power-on {host.name}",
    )


def host_answers(facts: ActionFacts) -> Violation | None:
    """Only a host that is heard can be configured and taken into service."""
    host = facts.host
    # Without power it does not answer either: one message for one cause.
    if host.availability in ANSWERING or host.availability is Availability.POWER_OFF:
        return None
    return Violation(
        Reason.HOST_AWAY,
        f"Host {host.name} is {host.availability.value}.",
        "availability online",
        f"boot {host.name} and wait until it is online, or system host-unlock -f {host.name}",
    )


def host_is_described(facts: ActionFacts) -> Violation | None:
    """What a host needs in order to be configured at all."""
    host = facts.host
    needed = ("mgmt_mac", "mgmt_ip", "hostname", "personality", "subfunctions")
    missing = [name for name in needed if not getattr(host, name)]
    if not missing:
        return None
    return Violation(
        Reason.FIELD_MISSING,
        f"Host {host.name} has no {', '.join(missing)}.",
        "all of " + ", ".join(needed),
        f"system host-update {host.id} " + " ".join(f"{name}=..." for name in missing),
    )


def hardware_is_known(facts: ActionFacts) -> Violation | None:
    """What is decided from the hardware needs the hardware's report."""
    host = facts.host
    if host.inv_state == INVENTORIED:
        return None
    return Violation(
        Reason.HARDWARE_UNKNOWN,
        f"Host {host.name} has not reported its hardware.",
        "a report of its agent",
        f"see on {host.name} why its agent does not report, or system host-unlock -f {host.name}",
    )


def one_size_of_huge_pages(facts: ActionFacts) -> Violation | None:
    """Kubernetes of that time ran pods with huge pages of one size only (reference/inventory.md §1.7)."""
    pages = facts.resources.huge_pages or hardware.read(facts.host.hardware).huge_pages or {}
    sizes = sorted(size for size, count in pages.items() if count > 0)
    if len(sizes) <= 1:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"Host {facts.host.name} has huge pages of {' and '.join(sizes)}: without {COMPUTE} only one size may be used.",
        "huge pages of one size, 2M or 1G",
        f"system host-memory-modify {facts.host.name} ...",
    )


def servers_have_a_disk(facts: ActionFacts) -> Violation | None:
    """A compute host keeps servers' disks in `nova-local`, or in the file system `instances`."""
    found = hardware.read(facts.host.hardware)
    if found.volume_groups is None or hardware.INSTANCES in (found.filesystems or ()):
        return None
    group = found.volume_groups.get(hardware.NOVA_LOCAL)
    if group is not None and group.state in hardware.READY and group.physical_volumes > 0:
        return None
    name = facts.host.name
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"Host {name} has no volume group {hardware.NOVA_LOCAL} with a physical volume for servers' disks.",
        f"volume group {hardware.NOVA_LOCAL} with at least one physical volume, or file system {hardware.INSTANCES}",
        f"make volume group {hardware.NOVA_LOCAL} on the host: vgcreate {hardware.NOVA_LOCAL} DISK",
    )


def reinstalling_is_supported(facts: ActionFacts) -> Violation | None:
    """Hosts bring their own operating system here; the platform does not install it."""
    return Violation(
        Reason.NOT_SUPPORTED,
        f"Host {facts.host.name} cannot be reinstalled from here.",
        "a host whose operating system is installed by its own means",
        f"reinstall {facts.host.name} by its own means; it keeps its place in the inventory",
    )


def swacting_is_supported(facts: ActionFacts) -> Violation | None:
    """The platform's programs run on the controller where they were installed; there is nobody to hand them over."""
    return Violation(
        Reason.NOT_SUPPORTED,
        f"The platform's programs cannot move away from {facts.host.name}.",
        "programs that stay on the controller where they were installed",
        f"work on {facts.host.name} where it is: while it is off hosts are not managed, and what runs on them goes on",
    )


_LOCKED_AND_NOT_ALONE: Final[tuple[Check[ActionFacts], ...]] = (
    no_other_action_runs,
    host_is_locked,
    system_is_not_simplex,
)

LOCK_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    no_other_action_runs,  # one thing at a time
    host_is_not_locked_already,  # most likely meant for another host
    host_is_not_the_active_controller,  # nobody locks himself out
)

FORCE_LOCK_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    nothing_but_a_lock_runs,  # it is there to overtake a lock
    host_is_not_locked_already,
    host_is_not_the_active_controller,  # also when forced (reference/inventory.md §5.5)
)

UNLOCK_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    no_other_action_runs,
    host_is_not_unlocked_already,
    host_has_power,
    host_answers,
    host_is_described,
    hardware_is_known,
    networks_are_connected,  # it is reached through them
)

FORCE_UNLOCK_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    no_other_action_runs,
    host_is_not_unlocked_already,
    host_has_power,
    host_is_described,
    networks_are_connected,  # also when forced (reference/inventory.md §5.6)
)

UNLOCK_WORKER_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    memory_is_within_bounds,
    platform_keeps_a_core,
    cores_fit_the_role,  # a virtual switch only where servers run
)
"""Besides the above, for all workers."""

UNLOCK_KUBERNETES_WORKER_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    one_size_of_huge_pages,  # pods want one size
)
"""Besides the above, for workers without the compute label."""

UNLOCK_OPENSTACK_WORKER_CHECKS: Final[tuple[Check[ActionFacts], ...]] = (
    servers_have_a_disk,  # Nova keeps servers there
)
"""Besides the above, for workers with the compute label."""

ACTION_CHECKS: Final[Mapping[HostAction, tuple[Check[ActionFacts], ...]]] = {
    HostAction.LOCK: LOCK_CHECKS,
    HostAction.FORCE_LOCK: FORCE_LOCK_CHECKS,
    HostAction.UNLOCK: UNLOCK_CHECKS,
    HostAction.FORCE_UNLOCK: FORCE_UNLOCK_CHECKS,
    HostAction.REBOOT: _LOCKED_AND_NOT_ALONE,
    HostAction.RESET: _LOCKED_AND_NOT_ALONE,
    HostAction.POWER_OFF: _LOCKED_AND_NOT_ALONE,
    HostAction.POWER_ON: (no_other_action_runs, host_is_locked_or_failed),
    HostAction.REINSTALL: (reinstalling_is_supported,),
    HostAction.SWACT: (swacting_is_supported,),
    HostAction.FORCE_SWACT: (swacting_is_supported,),
}


def checks_for(action: HostAction, facts: ActionFacts) -> tuple[Check[ActionFacts], ...]:
    """Return the rules for an action on this host: workers differ by the compute label (spec, "Sysinv")."""
    common = ACTION_CHECKS[action]
    if action not in UNLOCKS or not facts.host.is_worker:
        return common
    if runs_openstack_compute(facts.labels):
        return common + UNLOCK_WORKER_CHECKS + UNLOCK_OPENSTACK_WORKER_CHECKS
    return common + UNLOCK_WORKER_CHECKS + UNLOCK_KUBERNETES_WORKER_CHECKS


def _busy(host: Host) -> Violation:
    return Violation(
        Reason.ACTION_RUNS,
        f"Host {host.name} is busy: {host.task or host.ihost_action}.",
        "a host with nothing under way",
        f"system host-show {host.name}, and repeat the command when its task is empty",
    )
