"""Cores are given to functions. Pure.

A core is given as a whole, with all its threads. Cores come from `Application` and go back there: nothing is taken from
another function, the operator makes that smaller first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sturnus.inventory.processors.model import Cpu, CpuFunction, CpuRequest


@dataclass(frozen=True, slots=True)
class Division:
    """What every processor would be for, and why that is not what was asked for."""

    functions: Mapping[int, CpuFunction]
    faults: tuple[str, ...]

    def uses(self, function: CpuFunction) -> bool:
        """Whether any processor is for this."""
        return function in self.functions.values()


def divided(cpus: Iterable[Cpu], requests: Iterable[CpuRequest]) -> Division:
    """Give cores to functions, one request after the other."""
    present = tuple(cpus)
    functions = {each.cpu: each.function for each in present}
    faults: list[str] = []
    for request in requests:
        if request.cpus is not None:
            _give_listed(present, functions, faults, request.function, request.cpus)
            continue
        for node, count in sorted(request.cores.items()):
            _give_counted(present, functions, faults, request.function, (node, count))
    return Division(functions, tuple(faults))


def _give_listed(
    cpus: tuple[Cpu, ...],
    functions: dict[int, CpuFunction],
    faults: list[str],
    function: CpuFunction,
    listed: frozenset[int],
) -> None:
    unknown = sorted(listed - functions.keys())
    if unknown:
        faults.append(f"There is no processor {', '.join(map(str, unknown))}.")
    cores = {each.place for each in cpus if each.cpu in listed}
    taken = sorted(
        each.cpu
        for each in cpus
        if each.place in cores and functions[each.cpu] not in {function, CpuFunction.APPLICATION}
    )
    if taken:
        faults.append(f"Processor {', '.join(map(str, taken))} is for {functions[taken[0]].value}.")
    _set(cpus, functions, function, cores)


def _give_counted(
    cpus: tuple[Cpu, ...],
    functions: dict[int, CpuFunction],
    faults: list[str],
    function: CpuFunction,
    wanted: tuple[int, int],
) -> None:
    node, count = wanted
    here = tuple(each for each in cpus if each.numa_node == node)
    if not here:
        faults.append(f"There is no processor node {node}.")
        return
    own = dict.fromkeys(each.place for each in here if functions[each.cpu] is function)
    free = dict.fromkeys(each.place for each in here if functions[each.cpu] is CpuFunction.APPLICATION)
    cores = [*own, *(place for place in free if place not in own)]
    if count > len(cores):
        faults.append(f"Processor node {node} has {len(cores)} cores for {function.value}, and {count} are asked for.")
    _set(here, functions, function, set(cores[:count]))


def _set(
    cpus: Iterable[Cpu], functions: dict[int, CpuFunction], function: CpuFunction, cores: set[tuple[int, int]]
) -> None:
    for each in cpus:
        if each.place in cores:
            functions[each.cpu] = function
        elif functions[each.cpu] is function:
            functions[each.cpu] = CpuFunction.APPLICATION
