"""All that configuration is computed from. Whatever is not known is None, and its keys are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from sturnus.core.states import Personality, SystemMode, SystemType

KEYSTONE_HOST: Final = "keystone-api.openstack.svc.cluster.local"
KEYSTONE_PORT: Final = 5000
NOVA_URL: Final = "http://nova-api.openstack.svc.cluster.local:8774"
RABBIT_HOST: Final = "rabbitmq.openstack.svc.cluster.local"
"""Services of the OpenStack application, as hosts and pods name them alike (reference/inventory.md §1.3)."""


class Chart(StrEnum):
    """Charts of the application that the VIM has a plugin for."""

    NOVA = "nova"
    NEUTRON = "neutron"
    GLANCE = "glance"
    CINDER = "cinder"


@dataclass(frozen=True, slots=True)
class OpenStackFacts:
    """The OpenStack in the pods, once it was verified. Its administrator is `admin` of the project `admin`."""

    charts: frozenset[str]
    region: str
    username: str = "admin"
    project: str = "admin"
    domain: str = "Default"


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """The system as the inventory has it."""

    name: str
    type: SystemType
    mode: SystemMode
    region: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the inventory's own settings say of the site."""

    active_controller: str  # hostname
    software_version: str
    keystone_url: str | None  # of the platform's, without /v3; None: there is none, so nobody gets an openrc
    keystone_ca_file: Path | None
    admits_nodes: bool = False  # whether the platform makes nodes of workers; False: others do


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Addresses of the platform's networks, as far as the operator made pools for them."""

    mgmt_floating: str | None = None
    oam_floating: str | None = None
    pod_cidr: str | None = None
    service_cidr: str | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One host that has a name and a role."""

    uuid: str
    hostname: str
    personality: Personality
    subfunctions: str
    mgmt_ip: str | None
    joins: bool = False  # has to be a node of the cluster, by the platform's own doing

    @property
    def is_controller(self) -> bool:
        """Whether the platform's own programs run here, so that it may have their secrets."""
        return self.personality is Personality.CONTROLLER


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """Everything but secrets."""

    system: SystemFacts
    site: SiteFacts
    networks: NetworkFacts = NetworkFacts()
    controllers: Mapping[str, str] = field(default_factory=dict)  # hostname to address, of those that have one
    openstack: OpenStackFacts | None = None  # None: not installed

    @property
    def mgmt_address(self) -> str | None:
        """Where the platform's programs are reached by hosts: the floating address, or the active controller's."""
        return self.networks.mgmt_floating or self.controllers.get(self.site.active_controller)


@dataclass(frozen=True, slots=True)
class Admission:
    """What lets one host into the cluster, for a quarter of an hour."""

    host: str  # uuid
    hostname: str  # what the node will be called
    endpoint: str  # HOST:PORT of the API server
    ca_hash: str  # sha256:..., by which the host knows that it is the right one
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What goes into files of mode 0600 only."""

    openstack_admin_password: str | None = field(default=None, repr=False)  # None: OpenStack is not installed
    admission: Admission | None = field(default=None, repr=False)  # None: the host is a node, or need not be one
