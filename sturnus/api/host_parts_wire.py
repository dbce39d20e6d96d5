"""Processors, memory, devices and service parameters on the wire (reference/inventory.md §6.1; clients.md §1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from sturnus.api.network_wire import moment
from sturnus.core.errors import Invalid
from sturnus.inventory.parameters.checks import Place
from sturnus.inventory.parameters.service import ServiceParameter
from sturnus.inventory.pci_devices import PciDevice
from sturnus.inventory.processors.model import Cpu, CpuFunction, CpuRequest, Memory, NumaNode

FUNCTIONS: Final = {
    "platform": CpuFunction.PLATFORM,
    "vswitch": CpuFunction.VSWITCH,
    "shared": CpuFunction.SHARED,
    "isolated": CpuFunction.ISOLATED,
    "application-isolated": CpuFunction.ISOLATED,
}
"""What `host-cpu-modify -f` calls them."""
MOST_CORES: Final = 4096

_NOT_REPORTED_OF_DEVICES: Final = (
    "pclass", "pvendor", "pdevice", "driver", "extra_info", "sriov_totalvfs", "sriov_numvfs", "sriov_vfs_pci_address",
    "sriov_vf_driver", "sriov_vf_pdevice_id", "created_at", "updated_at",
)  # fmt: skip

Socket = Annotated[
    dict[Annotated[str, Field(pattern=r"^\d{1,4}$")], Annotated[int, Field(ge=0, le=MOST_CORES)]], Field()
]


class CpuDivision(BaseModel):
    """Cores for one function: a count for each processor node, or a list of logical processors (`0-3,8`)."""

    model_config = ConfigDict(extra="ignore")

    function: Annotated[str, Field(max_length=32)]
    sockets: Annotated[list[Socket], Field(max_length=256)] = []
    cpulist: Annotated[str, Field(pattern=r"^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$", max_length=1024)] | None = None

    def to_request(self) -> CpuRequest:
        """As the inventory takes it."""
        function = FUNCTIONS.get(self.function.lower())
        if function is None:
            raise Invalid(
                f"{self.function!r} is no function of processors.",
                expected="one of " + ", ".join(FUNCTIONS),
                remedy="system help host-cpu-modify",
            )
        cores = {int(node): count for socket in self.sockets for node, count in socket.items()}
        if bool(cores) is (self.cpulist is not None):
            raise Invalid(
                "A number of cores, or a list of processors, is needed.",
                expected="one of the two",
                remedy="system help host-cpu-modify",
            )
        return CpuRequest(function, cores, None if self.cpulist is None else _numbers(self.cpulist))


CpuDivisions = Annotated[list[CpuDivision], Field(min_length=1, max_length=16)]


class ParametersToAdd(BaseModel):
    """Parameters of one section, as `service-parameter-add` sends them."""

    model_config = ConfigDict(extra="ignore")

    service: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    section: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")]
    personality: Annotated[StrictStr, Field(max_length=32)] | None = None
    resource: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9:._/-]{1,255}$")] | None = None
    parameters: Annotated[
        dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:._/-]{0,254}$")], StrictStr], Field(max_length=64)
    ]

    @property
    def place(self) -> Place:
        """Where they belong."""
        return Place(self.service, self.section, self.personality, self.resource)


class ParametersToApply(BaseModel):
    """Which parameters are to be used now."""

    model_config = ConfigDict(extra="ignore")

    service: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    section: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")] | None = None


def node_to_wire(node: NumaNode) -> dict[str, Any]:
    """One NUMA node."""
    return {
        "uuid": node.uuid,
        "ihost_uuid": node.host_uuid,
        "numa_node": node.numa_node,
        "capabilities": {},
        "created_at": None,
        "updated_at": None,
    }


def cpu_to_wire(cpu: Cpu) -> dict[str, Any]:
    """One processor. `core` is counted within its socket."""
    return {
        "uuid": cpu.uuid,
        "ihost_uuid": cpu.host_uuid,
        "inode_uuid": cpu.node_uuid,
        "cpu": cpu.cpu,
        "numa_node": cpu.numa_node,
        "core": cpu.core,
        "thread": cpu.thread,
        "cpu_family": None,
        "cpu_model": cpu.cpu_model,
        "allocated_function": cpu.function,
        "capabilities": {},
        "created_at": None,
        "updated_at": None,
    }


def memory_to_wire(memory: Memory) -> dict[str, Any]:
    """Memory of one NUMA node, in MiB and pages. What is pending is there after the next unlock."""
    usable = max(memory.total_mib - memory.platform_mib, 0)
    huge_now = memory.pages_2m * 2 + memory.pages_1g * 1024
    choice = memory.choice
    return {
        "uuid": memory.uuid,
        "ihost_uuid": memory.host_uuid,
        "inode_uuid": memory.node_uuid,
        "numa_node": memory.numa_node,
        "memtotal_mib": memory.total_mib,
        "memavail_mib": usable,
        "platform_reserved_mib": memory.platform_mib,
        "node_memtotal_mib": memory.total_mib,
        "hugepages_configured": huge_now > 0,
        "vswitch_hugepages_size_mib": memory.vswitch_page_mib,
        "vswitch_hugepages_nr": 0,
        "vswitch_hugepages_avail": 0,
        "vswitch_hugepages_reqd": choice.vswitch_pages,
        "vm_hugepages_nr_4K": max(usable - huge_now, 0) * 256,
        "vm_hugepages_nr_2M": memory.pages_2m,
        "vm_hugepages_avail_2M": memory.pages_2m,
        "vm_hugepages_nr_2M_pending": _pending(choice.pages_2m, memory.pages_2m),
        "vm_hugepages_possible_2M": usable // 2,
        "vm_hugepages_nr_1G": memory.pages_1g,
        "vm_hugepages_avail_1G": memory.pages_1g,
        "vm_hugepages_nr_1G_pending": _pending(choice.pages_1g, memory.pages_1g),
        "vm_hugepages_possible_1G": usable // 1024,
        "vm_hugepages_use_1G": True,
        "vm_pending_as_percentage": False,
        "capabilities": {},
        "minimum_platform_reserved_mib": None,
        "created_at": None,
        "updated_at": None,
    }


def device_to_wire(device: PciDevice) -> dict[str, Any]:
    """One PCI device. Names of classes and makers are not kept: the numbers are."""
    return {
        **dict.fromkeys(_NOT_REPORTED_OF_DEVICES),
        "uuid": device.uuid,
        "host_uuid": device.host_uuid,
        "name": device.name,
        "pciaddr": device.address,
        "pclass_id": device.class_id,
        "pvendor_id": device.vendor_id,
        "pdevice_id": device.device_id,
        "numa_node": device.numa_node,
        "enabled": device.enabled,
    }


def parameter_to_wire(parameter: ServiceParameter) -> dict[str, Any]:
    """One service parameter."""
    return {
        "uuid": parameter.uuid,
        "service": parameter.service,
        "section": parameter.section,
        "name": parameter.name,
        "value": parameter.value,
        "personality": parameter.personality,
        "resource": parameter.resource,
        "created_at": moment(parameter.created_at),
        "updated_at": moment(parameter.updated_at),
    }


def filters_of(fields: Iterable[str], values: Iterable[str]) -> dict[str, str]:
    """Narrow a list as public clients do: `q.field=service&q.value=identity`, repeated."""
    pairs = dict(zip(fields, values, strict=False))
    unknown = sorted(pairs.keys() - {"service", "section", "name"})
    if unknown or not all(re.fullmatch(r"[ -~]{0,255}", value) for value in pairs.values()):
        raise Invalid(
            f"The list cannot be narrowed by {', '.join(unknown)[:80] or 'such a value'}.",
            expected="service, section or name, and printable text",
            remedy="system help service-parameter-list",
        )
    return pairs


def _pending(chosen: int | None, present: int) -> int | None:
    return None if chosen == present else chosen


def _numbers(listed: str) -> frozenset[int]:
    found: set[int] = set()
    for part in listed.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
