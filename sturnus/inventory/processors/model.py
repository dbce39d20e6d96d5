"""Processors and memory as they are, and as they shall be after the next unlock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CpuFunction(StrEnum):
    """What a processor is for, as the wire spells it."""

    PLATFORM = "Platform"
    """The host's own services."""
    VSWITCH = "Vswitch"
    """The virtual switch."""
    SHARED = "Shared"
    """Servers that share processors."""
    ISOLATED = "Application-isolated"
    """Applications that the kernel leaves alone."""
    APPLICATION = "Application"
    """Servers and pods: all that nothing else is said of."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """One logical processor."""

    uuid: str
    host_uuid: str
    node_uuid: str
    cpu: int
    numa_node: int
    socket: int
    core: int  # its physical core, unique within the socket
    thread: int  # 0 for the first of the core
    cpu_model: str
    function: CpuFunction

    @property
    def place(self) -> tuple[int, int]:
        """The physical core: what is given to a function as a whole."""
        return self.socket, self.core


@dataclass(frozen=True, slots=True)
class CpuRequest:
    """What shall be for one function: a number of cores a NUMA node, or certain processors."""

    function: CpuFunction
    cores: Mapping[int, int] = field(default_factory=dict)  # by NUMA node
    cpus: frozenset[int] | None = None  # None: the cores are counted instead


@dataclass(frozen=True, slots=True)
class NumaNode:
    """Processors and the memory beside them."""

    uuid: str
    host_uuid: str
    numa_node: int


@dataclass(frozen=True, slots=True)
class MemoryChoice:
    """What the operator chose for one NUMA node. None: nothing."""

    platform_mib: int | None = None
    pages_2m: int | None = None
    pages_1g: int | None = None
    vswitch_pages: int | None = None
    vswitch_page_mib: int | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one NUMA node."""

    uuid: str
    host_uuid: str
    node_uuid: str
    numa_node: int
    total_mib: int
    platform_mib: int  # kept for the host's own services
    pages_2m: int  # as reported
    pages_1g: int
    choice: MemoryChoice

    @property
    def pages_2m_after(self) -> int:
        """Pages of 2 MiB after the next unlock."""
        return self.pages_2m if self.choice.pages_2m is None else self.choice.pages_2m

    @property
    def pages_1g_after(self) -> int:
        """Pages of 1 GiB after the next unlock."""
        return self.pages_1g if self.choice.pages_1g is None else self.choice.pages_1g

    @property
    def vswitch_page_mib(self) -> int:
        """Size of the virtual switch's pages."""
        return self.choice.vswitch_page_mib or 2

    @property
    def huge_mib_after(self) -> int:
        """All huge pages after the next unlock, the virtual switch's among them."""
        vswitch = (self.choice.vswitch_pages or 0) * self.vswitch_page_mib
        return self.pages_2m_after * 2 + self.pages_1g_after * 1024 + vswitch
