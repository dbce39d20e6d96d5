"""`platform::kubernetes::params`: the cluster as programs on hosts have to know it (reference/inventory.md §7.6)."""

from __future__ import annotations

import ipaddress
from typing import Final

from sturnus.configuration.facts import HostFacts, PlatformFacts
from sturnus.configuration.plugins import Plugin, Values

DNS: Final = 10
"""The cluster's name server is this address of the service network."""


ADMISSION: Final = "platform::kubernetes::node::admission"
"""Secret, JSON: what `sturnus node-join` reads."""


def _static(_: PlatformFacts) -> Values:
    return {"platform::kubernetes::params::service_domain": "cluster.local"}


def _system(facts: PlatformFacts) -> Values:
    networks = facts.networks
    found = {
        "platform::kubernetes::params::pod_network_cidr": networks.pod_cidr,
        "platform::kubernetes::params::service_network_cidr": networks.service_cidr,
        "platform::kubernetes::params::dns_service_ip": None
        if networks.service_cidr is None
        else str(ipaddress.ip_network(networks.service_cidr)[DNS]),
        "platform::kubernetes::params::apiserver_advertise_address": facts.mgmt_address,
    }
    return {key: value for key, value in found.items() if value is not None}


def _host(_: PlatformFacts, host: HostFacts) -> Values:
    return {} if host.mgmt_ip is None else {"platform::kubernetes::params::node_ip": host.mgmt_ip}


def _classes(host: HostFacts) -> tuple[str, ...]:
    return ("platform::kubernetes", *(("platform::kubernetes::node",) if host.joins else ()))


PLUGIN = Plugin("kubernetes", static=_static, system=_system, host=_host, classes=_classes)
