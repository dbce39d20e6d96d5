"""`platform::client`: what administrators source on a controller (reference/inventory.md §7.5)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sturnus.configuration.facts import KEYSTONE_HOST, KEYSTONE_PORT, HostFacts, OpenStackFacts, PlatformFacts
from sturnus.configuration.plugins import Plugin, Values
from sturnus.identity.openrc import CLOUD, ClientFacts, Interface, render_clouds, render_openrc

PASSWORD_FILE: Final = Path("/etc/platform/admin-password")
"""The platform's administrator: Keystone's `deliver` writes it."""
OPENSTACK_PASSWORD_FILE: Final = Path("/etc/platform/openstack-admin-password")
OPENSTACK_CLOUD: Final = "openstack"


def platform_client(facts: PlatformFacts) -> ClientFacts | None:
    """What clients are told of the platform's Keystone; None: there is none."""
    if facts.site.keystone_url is None:
        return None
    return ClientFacts(
        auth_url=f"{facts.site.keystone_url.rstrip('/')}/v3",
        password_file=PASSWORD_FILE,
        region=facts.system.region,
        ca_file=facts.site.keystone_ca_file,
    )


def openstack_client(openstack: OpenStackFacts) -> ClientFacts:
    """What they are told of the Keystone in the pods. Hosts reach its Service like pods, without TLS."""
    return ClientFacts(
        auth_url=f"http://{KEYSTONE_HOST}:{KEYSTONE_PORT}/v3",
        password_file=OPENSTACK_PASSWORD_FILE,
        username=openstack.username,
        project=openstack.project,
        region=openstack.region,
        domain=openstack.domain,
        interface=Interface.INTERNAL,
    )


def _system(facts: PlatformFacts) -> Values:
    found = {}
    clouds: dict[str, ClientFacts] = {}
    if (client := platform_client(facts)) is not None:
        found["platform::client::openrc"] = render_openrc(client)
        clouds[CLOUD] = client
    if facts.openstack is not None:
        client = openstack_client(facts.openstack)
        found["platform::client::openstack_openrc"] = render_openrc(client)
        clouds[OPENSTACK_CLOUD] = client
    if clouds:
        found["platform::client::clouds"] = render_clouds(clouds)
    return found


def _classes(host: HostFacts) -> tuple[str, ...]:
    return ("platform::client",) if host.is_controller else ()


PLUGIN = Plugin("client", system=_system, classes=_classes)
