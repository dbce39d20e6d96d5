"""The gateways of routers on a compute host: when it goes out of service, they go to other hosts.

Which host is whose gateway is Neutron's to say, and it says so anew when a chassis of OVN is gone, not when one is
silent. OVN does not do it by itself: of two hosts the survivor hears nobody and takes itself for the one that is cut
off (reference/openstack.md §3.2a). So the VIM has Neutron let go of the chassis of a host that does not run any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sturnus.core.few import few_in_words
from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.ports import HostServices
from sturnus.vim.steps import FORCED_WITHOUT, NAMED, SERVICE_DEADLINE, Patient, spent_on_servers

BEFORE_SERVERS: Final = timedelta(minutes=2)
"""A Neutron that answers, and does not let go of a chassis, keeps servers of a failed host waiting so long."""
FORCED_AFTER: Final = timedelta(minutes=1)
"""A force-lock goes on after that, the time for its servers not counted."""


@dataclass(frozen=True, slots=True)
class FreeGateways(Patient):
    """Has Neutron let go of the chassis of a host that surely is off."""

    network: HostServices
    name = "FreeGateways"
    deadline = SERVICE_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """There is no chassis of it (any more): only that is proof that nothing is scheduled there."""
        return _is_free(self.network, facts)

    async def run(self, facts: HostFacts) -> str:
        """Ask for it."""
        return "" if facts.hostname is None else await self.network.bring(facts.hostname, ServiceState.DEAD)


@dataclass(frozen=True, slots=True)
class FreeGatewaysBeforeServers(Patient):
    """The same, but servers wait neither for a Neutron that does not answer, nor for long: it comes again after them.

    All servers of a router's networks are cut off while its gateway is dead, those of other hosts, too.
    """

    network: HostServices
    name = "FreeGatewaysBeforeServers"
    deadline = SERVICE_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """It is so, or servers have waited long enough."""
        is_late = facts.in_state_for > BEFORE_SERVERS
        return is_late or ServiceKind.NETWORK not in facts.services or _is_free(self.network, facts)

    async def run(self, facts: HostFacts) -> str:
        """Ask for it."""
        return await FreeGateways(self.network).run(facts)


@dataclass(frozen=True, slots=True)
class FreeGatewaysOfLocked(Patient):
    """The same for a host that is locked, and may run on: once its node is emptied by force.

    As long as ovn-controller runs it makes its chassis anew. It ends as soon as it is told to, others take their time:
    so the chassis is deleted meanwhile, again if need be, and only what is gone without any pod left is gone for good.
    """

    network: HostServices
    name = "FreeGatewaysOfLocked"
    deadline = SERVICE_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """No pod is left to make a chassis, and there is none. The controller that runs us keeps its pods, and it."""
        if facts.is_own or facts.hostname is None or ServiceState.DEAD not in self.network.reachable(facts.hostname):
            return True
        if facts.is_force_locked and ServiceKind.NETWORK not in facts.services and facts.in_state_for > FORCED_WITHOUT:
            return True
        if facts.is_force_locked and facts.in_state_for - spent_on_servers(facts) > FORCED_AFTER:
            return True
        return not facts.ending and _is_free(self.network, facts)

    async def run(self, facts: HostFacts) -> str:
        """Ask for it, as soon as all pods are told to end."""
        waits = f"pods end: {few_in_words([pod.title for pod in facts.ending], NAMED)}" if facts.ending else ""
        if not all(pod.terminating for pod in facts.ending):
            return waits
        return await FreeGateways(self.network).run(facts) or waits


def _is_free(network: HostServices, facts: HostFacts) -> bool:
    if facts.hostname is not None and ServiceState.DEAD not in network.reachable(facts.hostname):
        return True  # agents of its own, which are disabled instead
    return facts.services.get(ServiceKind.NETWORK) is ServiceState.ABSENT
