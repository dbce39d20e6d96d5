"""What the VIM's two files have to hold before, with and after OpenStack: golden values of keys, not golden files.

Sources: reference/vim.md §6 and reference/inventory.md §7.4. The differences that were chosen are in
docs/reference/configuration.md.
"""

from __future__ import annotations

from collections.abc import Callable
from configparser import ConfigParser
from dataclasses import dataclass

from sturnus.configuration.service import Presence

VIM = "/etc/nfv/vim/config.ini"
NFVI = "/etc/nfv/nfv_plugins/nfvi_plugins/config.ini"

PLUGINS = ("image", "block_storage", "compute", "network", "guest", "fault_mgmt")
ADDRESS, RELEASE = "<the controller's address>", "<this release>"
"""Stand for what differs between platforms."""
_GOLDEN: dict[str, dict[tuple[str, str], tuple[str | None, str | None]]] = {
    # by section and key: (before and after, with OpenStack and volumes); None: it is not there
    VIM: {
        **{("nfvi", f"{plugin}_plugin_disabled"): ("True", "False") for plugin in PLUGINS},
        ("nfvi", "fault_management_pod_disabled"): ("True", "True"),
        ("nfvi", "config_file"): (NFVI, NFVI),
        ("instance-configuration", "single_hypervisor"): ("False", "False"),
        ("instance-configuration", "max_live_migrate_wait_in_secs"): ("180", "180"),
        ("instance-configuration", "max_cold_migrate_wait_in_secs"): ("900", "900"),
        ("instance-configuration", "max_resize_wait_in_secs"): ("900", "900"),
        ("instance-configuration", "max_evacuate_wait_in_secs"): ("900", "900"),
        ("instance-configuration", "max_concurrent_migrates_per_host"): ("1", "1"),
        ("instance-configuration", "max_concurrent_evacuates_per_host"): ("1", "1"),
        ("host-configuration", "max_host_deleting_wait_in_secs"): ("60", "60"),
        ("sw-mgmt-configuration", "single_controller"): ("False", "False"),
        ("database", "database_dir"): (f"/opt/platform/nfv/vim/{RELEASE}", f"/opt/platform/nfv/vim/{RELEASE}"),
        ("vim", "rpc_port"): ("4343", "4343"),
        ("vim-api", "host"): (ADDRESS, ADDRESS),
        ("vim-api", "port"): ("4545", "4545"),
        ("vim-webserver", "port"): ("32323", "32323"),
    },
    NFVI: {
        ("platform", "username"): ("vim", "vim"),
        ("platform", "tenant"): ("services", "services"),
        ("platform", "authorization_protocol"): ("https", "https"),
        ("platform", "authorization_ip"): (ADDRESS, ADDRESS),
        ("platform", "authorization_port"): ("5000", "5000"),
        ("openstack", "username"): (None, "admin"),
        ("openstack", "tenant"): (None, "admin"),
        ("openstack", "authorization_protocol"): (None, "http"),
        ("openstack", "authorization_ip"): (None, "keystone-api.openstack.svc.cluster.local"),
        ("openstack", "authorization_port"): (None, "5000"),
        ("openstack", "user_domain_name"): (None, "Default"),
        ("openstack", "project_domain_name"): (None, "Default"),
        ("nova", "endpoint_disabled"): ("True", "False"),
        ("neutron", "endpoint_disabled"): ("True", "False"),
        ("cinder", "endpoint_disabled"): ("True", "False"),
        ("nova", "endpoint_override"): (
            "http://127.0.0.1:18774",
            "http://nova-api.openstack.svc.cluster.local:8774",
        ),
        ("amqp", "host"): (None, "rabbitmq.openstack.svc.cluster.local"),
        ("amqp", "port"): (None, "5672"),
        ("amqp", "virt_host"): (None, "nova"),
        ("compute-rest-api", "host"): ("127.0.0.1", ADDRESS),
        ("compute-rest-api", "port"): ("30003", "30003"),
        ("compute-rest-api", "max_concurrent_requests"): ("128", "128"),
        ("compute-rest-api", "max_request_wait_in_secs"): ("120", "120"),
        ("infrastructure-rest-api", "port"): ("30001", "30001"),
        ("infrastructure-rest-api", "data_port_fault_handling_enabled"): ("True", "True"),
        ("guest-rest-api", "port"): ("30002", "30002"),
        ("host-listener", "port"): ("30004", "30004"),
        ("mtc", "endpoint_override"): ("http://localhost:2112", "http://localhost:2112"),
        ("guest", "endpoint_override"): ("http://localhost:2410", "http://localhost:2410"),
        ("keystone", "endpoint_type"): ("internal", "internal"),
        **{
            (section, "service_type"): (kind, kind)
            for section, kind in {
                "keystone": "identity",
                "sysinv": "platform",
                "patching": "patching",
                "fm": "faultmanagement",
                "nova": "compute",
                "neutron": "network",
                "glance": "image",
                "cinder": "volumev3",
                "heat": "orchestration",
                "ceilometer": "metering",
            }.items()
        },
        ("nfvi-timeouts", "openstack.get_token"): ("10", "10"),
        ("nfvi-timeouts", "neutron.disable_host_services"): ("40", "40"),
        ("nfvi-timeouts", "neutron.delete_host_services"): ("40", "40"),
        ("nfvi-timeouts", "sysinv"): ("45", "45"),
    },
}


Values = dict[str, dict[tuple[str, str], str | None]]
"""File, section and key to the value; None: it is not there."""


@dataclass(frozen=True)
class Golden:
    """The expectation on one platform."""

    address: str  # of its controller
    release: str

    def values(self, presence: Presence) -> Values:
        """What both files have to hold."""
        column = 1 if presence is Presence.INSTALLED else 0
        return {
            file: {where: self._here(values[column]) for where, values in keys.items()}
            for file, keys in _GOLDEN.items()
        }

    def _here(self, value: str | None) -> str | None:
        return None if value is None else value.replace(ADDRESS, self.address).replace(RELEASE, self.release)


def found(read: Callable[[str], str]) -> Values:
    """What both files hold; `read` gives the text of a file."""
    return {file: _values(read(file), list(keys)) for file, keys in _GOLDEN.items()}


def _values(text: str, keys: list[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
    parser = ConfigParser(interpolation=None)
    parser.read_string(text)
    return {(section, key): parser.get(section, key, fallback=None) for section, key in keys}
