"""`nfv::*`: the VIM's two files (reference/inventory.md §1.1, §7.4; reference/vim.md §6).

While OpenStack is not installed every plugin of it is off, and there are no `openstack_*` keys at all: what is not
there cannot be used by mistake. (Upstream pointed them at the platform's Keystone then.)
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from sturnus.configuration.facts import (
    KEYSTONE_HOST,
    KEYSTONE_PORT,
    NOVA_URL,
    RABBIT_HOST,
    Chart,
    HostFacts,
    OpenStackFacts,
    PlatformFacts,
)
from sturnus.configuration.plugins import Plugin, Values
from sturnus.core.states import SystemMode

PLUGINS: Final = {
    "block_storage_plugin_disabled": Chart.CINDER,
    "compute_plugin_disabled": Chart.NOVA,
    "network_plugin_disabled": Chart.NEUTRON,
    "image_plugin_disabled": Chart.GLANCE,
    "guest_plugin_disabled": Chart.NOVA,  # guests are what Nova runs
}
"""`nfv::vim::KEY`: on as soon as the application brings that chart."""
ENDPOINTS: Final = {
    "nova_endpoint_disabled": Chart.NOVA,
    "neutron_endpoint_disabled": Chart.NEUTRON,
    "cinder_endpoint_disabled": Chart.CINDER,
}
"""`nfv::nfvi::KEY`, the same way."""
REGIONS: Final = ("nova", "neutron", "glance", "cinder", "heat", "ceilometer")


def _static(facts: PlatformFacts) -> Values:
    return {"nfv::vim::database_dir": f"/opt/platform/nfv/vim/{facts.site.software_version}"}


def _system(facts: PlatformFacts) -> Values:
    simplex = facts.system.mode is SystemMode.SIMPLEX
    charts: frozenset[str] = frozenset() if facts.openstack is None else facts.openstack.charts
    return {
        **{f"nfv::vim::{key}": True for key, chart in PLUGINS.items() if chart not in charts},
        **{f"nfv::nfvi::{key}": True for key, chart in ENDPOINTS.items() if chart not in charts},
        **({"nfv::vim::fault_mgmt_plugin_disabled": True} if facts.openstack is None else {}),
        "nfv::vim::fault_management_pod_disabled": True,
        "nfv::vim::instance_single_hypervisor": simplex,
        "nfv::vim::sw_mgmt_single_controller": simplex,
        **_addresses(facts),
        **_platform(facts),
        **({} if facts.openstack is None else _openstack(facts.openstack)),
    }


def _addresses(facts: PlatformFacts) -> Values:
    mgmt, oam = facts.mgmt_address, facts.networks.oam_floating
    found = {
        "nfv::vim::vim_api_ip": mgmt,
        "nfv::vim::vim_webserver_ip": oam or mgmt,
        "nfv::nfvi::host_listener_host": mgmt,
        "nfv::nfvi::infrastructure_rest_api_host": mgmt,
        # A proxy in a pod must reach it; without OpenStack nobody has to.
        "nfv::nfvi::compute_rest_api_host": None if facts.openstack is None else mgmt,
    }
    return {key: value for key, value in found.items() if value is not None}


def _platform(facts: PlatformFacts) -> Values:
    regions = {
        f"nfv::nfvi::{service}_region_name": facts.system.region for service in ("keystone", "sysinv", "patching", "fm")
    }
    if facts.site.keystone_url is None:
        return regions
    url = urlsplit(facts.site.keystone_url)
    return {
        **regions,
        "nfv::nfvi::platform_auth_protocol": url.scheme,
        "nfv::nfvi::platform_auth_host": url.hostname,
        "nfv::nfvi::platform_auth_port": url.port or KEYSTONE_PORT,
        "nfv::nfvi::platform_username": "vim",
        "nfv::nfvi::platform_tenant": "services",
        "nfv::nfvi::platform_user_domain": "Default",
        "nfv::nfvi::platform_project_domain": "Default",
    }


def _openstack(openstack: OpenStackFacts) -> Values:
    return {
        "nfv::nfvi::openstack_auth_host": KEYSTONE_HOST,
        "nfv::nfvi::openstack_auth_port": KEYSTONE_PORT,
        "nfv::nfvi::openstack_username": openstack.username,
        "nfv::nfvi::openstack_tenant": openstack.project,
        "nfv::nfvi::openstack_user_domain": openstack.domain,
        "nfv::nfvi::openstack_project_domain": openstack.domain,
        "nfv::nfvi::nova_endpoint_override": NOVA_URL,
        **{f"nfv::nfvi::{service}_region_name": openstack.region for service in REGIONS},
        "nfv::nfvi::rabbit_host": RABBIT_HOST,
        "nfv::nfvi::rabbit_port": 5672,
        "nfv::nfvi::rabbit_virtual_host": "nova",
    }


def _classes(host: HostFacts) -> tuple[str, ...]:
    return ("nfv::vim", "nfv::nfvi") if host.is_controller else ()


PLUGIN = Plugin("nfv", static=_static, system=_system, classes=_classes)
