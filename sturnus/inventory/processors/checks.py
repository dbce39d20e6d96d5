"""How processors and memory may be divided (reference/inventory.md §1.7, §6.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.inventory.host import Host
from sturnus.inventory.labels import COMPUTE, runs_openstack_compute
from sturnus.inventory.networking.interface_checks import needs_lock
from sturnus.inventory.processors.dividing import Division
from sturnus.inventory.processors.layout import least_platform_mib
from sturnus.inventory.processors.model import Cpu, CpuFunction, Memory
from sturnus.inventory.violations import Check, Reason, Violation

MOST_SHARED_CORES: Final = 1
"""A NUMA node."""


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """All that decides whether processors may be divided like that."""

    host: Host
    labels: Mapping[str, str]
    cpus: tuple[Cpu, ...]
    division: Division


@dataclass(frozen=True, slots=True)
class MemoryFacts:
    """All that decides whether memory may be divided like that."""

    host: Host
    wanted: Memory
    is_first: bool  # the NUMA node where the host's own services run


def host_to_divide_is_locked(facts: CpuFacts | MemoryFacts) -> Violation | None:
    """What runs on a host in service keeps its processors and memory."""
    return needs_lock(facts.host)


def host_to_divide_is_a_worker(facts: CpuFacts | MemoryFacts) -> Violation | None:
    """Other hosts are the platform's alone."""
    if facts.host.is_worker:
        return None
    return Violation(
        Reason.WRONG_PERSONALITY,
        f"Host {facts.host.name} is no worker: all its processors and memory are the platform's.",
        "a host with subfunction worker",
        f"system host-show {facts.host.name}",
    )


def there_are_such_cores(facts: CpuFacts) -> Violation | None:
    """Cores that exist and that no other function has."""
    if not facts.division.faults:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        " ".join(facts.division.faults),
        "cores that are for Application now",
        f"system host-cpu-list {facts.host.name}",
    )


def platform_has_a_core(facts: CpuFacts) -> Violation | None:
    """The host's own services run somewhere."""
    return no_platform_core(facts.host, facts.division.functions.values())


def applications_have_a_core(facts: CpuFacts) -> Violation | None:
    """A worker that has nothing left for applications is none."""
    for_applications = {CpuFunction.APPLICATION, CpuFunction.ISOLATED}
    if for_applications.intersection(facts.division.functions.values()):
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"No core of host {facts.host.name} would be left for applications.",
        "at least one core for Application or Application-isolated",
        "give fewer cores to the others",
    )


def few_cores_are_shared(facts: CpuFacts) -> Violation | None:
    """Nova knows one shared core a NUMA node."""
    shared = {
        each.place: each.numa_node for each in facts.cpus if facts.division.functions[each.cpu] is CpuFunction.SHARED
    }
    over = sorted(node for node in set(shared.values()) if list(shared.values()).count(node) > MOST_SHARED_CORES)
    if not over:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"Processor node {', '.join(map(str, over))} of host {facts.host.name} would have more than one shared core.",
        f"at most {MOST_SHARED_CORES} shared core a processor node",
        f"system host-cpu-modify -f shared -p{over[0]} 1 {facts.host.name}",
    )


def functions_fit_the_role(facts: CpuFacts) -> Violation | None:
    """See `unfit_for_the_role`."""
    return unfit_for_the_role(facts.host, facts.labels, facts.division.functions.values())


def platform_memory_is_within_bounds(facts: MemoryFacts) -> Violation | None:
    """Enough for the host's own services, and no more than there is."""
    return memory_out_of_bounds(facts.host, facts.wanted, first=facts.is_first)


CPU_CHECKS: Final[tuple[Check[CpuFacts], ...]] = (
    host_to_divide_is_locked,
    host_to_divide_is_a_worker,
    there_are_such_cores,
    platform_has_a_core,
    applications_have_a_core,
    few_cores_are_shared,
    functions_fit_the_role,  # virtual switch only where servers run
)
"""Asked before processors are divided."""

MEMORY_CHECKS: Final[tuple[Check[MemoryFacts], ...]] = (
    host_to_divide_is_locked,
    host_to_divide_is_a_worker,
    platform_memory_is_within_bounds,
)
"""Asked before memory is divided. Whether one size of huge pages is enough is asked at the unlock."""


def no_platform_core(host: Host, functions: Collection[CpuFunction]) -> Violation | None:
    """The rule that a division and an unlock share. Without processors nothing can be said."""
    if not functions or CpuFunction.PLATFORM in functions:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"No core of host {host.name} is for Platform.",
        "at least one core for Platform",
        f"system host-cpu-modify -f platform -p0 1 {host.name}",
    )


def unfit_for_the_role(host: Host, labels: Mapping[str, str], functions: Collection[CpuFunction]) -> Violation | None:
    """Only where servers run there is a virtual switch, and only there isolated cores live beside it or shared ones."""
    if runs_openstack_compute(labels):
        return None
    beside = sorted({CpuFunction.VSWITCH, CpuFunction.SHARED}.intersection(functions))
    isolated = [CpuFunction.ISOLATED] if CpuFunction.ISOLATED in functions and beside else []
    unfit = [each for each in beside if each is CpuFunction.VSWITCH or isolated] + isolated
    if not unfit:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"Host {host.name} has cores for {' and '.join(unfit)}, which only hosts with {COMPUTE} may have.",
        f"label {COMPUTE}, or no such cores",
        f"system host-cpu-list {host.name}; system host-cpu-modify -f {_word(unfit[0])} -p0 0 {host.name}",
    )


def memory_out_of_bounds(host: Host, memory: Memory, *, first: bool) -> Violation | None:
    """The rule that a division and an unlock share."""
    least = least_platform_mib(memory, first=first)
    most = memory.total_mib - memory.huge_mib_after
    if least <= memory.platform_mib <= most:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"Processor node {memory.numa_node} of host {host.name} has {memory.total_mib} MiB: huge pages of "
        f"{memory.huge_mib_after} MiB and {memory.platform_mib} MiB for the platform do not fit.",
        f"{least} MiB or more for the platform, all together at most {memory.total_mib} MiB",
        f"system host-memory-modify -m {least} {host.name} {memory.numa_node}, or fewer huge pages",
    )


def _word(function: CpuFunction) -> str:
    return "application-isolated" if function is CpuFunction.ISOLATED else function.value.lower()
