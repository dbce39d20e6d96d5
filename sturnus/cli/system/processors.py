"""`system host-cpu-*`, `host-memory-*`, `host-node-*`, `host-device-*`."""

from __future__ import annotations

import argparse
from typing import Any

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.cli.system import host_names
from sturnus.cli.system.host_names import name_of, path_of

CPUS = {
    "uuid": "uuid", "cpu": "log_core", "numa_node": "processor", "core": "phy_core", "thread": "thread",
    "cpu_model": "processor_model", "allocated_function": "assigned_function",
}  # fmt: skip
CPU = (
    "cpu", "numa_node", "core", "thread", "allocated_function", "cpu_model", "cpu_family", "capabilities", "uuid",
    "ihost_uuid", "inode_uuid", "created_at", "updated_at",
)  # fmt: skip
FUNCTIONS = ("vswitch", "shared", "platform", "isolated", "application-isolated")

MEMORY = {
    "numa_node": "processor",
    "memtotal_mib": "mem_total(MiB)",
    "platform_reserved_mib": "mem_platform(MiB)",
    "memavail_mib": "mem_avail(MiB)",
    "hugepages_configured": "hugepages(hp)_configured",
    "vswitch_hugepages_size_mib": "vs_hp_size(MiB)",
    "vswitch_hugepages_nr": "vs_hp_total",
    "vswitch_hugepages_avail": "vs_hp_avail",
    "vswitch_hugepages_reqd": "vs_hp_reqd",
    "vm_hugepages_nr_4K": "app_total_4K",
    "vm_pending_as_percentage": "app_hp_as_percentage",
    "vm_hugepages_nr_2M": "app_hp_total_2M",
    "vm_hugepages_avail_2M": "app_hp_avail_2M",
    "vm_hugepages_nr_2M_pending": "app_hp_pending_2M",
    "vm_hugepages_nr_1G": "app_hp_total_1G",
    "vm_hugepages_avail_1G": "app_hp_avail_1G",
    "vm_hugepages_nr_1G_pending": "app_hp_pending_1G",
    "vm_hugepages_use_1G": "app_hp_use_1G",
}
MEMORY_SHOWN = (*MEMORY, "uuid", "ihost_uuid", "inode_uuid", "created_at", "updated_at")

NODES = {"uuid": "uuid", "numa_node": "numa_node", "capabilities": "capabilities"}
NODE = ("numa_node", "capabilities", "uuid", "ihost_uuid", "created_at", "updated_at")

DEVICES = {
    "name": "name", "pciaddr": "address", "pclass_id": "class id", "pvendor_id": "vendor id", "pdevice_id": "device id",
    "pclass": "class name", "pvendor": "vendor name", "pdevice": "device name", "numa_node": "numa_node",
    "enabled": "enabled",
}  # fmt: skip
DEVICE = (*DEVICES, "sriov_totalvfs", "sriov_numvfs", "sriov_vfs_pci_address", "extra_info", "created_at", "updated_at")


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    _command(commands, "host-cpu-list", "list the processors of a host", _list_cpus)
    cpu = _command(commands, "host-cpu-show", "show one processor", _show_cpu)
    cpu.add_argument("cpu", metavar="<log_core or uuid>")
    _add_cpu_modify(commands)
    _command(commands, "host-memory-list", "list the memory of a host", _list_memory)
    memory = _command(commands, "host-memory-show", "show the memory of one processor", _show_memory)
    memory.add_argument("processor", metavar="<processor>")
    _add_memory_modify(commands)
    _command(commands, "host-node-list", "list the NUMA nodes of a host", _list_nodes)
    node = _command(commands, "host-node-show", "show one NUMA node", _show_node)
    node.add_argument("node", metavar="<node number or uuid>")
    devices = _command(commands, "host-device-list", "list the PCI devices of a host", _list_devices)
    devices.add_argument("-a", "--all", action="store_true", help="also those that servers do not get")
    device = _command(commands, "host-device-show", "show one PCI device", _show_device)
    device.add_argument("device", metavar="<pci name or address>")


def _add_cpu_modify(commands: Any) -> None:
    modify = _command(commands, "host-cpu-modify", "give cores of a locked host to a function", _modify_cpus)
    modify.add_argument("-f", "--function", required=True, choices=FUNCTIONS)
    for processor in range(4):
        modify.add_argument(
            f"-p{processor}", f"--num_cores_on_processor{processor}", type=int, metavar="NUMBER",
            help=f"cores of processor {processor}",
        )  # fmt: skip
    modify.add_argument("-c", "--cpulist", metavar="LIST", help="certain processors instead: 2-3,6; with their threads")


def _add_memory_modify(commands: Any) -> None:
    modify = _command(commands, "host-memory-modify", "divide the memory of a locked host", _modify_memory)
    modify.add_argument("processor", metavar="<processor>")
    modify.add_argument("-m", "--platform_reserved_mib", metavar="MIB", help="for the host's own services")
    modify.add_argument(
        "-2M", "--hugepages_nr_2M_pending", dest="pages_2m", metavar="NUMBER", help="huge pages of 2 MiB"
    )
    modify.add_argument(
        "-1G", "--hugepages_nr_1G_pending", dest="pages_1g", metavar="NUMBER", help="huge pages of 1 GiB"
    )
    modify.add_argument("-f", "--function", choices=("application", "vm", "vswitch"), default="application",
                        help="whom the huge pages are for; application unless told")  # fmt: skip


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    host_names.add_argument(parser)
    output.add_options(parser)
    parser.set_defaults(run=run)
    return parser


