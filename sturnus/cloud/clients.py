"""All clients of one OpenStack, made anew for each login that Puppet writes."""

from __future__ import annotations

from dataclasses import dataclass

from sturnus.cloud.access import Access
from sturnus.cloud.compute_services import ComputeServices
from sturnus.cloud.network_agents import NetworkAgents
from sturnus.cloud.nova_servers import NovaServers
from sturnus.core.clock import Clock, random_id
from sturnus.identity.openstack_login import OpenStackLogin
from sturnus.kubernetes.connection import Connection
from sturnus.vim.facts import ServiceKind
from sturnus.vim.openstack_files import Clients
from sturnus.vim.ports import HostServices


@dataclass(frozen=True, slots=True)
class Connecting:
    """Makes them. Asks nobody."""

    connection: Connection
    clock: Clock

    def __call__(self, login: OpenStackLogin) -> Clients:
        """Those of one login. Unavailable: it names no Service of the cluster."""
        access = Access.through(self.connection, login, self.clock, random_id)
        services: dict[ServiceKind, HostServices] = {
            ServiceKind.COMPUTE: ComputeServices(access),
            ServiceKind.NETWORK: NetworkAgents(access),
        }
        return Clients(services, NovaServers.of(access, self.clock))
