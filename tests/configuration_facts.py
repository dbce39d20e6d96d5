"""A platform for tests of the configuration: before OpenStack is installed, and with it."""

from dataclasses import replace
from pathlib import Path

from sturnus.configuration.facts import (
    HostFacts,
    NetworkFacts,
    OpenStackFacts,
    PlatformFacts,
    Secrets,
    SiteFacts,
    SystemFacts,
)
from sturnus.core.states import Personality, SystemMode, SystemType

CONTROLLER = HostFacts("uuid-of-controller-0", "controller-0", Personality.CONTROLLER, "controller", "192.168.204.2")
WORKER = HostFacts("uuid-of-compute-0", "compute-0", Personality.WORKER, "worker", "192.168.204.3")

BEFORE = PlatformFacts(
    system=SystemFacts("sturnus", SystemType.STANDARD, SystemMode.DUPLEX, "RegionOne"),
    site=SiteFacts("controller-0", "0.1.0", "https://192.168.204.2:5000", Path("/etc/sturnus/tls/ca.crt")),
    networks=NetworkFacts(pod_cidr="10.244.0.0/16", service_cidr="10.96.0.0/16"),
    controllers={"controller-0": "192.168.204.2"},
)
CHARTS = frozenset({"keystone", "placement", "glance", "nova", "neutron", "horizon"})
WITH_OPENSTACK = replace(BEFORE, openstack=OpenStackFacts(CHARTS, "RegionOne"))
WITH_VOLUMES = replace(BEFORE, openstack=OpenStackFacts(CHARTS | {"cinder"}, "RegionOne"))

PASSWORD = "of-the-pods-admin"
SECRETS = Secrets(PASSWORD)
NO_SECRETS = Secrets()
