"""`keystone::openstack`: the Keystone in the pods, as the inventory reads it (reference/inventory.md §1.2).

Upstream gave the inventory a section `[openstack_keystone_authtoken]` and never filled it with another address than the
platform's. Here it is a file of its own that is there while OpenStack is, and the password is in another one beside it.
"""

from __future__ import annotations

from sturnus.configuration.facts import KEYSTONE_HOST, KEYSTONE_PORT, HostFacts, PlatformFacts, Secrets
from sturnus.configuration.plugins import Plugin, Values


def _system(facts: PlatformFacts) -> Values:
    openstack = facts.openstack
    if openstack is None:
        return {"platform::params::stx_openstack_applied": False}
    return {
        "platform::params::stx_openstack_applied": True,
        "keystone::openstack::ensure": "present",
        "keystone::openstack::auth_uri": f"http://{KEYSTONE_HOST}:{KEYSTONE_PORT}",
        "keystone::openstack::username": openstack.username,
        "keystone::openstack::project_name": openstack.project,
        "keystone::openstack::user_domain_name": openstack.domain,
        "keystone::openstack::project_domain_name": openstack.domain,
        "keystone::openstack::region_name": openstack.region,
    }


def _secure_system(facts: PlatformFacts, secrets: Secrets) -> Values:
    if facts.openstack is None or secrets.openstack_admin_password is None:
        return {}
    # One secret, three readers that run as three users: each has a file of its own.
    readers = ("keystone::openstack", "nfv::nfvi", "platform::client")
    names = {"keystone::openstack": "password"}
    return {
        f"{reader}::{names.get(reader, 'openstack_password')}": secrets.openstack_admin_password for reader in readers
    }


def _classes(host: HostFacts) -> tuple[str, ...]:
    return ("keystone::openstack",) if host.is_controller else ()


PLUGIN = Plugin("keystone", system=_system, secure_system=_secure_system, classes=_classes)
