"""Processors and memory out of what a host reported and what the operator chose. Pure.

Where nothing was chosen: a worker keeps its first core and a share of its memory for its own services, and gives the
rest to applications; other hosts are the platform's alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from sturnus.inventory.derived_ids import derived_id
from sturnus.inventory.host import Host
from sturnus.inventory.processors.model import Cpu, CpuFunction, Memory, MemoryChoice, NumaNode

FIRST_NODE_MIB: Final = 7000
"""What the platform keeps on the first NUMA node of a worker, but no more than a quarter of it."""
OTHER_NODE_MIB: Final = 500
"""And on each of the others, but no more than a sixteenth."""
LEAST_MIB: Final = 1024
"""Less than this on the first node and the host's own services would not fit."""


def nodes_of(host: Host) -> tuple[NumaNode, ...]:
    """NUMA nodes: those with memory or with processors. A machine that has none is one node, 0."""
    numbers = {each["node"] for each in [*_reported(host, "nodes"), *_reported(host, "cpus")]}
    if not numbers and host.hardware.get("memory_mib"):
        numbers = {0}
    return tuple(NumaNode(derived_id(host, "node", str(number)), host.uuid, number) for number in sorted(numbers))


def cpus_of(host: Host, chosen: Mapping[int, str]) -> tuple[Cpu, ...]:
    """Processors by number, each with its function. `chosen` of processors that are gone means nothing."""
    threads: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    reported = sorted(_reported(host, "cpus"), key=lambda cpu: int(cpu["cpu"]))
    for each in reported:
        threads[each["socket"], each["core"]].append(each["cpu"])
    found = tuple(
        Cpu(
            uuid=derived_id(host, "cpu", str(each["cpu"])),
            host_uuid=host.uuid,
            node_uuid=derived_id(host, "node", str(each["node"])),
            cpu=each["cpu"],
            numa_node=each["node"],
            socket=each["socket"],
            core=each["core"],
            thread=threads[each["socket"], each["core"]].index(each["cpu"]),
            cpu_model=host.hardware.get("cpu_model") or "",
            function=CpuFunction.APPLICATION,
        )
        for each in reported
    )
    functions = {cpu: CpuFunction(function) for cpu, function in chosen.items()} or _default_functions(host, found)
    return tuple(replace(each, function=functions.get(each.cpu, CpuFunction.APPLICATION)) for each in found)


def memory_of(host: Host, chosen: Mapping[int, MemoryChoice]) -> tuple[Memory, ...]:
    """Memory by NUMA node; nothing, if the host did not say how much it has."""
    reported = list(_reported(host, "nodes"))
    if not reported and host.hardware.get("memory_mib"):
        reported = [{"node": 0, **{name: host.hardware.get(name) for name in ("memory_mib", "huge_pages")}}]
    by_number = sorted(reported, key=lambda node: int(node["node"]))
    return tuple(_memory(host, each, each is by_number[0], chosen.get(each["node"])) for each in by_number)


def least_platform_mib(memory: Memory, *, first: bool) -> int:
    """The least that the platform may keep of a NUMA node."""
    return min(LEAST_MIB, memory.total_mib // 4) if first else 0


def _memory(
    host: Host,
    node: Mapping[str, Any],
    first: bool,  # noqa: FBT001 -- a fact, not a mode
    choice: MemoryChoice | None,
) -> Memory:
    pages = node.get("huge_pages") or {}
    memory = Memory(
        uuid=derived_id(host, "memory", str(node["node"])),
        host_uuid=host.uuid,
        node_uuid=derived_id(host, "node", str(node["node"])),
        numa_node=node["node"],
        total_mib=node["memory_mib"],
        platform_mib=0,
        pages_2m=pages.get("2M", 0),
        pages_1g=pages.get("1G", 0),
        choice=choice or MemoryChoice(),
    )
    platform = memory.choice.platform_mib
    return replace(memory, platform_mib=_default_mib(host, memory, first) if platform is None else platform)


def _default_mib(host: Host, memory: Memory, first: bool) -> int:  # noqa: FBT001 -- a fact, not a mode
    room = max(memory.total_mib - memory.huge_mib_after, 0)
    if not host.is_worker:
        return room
    if first:
        return min(FIRST_NODE_MIB, _steady(memory.total_mib // 4), room)
    return min(OTHER_NODE_MIB, memory.total_mib // 16, room)


def _steady(mib: int) -> int:
    """The nearest power of two: virtual machines get and give back memory while they run, and this decides of pods."""
    lower = 1 << mib.bit_length() >> 1
    return lower if mib < lower * 3 // 2 else lower * 2


def _default_functions(host: Host, cpus: Iterable[Cpu]) -> Mapping[int, CpuFunction]:
    listed = tuple(cpus)
    if not host.is_worker:
        return {each.cpu: CpuFunction.PLATFORM for each in listed}
    first = min(listed, key=lambda each: (each.numa_node, each.cpu), default=None)
    return {each.cpu: CpuFunction.PLATFORM for each in listed if first is not None and each.place == first.place}


def _reported(host: Host, what: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(host.hardware.get(what) or ())
