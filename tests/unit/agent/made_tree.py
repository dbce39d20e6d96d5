"""A made host: /proc and /sys as a machine with two sockets has them."""

from pathlib import Path

FILES = {
    "proc/sys/kernel/hostname": "compute-7\n",
    "proc/uptime": "7876.90 7923.37\n",
    "proc/meminfo": "MemTotal:        6291456 kB\nMemFree:  1 kB\n",
    "proc/cpuinfo": "processor\t: 0\nmodel name\t: Made CPU @ 2.00GHz\n",
    "proc/net/route": (
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth9\t00000000\t01020A0A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        "eth0\t00000000\t014D1FAC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "*\t0000FEA9\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        "eth0\t004D1FAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    ),
    "proc/net/fib_trie": (
        "Main:\n           |-- 127.0.0.1\n              /32 host LOCAL\n"
        "              |-- 10.244.0.1\n                 /32 host LOCAL\n"
        "              |-- 172.31.77.20\n                 /32 host LOCAL\n"
        "              |-- 172.31.77.255\n                 /32 link BROADCAST\n"
    ),
    "sys/class/net/lo/type": "772",
    "sys/class/net/eth0/type": "1",
    "sys/class/net/eth0/address": "52:54:00:4D:14:00",
    "sys/class/net/eth0/addr_assign_type": "3",
    "sys/class/net/eth0/speed": "10000",
    "sys/class/net/eth0/mtu": "1500",
    "sys/class/net/eth0/uevent": "INTERFACE=eth0\nIFINDEX=2",
    "sys/class/net/eth1/type": "1",
    "sys/class/net/eth1/address": "52:54:00:4d:14:01",
    "sys/class/net/eth1/addr_assign_type": "1",
    "sys/class/net/eth1/device/vendor": "0x8086",
    "sys/class/net/eth1/speed": "-1",
    "sys/class/net/eth1/mtu": "9000",
    "sys/class/net/cni0/type": "1",
    "sys/class/net/cni0/addr_assign_type": "3",
    "sys/class/net/cni0/uevent": "DEVTYPE=bridge\nINTERFACE=cni0",
    "sys/class/net/veth1/type": "1",
    "sys/class/net/veth1/addr_assign_type": "1",
    "sys/block/loop0/size": "8",
    "sys/block/sda/size": "2097152",
    "sys/block/sda/queue/rotational": "0",
    "sys/block/sda/device/model": "Made  Disk\n",
    "sys/bus/pci/devices/0000:00:01.0/vendor": "0x1af4",
    "sys/bus/pci/devices/0000:00:01.0/device": "0x1041",
    "sys/bus/pci/devices/0000:00:01.0/class": "0x020000",
    "sys/bus/pci/devices/0000:00:01.0/numa_node": "-1",
    "sys/devices/system/cpu/cpu10/topology/core_id": "1",
    "sys/devices/system/cpu/cpu10/topology/physical_package_id": "1",
    "sys/devices/system/cpu/cpu2/topology/core_id": "0",
    "sys/devices/system/cpu/cpu2/topology/physical_package_id": "0",
    "sys/devices/system/cpu/cpu3/online": "0",
    "sys/devices/system/cpu/cpufreq/boost": "1",
    "sys/devices/system/node/node0/cpulist": "0-3,8",
    "sys/devices/system/node/node0/meminfo": "Node 0 MemTotal:  2097152 kB",
    "sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages": "512",
    "sys/devices/system/node/node1/cpulist": "9-10",
    "sys/devices/system/node/node1/meminfo": "Node 1 MemTotal:  4194304 kB",
    "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "512",
    "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages": "0",
}


def make_tree(root: Path, **changes: str) -> Path:
    """`changes` by path, with '/' written as '__'."""
    for name, content in (FILES | {path.replace("__", "/"): text for path, text in changes.items()}).items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root
