"""Neutron's agents of each host (https://docs.openstack.org/api-ref/network/v2/#networking-agents-agents).

With OVN a host has no agent that takes orders, only a chassis that is heard or not. Only L3 and DHCP agents can be
disabled (reference/vim.md §2.4). But a chassis can be deleted, and when it is, Neutron schedules the gateways of
routers anew that it has given to it (neutron 29: `delete_agent` of its OVN driver, `ChassisEvent` of its monitor).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from sturnus.cloud.access import Access
from sturnus.cloud.sensible import sensible
from sturnus.cloud.session import NEUTRON
from sturnus.cloud.shared_list import SharedList
from sturnus.core.errors import Conflict, Invalid, NotFound
from sturnus.vim.facts import ServiceState

LIST: Final = "/v2.0/agents"
SWITCHED: Final = frozenset({"L3 agent", "DHCP agent"})
"""Those that can be disabled."""
CHASSIS: Final = frozenset({"OVN Controller agent", "OVN Controller Gateway agent"})
"""What Neutron calls a chassis: the second may have gateways. Deleting one deletes the row in OVN's database."""
CARRIERS: Final = SWITCHED | CHASSIS | {"Open vSwitch agent"}
"""Those that have to be heard for networks to work."""
READ: Final = ("id", "host", "agent_type", "alive", "admin_state_up")
"""What every agent has. A list without it is none."""
ALWAYS: Final = frozenset({ServiceState.ABSENT, ServiceState.ENABLED})

Agent = Mapping[str, Any]

log = structlog.stdlib.get_logger(__name__)


def state_of(agents: Sequence[Agent]) -> ServiceState:
    """What the agents of a host are together."""
    carriers = [agent for agent in agents if agent["agent_type"] in CARRIERS]
    switched = [agent for agent in agents if agent["agent_type"] in SWITCHED]
    if not agents:
        return ServiceState.ABSENT
    if switched and not any(agent["admin_state_up"] for agent in switched):
        return ServiceState.DISABLED
    works = carriers and all(agent["alive"] for agent in carriers) and all(each["admin_state_up"] for each in switched)
    return ServiceState.ENABLED if works else ServiceState.DOWN


def silent(agents: Sequence[Agent]) -> list[str]:
    """The kinds of those that Neutron does not hear and should."""
    return sorted(agent["agent_type"] for agent in agents if agent["agent_type"] in CARRIERS and not agent["alive"])


@dataclass(slots=True)
class NetworkAgents:
    """Implements `vim.ports.HostServices` for Neutron."""

    access: Access
    listed: SharedList[Mapping[str, Sequence[Agent]]] = field(init=False)

    def __post_init__(self) -> None:
        self.listed = SharedList(lambda: sensible(NEUTRON, self._list()))

    async def look(self, hostname: str) -> ServiceState:
        """What they are on this host."""
        return state_of((await self.listed.get()).get(hostname, ()))

    def reachable(self, hostname: str) -> frozenset[ServiceState]:
        """Disabled where an agent takes orders, dead where there is a chassis. Before the first look: who knows."""
        if self.listed.latest is None:
            return ALWAYS | {ServiceState.DISABLED, ServiceState.DEAD}
        kinds = {each["agent_type"] for each in self.listed.latest.get(hostname, ())}
        disabled = {ServiceState.DISABLED} if kinds & SWITCHED else set()
        return ALWAYS | disabled | ({ServiceState.DEAD} if kinds & CHASSIS else set())

    async def bring(self, hostname: str, wanted: ServiceState) -> str:
        """Ask for a state."""
        agents = (await self.listed.get()).get(hostname, ())
        try:
            if wanted is ServiceState.ABSENT:
                return await self._delete(hostname, agents)
            if wanted is ServiceState.DEAD:
                return await self._delete_all([each for each in agents if each["agent_type"] in CHASSIS])
            if not agents:
                return f"Neutron has no agent of {hostname} yet"
            up = wanted is ServiceState.ENABLED
            for agent in agents:
                if agent["agent_type"] in SWITCHED and agent["admin_state_up"] is not up:
                    body = {"agent": {"admin_state_up": up}}
                    await self.access.send("PUT", NEUTRON, f"{LIST}/{agent['id']}", body)
                    log.info("neutron agent", host=hostname, agent=agent["agent_type"], admin_state_up=up)
        finally:
            self.listed.drop()
        if wanted is ServiceState.ENABLED and (kinds := silent(agents)):
            return f"Neutron does not hear {', '.join(kinds)} of {hostname}"
        return ""

    async def _delete(self, hostname: str, agents: Sequence[Agent]) -> str:
        if alive := sorted(agent["agent_type"] for agent in agents if agent["alive"]):
            # Who runs registers again; ovn-controller makes its chassis anew, and all others hear of both.
            return f"Neutron still hears {', '.join(alive)} of {hostname}: deleted when their pods are gone"
        return await self._delete_all(agents)

    async def _delete_all(self, agents: Sequence[Agent]) -> str:
        for agent in agents:
            try:
                await self.access.send("DELETE", NEUTRON, f"{LIST}/{agent['id']}")
                log.info("neutron agent deleted", host=agent["host"], agent=agent["agent_type"])
            except NotFound:  # the agents of one chassis go together
                continue
            except (Conflict, Invalid) as error:
                return error.message
        return ""

    async def _list(self) -> Mapping[str, Sequence[Agent]]:
        found: dict[str, list[Agent]] = {}
        for said in (await self.access.get(NEUTRON, LIST))["agents"]:
            agent = {key: said[key] for key in READ}
            found.setdefault(agent["host"], []).append(agent)
        return found
