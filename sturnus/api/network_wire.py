"""What networks, interfaces and ports look like on the wire (reference/inventory.md §6.1; reference/clients.md §1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sturnus.inventory.networking.model import (
    AddressPool,
    DataNetwork,
    DataNetworkAssignment,
    Interface,
    InterfaceClass,
    Network,
    NetworkAssignment,
    Port,
)

_NOT_KEPT_OF_INTERFACES: Final = (
    "channels",
    "max_rx_rate",
    "max_tx_rate",
    "primary_reselect",
    "schedpolicy",
    "sriov_vf_channels",
)
"""Fields that public clients ask for and that this platform does not keep: null."""

_NOT_REPORTED_OF_PORTS: Final = (
    "dev_id",
    "link_mode",
    "namedisplay",
    "pclass",
    "pdevice",
    "pvendor",
    "sriov_vf_driver",
    "sriov_vfs_pci_address",
)


def pool_to_wire(pool: AddressPool) -> dict[str, Any]:
    """One address pool."""
    return {
        "id": pool.id,
        "uuid": pool.uuid,
        "name": pool.name,
        "network": pool.network,
        "prefix": pool.prefix,
        "order": pool.order,
        "ranges": [list(pair) for pair in pool.ranges],
        "floating_address": pool.floating_address,
        "controller0_address": pool.controller0_address,
        "controller1_address": pool.controller1_address,
        "gateway_address": pool.gateway_address,
        "created_at": moment(pool.created_at),
        "updated_at": moment(pool.updated_at),
    }


def network_to_wire(network: Network) -> dict[str, Any]:
    """One network of the platform."""
    return {
        "id": network.id,
        "uuid": network.uuid,
        "name": network.name,
        "type": network.type,
        "dynamic": network.dynamic,
        "pool_uuid": network.pool_uuid,
        "created_at": moment(network.created_at),
        "updated_at": moment(network.updated_at),
    }


def data_network_to_wire(data_network: DataNetwork) -> dict[str, Any]:
    """One data network."""
    return {
        "id": data_network.id,
        "uuid": data_network.uuid,
        "name": data_network.name,
        "network_type": data_network.network_type,
        "mtu": data_network.mtu,
        "description": data_network.description,
        "port_num": data_network.port_num,
        "multicast_group": data_network.multicast_group,
        "ttl": data_network.ttl,
        "mode": data_network.mode,
        "created_at": moment(data_network.created_at),
        "updated_at": moment(data_network.updated_at),
    }


def interface_to_wire(interface: Interface) -> dict[str, Any]:
    """One interface. Class `none` is null: by that, public clients leave it out of their list."""
    return {
        **dict.fromkeys(_NOT_KEPT_OF_INTERFACES),
        "id": interface.id,
        "uuid": interface.uuid,
        "forihostid": interface.host_id,
        "ihost_uuid": interface.host_uuid,
        "ifname": interface.ifname,
        "iftype": interface.iftype,
        "ifclass": None if interface.ifclass is InterfaceClass.NONE else interface.ifclass,
        "imtu": interface.imtu,
        "imac": interface.imac,
        "ports": [] if interface.port_name is None else [interface.port_name],
        "vlan_id": interface.vlan_id,
        "aemode": interface.aemode,
        "txhashpolicy": interface.txhashpolicy,
        "sriov_numvfs": interface.sriov_numvfs,
        "sriov_vf_driver": interface.sriov_vf_driver,
        "ptp_role": interface.ptp_role,
        "ipv4_mode": interface.ipv4_mode,
        "ipv6_mode": interface.ipv6_mode,
        "ipv4_pool": interface.ipv4_pool,
        "ipv6_pool": interface.ipv6_pool,
        "uses": list(interface.uses),
        "used_by": list(interface.used_by),
        "networks": [each.network_name for each in interface.networks],
        "datanetworks": [each.datanetwork_name for each in interface.data_networks],
        "created_at": moment(interface.created_at),
        "updated_at": moment(interface.updated_at),
    }


def port_to_wire(port: Port) -> dict[str, Any]:
    """One port, for `ports` and `ethernet_ports` alike."""
    return {
        **dict.fromkeys(_NOT_REPORTED_OF_PORTS),
        "uuid": port.uuid,
        "host_uuid": port.host_uuid,
        "interface_uuid": port.interface_uuid,
        "name": port.name,
        "type": "ethernet",
        "mac": port.mac,
        "mtu": port.mtu,
        "speed": port.speed_mbps,
        "pciaddr": port.pci_address,
        "numa_node": port.numa_node,
        "driver": port.driver,
        "dpdksupport": False,  # nothing reports that the virtual switch could drive it
        "bootp": None,
        "sriov_totalvfs": port.sriov_totalvfs,
        "sriov_numvfs": None,
        "capabilities": {},
        "created_at": None,
        "updated_at": None,
    }


def assignment_to_wire(assignment: NetworkAssignment) -> dict[str, Any]:
    """A connection to a network. `forihostid` is how public clients find the host's name."""
    return {
        "id": assignment.id,
        "uuid": assignment.uuid,
        "forihostid": assignment.host_id,
        "interface_uuid": assignment.interface_uuid,
        "ifname": assignment.ifname,
        "network_id": assignment.network_id,
        "network_uuid": assignment.network_uuid,
        "network_name": assignment.network_name,
        "network_type": assignment.network_type,
    }


def data_assignment_to_wire(assignment: DataNetworkAssignment) -> dict[str, Any]:
    """A carrier of a data network."""
    return {
        "id": assignment.id,
        "uuid": assignment.uuid,
        "forihostid": assignment.host_id,
        "interface_uuid": assignment.interface_uuid,
        "ifname": assignment.ifname,
        "datanetwork_id": assignment.datanetwork_id,
        "datanetwork_uuid": assignment.datanetwork_uuid,
        "datanetwork_name": assignment.datanetwork_name,
        "network_type": assignment.network_type,
    }


def moment(moment: datetime | None) -> str | None:
    """A moment, with its zone."""
    return None if moment is None else moment.isoformat()