def _list_cpus(platform: Platform, given: argparse.Namespace) -> None:
    _print_cpus(given, platform.get(f"{path_of(given.host)}/icpus")["icpus"])


def _print_cpus(given: argparse.Namespace, cpus: list[dict[str, Any]]) -> None:
    output.print_list(given, [_readable(given, cpu) for cpu in cpus], CPUS)


def _show_cpu(platform: Platform, given: argparse.Namespace) -> None:
    cpus = platform.get(f"{path_of(given.host)}/icpus")["icpus"]
    cpu = next((each for each in cpus if given.cpu in (str(each["cpu"]), each["uuid"])), None)
    if cpu is None:
        raise _missing(platform, given, "CPU logical core not found", f"cpu {given.cpu}", "host-cpu-list")
    output.print_one(given, _readable(given, cpu), CPU)


def _readable(given: argparse.Namespace, cpu: dict[str, Any]) -> dict[str, Any]:
    """The wire says Vswitch, people read vSwitch."""
    if given.format != "table" or cpu["allocated_function"] != "Vswitch":
        return cpu
    return {**cpu, "allocated_function": "vSwitch"}


def _modify_cpus(platform: Platform, given: argparse.Namespace) -> None:
    counted = {str(number): getattr(given, f"num_cores_on_processor{number}") for number in range(4)}
    sockets = [{number: count} for number, count in counted.items() if count is not None]
    if not sockets and given.cpulist is None:
        raise CommandError("Number of cores on Processor (Socket) not provided.", "add -p0 NUMBER, or -c LIST")
    wanted: dict[str, Any] = {"function": given.function}
    wanted |= {"sockets": sockets} if sockets else {}
    wanted |= {"cpulist": given.cpulist} if given.cpulist is not None else {}
    _print_cpus(given, platform.put(f"{path_of(given.host)}/state/host_cpus_modify", [wanted])["icpus"])


def _list_memory(platform: Platform, given: argparse.Namespace) -> None:
    output.print_list(given, platform.get(f"{path_of(given.host)}/imemorys")["imemorys"], MEMORY)


def _show_memory(platform: Platform, given: argparse.Namespace) -> None:
    output.print_one(given, _memory(platform, given), MEMORY_SHOWN)


def _modify_memory(platform: Platform, given: argparse.Namespace) -> None:
    if given.function == "vswitch":
        if given.pages_2m is not None and given.pages_1g is not None:
            raise CommandError("The virtual switch has pages of one size.", "give -2M or -1G")
        size, pages = (2, given.pages_2m) if given.pages_1g is None else (1024, given.pages_1g)
        wanted = {"vswitch_hugepages_reqd": pages, "vswitch_hugepages_size_mib": None if pages is None else size}
    else:
        wanted = {"vm_hugepages_nr_2M_pending": given.pages_2m, "vm_hugepages_nr_1G_pending": given.pages_1g}
    wanted["platform_reserved_mib"] = given.platform_reserved_mib
    changes = {name: value for name, value in wanted.items() if value is not None}
    if not changes:
        raise CommandError("Nothing to change.", "system help host-memory-modify")
    memory = _memory(platform, given)
    output.print_one(given, platform.patch(f"/imemorys/{memory['uuid']}", changes), MEMORY_SHOWN)


def _memory(platform: Platform, given: argparse.Namespace) -> dict[str, Any]:
    found: list[dict[str, Any]] = platform.get(f"{path_of(given.host)}/imemorys")["imemorys"]
    for memory in found:
        if given.processor in (str(memory["numa_node"]), memory["uuid"]):
            return memory
    raise _missing(platform, given, "Processor not found", f"processor {given.processor}", "host-memory-list")


def _list_nodes(platform: Platform, given: argparse.Namespace) -> None:
    output.print_list(given, platform.get(f"{path_of(given.host)}/inodes")["inodes"], NODES)


def _show_node(platform: Platform, given: argparse.Namespace) -> None:
    nodes = platform.get(f"{path_of(given.host)}/inodes")["inodes"]
    node = next((each for each in nodes if given.node in (str(each["numa_node"]), each["uuid"])), None)
    if node is None:
        raise _missing(platform, given, "Inode not found", f"node {given.node}", "host-node-list")
    output.print_one(given, node, NODE)


def _list_devices(platform: Platform, given: argparse.Namespace) -> None:
    devices = platform.get(f"{path_of(given.host)}/pci_devices")["pci_devices"]
    output.print_list(given, [each for each in devices if given.all or each["enabled"]], DEVICES)


def _show_device(platform: Platform, given: argparse.Namespace) -> None:
    devices = platform.get(f"{path_of(given.host)}/pci_devices")["pci_devices"]
    device = next((each for each in devices if given.device in (each["name"], each["pciaddr"])), None)
    if device is None:
        raise _missing(platform, given, "PCI devices not found", f"device {given.device}", "host-device-list -a")
    output.print_one(given, device, DEVICE)


def _missing(platform: Platform, given: argparse.Namespace, fault: str, what: str, command: str) -> CommandError:
    return CommandError(f"{fault}: host {name_of(platform, given.host)} {what}", f"system {command} {given.host}")
