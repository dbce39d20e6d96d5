"""What a host has besides its states, as far as actions and labels depend on it (reference/inventory.md §1.7, §5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory.host import Host
from sturnus.inventory.networking.loading import interfaces_of
from sturnus.inventory.networking.model import Interface, NetworkType
from sturnus.inventory.networking.networks import connectable
from sturnus.inventory.processors.choosing import resources_of
from sturnus.inventory.processors.model import Cpu, CpuFunction, Memory


@dataclass(frozen=True, slots=True)
class HostResources:
    """Interfaces, processors and memory. Empty: the host has not said, so nothing can be said about it."""

    interfaces: tuple[Interface, ...] = ()
    needed_networks: frozenset[NetworkType] = frozenset()  # those of the first networks that exist
    cpus: tuple[Cpu, ...] = ()
    memory: tuple[Memory, ...] = ()

    @property
    def functions(self) -> tuple[CpuFunction, ...]:
        """What the processors are for."""
        return tuple(each.function for each in self.cpus)

    @property
    def huge_pages(self) -> dict[str, int] | None:
        """Huge pages of users by size after the next unlock; None: nothing is known."""
        if not self.memory:
            return None
        return {
            "2M": sum(each.pages_2m_after for each in self.memory),
            "1G": sum(each.pages_1g_after for each in self.memory),
        }


NOTHING_KNOWN: Final = HostResources()
"""Of a host that has not said what it is made of."""


async def gather(session: AsyncSession, host: Host) -> HostResources:
    """Read what a host has."""
    cpus, memory = await resources_of(session, host)
    return HostResources(
        interfaces=await interfaces_of(session, host.id),
        needed_networks=frozenset(await connectable(session)),
        cpus=cpus,
        memory=memory,
    )
