"""Hosts' baseboard controllers, as the platform is told of them."""

from __future__ import annotations

from lab.rack import credentials
from tests.integration.openstack.cloud import Cloud


def with_a_controller(cloud: Cloud, host: str) -> None:
    """Have the platform know the host's baseboard controller: without it, it fences nobody."""
    login = credentials.ensure(cloud.lab, cloud.lab.host(host))
    fields = {
        "bm_type": "redfish", "bm_ip": cloud.lab.host(host).bmc_address, "bm_username": login.user,
        "bm_password": login.password,
    }  # fmt: skip
    cloud.system("host-update", host, *(f"{field}={value}" for field, value in fields.items()))
