"""The chapters of the cloud: OpenStack comes from one tarball, and a user has a server in it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from demo.narration import ChapterFailed, Output, printed_by, say, typed
from demo.platform import announced, as_administrator, await_host, awaited, of_host, with_controller

COMPUTES: Final = ("compute-0", "compute-1")
DATA_NETWORKS: Final = (("physnet0", "flat"), ("tenants", "vxlan --multicast_group 239.1.1.1"))
PORTS: Final = ("eth2", "eth1")
"""Of a host, for the data networks above: the provider's, and the tunnels between servers."""
BOOTED: Final = "GUEST READY"
BOOT_SECONDS: Final = 240
EVACUATION_SECONDS: Final = 180
WANTED: Final = (
    ("network", "outside", (
        "network create --external --share --provider-network-type flat --provider-physical-network physnet0 outside",
        "subnet create --network outside --no-dhcp --subnet-range 172.31.79.0/24 --gateway 172.31.79.1"
        " --allocation-pool start=172.31.79.100,end=172.31.79.199 outside",
    )),
    ("network", "inside", (
        "network create inside", "subnet create --network inside --subnet-range 10.10.0.0/24 inside",
    )),
    ("router", "edge", ("router create --external-gateway outside edge", "router add subnet edge inside")),
    ("security group", "open", (
        "security group create open",
        "security group rule create --protocol icmp open",
        "security group rule create --protocol tcp open",
    )),
    ("flavor", "tiny", ("flavor create --ram 160 --disk 1 tiny",)),
    ("image", "guest", ("image create --disk-format qcow2 --file /usr/share/guest/guest.qcow2 guest",)),
    ("server", "web", (
        "server create --image guest --flavor tiny --network inside --security-group open web",
    )),
)  # fmt: skip
"""What a user of a new cloud makes first, in this order: kind, name, commands."""


def install(lab: str) -> None:
    """OpenStack in containers, by three commands: labels, upload, install."""
    as_administrator(lab)
    say("Images are built here, from Debian's and PyPI's packages; what has not changed is not built again.")
    typed(f"{sys.executable} -m apps.openstack.images build")
    typed(f"{sys.executable} -m apps.openstack.images publish --lab {lab}")
    directory = tempfile.gettempdir()
    typed(f"{sys.executable} -m apps.openstack.tarball --into {directory}")
    (tarball,) = Path(directory).glob("openstack-*.tgz")
    say("Labels say which hosts take part. compute-2 gets none: it stays a pure Kubernetes worker.")
    _in_service(lab)
    typed("system host-label-list compute-2")
    if "openstack" not in printed_by("system application-list --format value --column name").split():
        typed(f"system application-upload {tarball}")
    say("What would happen, release by release, and whether anything stands against it:")
    typed("system application-plan openstack")
    say("And it comes up. Each release starts the moment what its pods wait for is there; then a server is tried.")
    typed("system application-install openstack --watch")
    typed(f"lab kubectl --name {lab} -- get pods -n openstack -o wide")


def server(lab: str) -> None:
    """A user makes networks and a server, and reaches it from outside of the cloud."""
    say("The pod 'clients' has the openstack command. The platform's own Keystone knows nothing of these users.")
    for kind, name, commands in WANTED:
        if name not in printed_by(_openstack(lab, f"{kind} list -f value -c Name")).split():
            for command in commands:
                typed(_openstack(lab, command), Output.HIDDEN)
    _await_console(lab)
    if not printed_by(_openstack(lab, "floating ip list -f value -c ID")).split():
        typed(_openstack(lab, "floating ip create outside"), Output.HIDDEN)
        address = printed_by(_openstack(lab, "floating ip list -f value -c 'Floating IP Address'")).split()[0]
        typed(_openstack(lab, f"server add floating ip web {address}"))
    typed(_openstack(lab, "server list --long -c Name -c Status -c Networks -c Host"))
    say("From a machine outside of the cloud, on its provider network:")
    _ask_web(lab)


def move(lab: str) -> None:
    """A lock moves the server away while it runs."""
    as_administrator(lab)
    host = _host_of_web(lab)
    say(f"web runs on {host}, which goes out of service. What that would do is known beforehand:")
    typed(f"system host-lock --preview {host}")
    typed(f"system host-lock {host} --wait", Output.HIDDEN)
    typed(_openstack(lab, "server list --long -c Name -c Status -c Host"))
    say("It was not stopped: from outside it answers as before. Nova takes no servers on the locked host:")
    _ask_web(lab)
    typed(_openstack(lab, "compute service list --service nova-compute -c Host -c Status -c State"))
    typed(f"system host-unlock {host} --wait", Output.HIDDEN)
    typed(_openstack(lab, "compute service list --service nova-compute -c Host -c Status -c State"))


def evacuation(lab: str) -> None:
    """A host loses its power: it is switched off for sure, and its server started elsewhere."""
    as_administrator(lab)
    host = _host_of_web(lab)
    say(f"web runs on {host} now, which has a baseboard controller. Its plug is pulled, and nobody is told:")
    with_controller(lab, host)
    began = time.monotonic()
    typed(f"lab power --name {lab} off {host}")
    await_host(host, "fenced", field="fencing")
    elsewhere = next(each for each in COMPUTES if each != host)
    shown = _openstack(lab, "server show web -f value -c status -c OS-EXT-SRV-ATTR:host")
    awaited(
        lambda: printed_by(shown),
        lambda now: {elsewhere, "ACTIVE"} <= set(now.split()),
        f"web does not run on {elsewhere}",
        EVACUATION_SECONDS,
    )
    say(f"web runs on {elsewhere}, {time.monotonic() - began:.0f} s after the power went")
    typed(_openstack(lab, "server list --long -c Name -c Status -c Host"))
    typed("fm alarm-list")
    say("And back, by the operator's word. The host takes servers again by itself:")
    typed(f"system host-power-on {host} --wait", Output.HIDDEN)
    await_host(host, "available")
    _ask_web(lab)
    typed("system host-list")


def _host_of_web(lab: str) -> str:
    return printed_by(_openstack(lab, "server show web -f value -c OS-EXT-SRV-ATTR:host")).strip()


def _ask_web(lab: str) -> None:
    address = printed_by(_openstack(lab, "floating ip list -f value -c 'Floating IP Address'")).split()[0]
    asked = f"curl -sS --retry 30 --retry-all-errors --max-time 180 http://{address}/"
    typed(f"lab exec --name {lab} client -- {asked}")


def _in_service(lab: str) -> None:
    _controller_in_service(lab)
    there = printed_by("system datanetwork-list --format value --column name").split()
    for name, kind in DATA_NETWORKS:
        if name not in there:
            typed(f"system datanetwork-add {name} {kind}", Output.HIDDEN)
    for host in COMPUTES:
        _named(lab, host, "worker")
        commands = list(_wanting(host))
        if commands and of_host(host, "administrative") == "unlocked":
            typed(f"system host-lock {host} --wait", Output.HIDDEN)
        for command in commands:
            typed(command, Output.HIDDEN)
        _unlocked(host)


def _controller_in_service(lab: str) -> None:
    _named(lab, "controller-0", "controller")
    if "openstack-controller-node" not in printed_by("system host-label-list controller-0"):
        typed("system host-label-assign controller-0 openstack-controller-node", Output.HIDDEN)
    _unlocked("controller-0")


def _named(lab: str, host: str, personality: str) -> None:
    if host not in printed_by("system host-list --format value --column hostname").split():
        typed(f"system host-update {announced(lab, host)} personality={personality} hostname={host}", Output.HIDDEN)


def _unlocked(host: str) -> None:
    if of_host(host, "administrative") == "locked":
        typed(f"system host-unlock {host} --wait", Output.HIDDEN)
    await_host(host, "available")


def _wanting(host: str) -> Iterator[str]:
    """What a compute host still lacks: only a locked host changes."""
    if "openstack-compute-node" not in printed_by(f"system host-label-list {host}"):
        yield f"system host-label-assign {host} openstack-compute-node"
    carried = printed_by(f"system interface-datanetwork-list {host}")
    for port, (name, _) in zip(PORTS, DATA_NETWORKS, strict=True):
        if name not in carried:
            yield f"system host-if-modify -c data {host} {port}"
            yield f"system interface-datanetwork-assign {host} {port} {name}"


def _openstack(lab: str, command: str) -> str:
    return f"lab kubectl --name {lab} -- -n openstack exec deploy/clients -c clients -- openstack {command}"


def _await_console(lab: str) -> None:
    began = time.monotonic()

    def status() -> str:
        now = printed_by(_openstack(lab, "server show web -f value -c status")).strip()
        if now == "ERROR":
            raise ChapterFailed(printed_by(_openstack(lab, "server show web -f value -c fault")))
        log = printed_by(_openstack(lab, "console log show web")) if now == "ACTIVE" else ""
        return BOOTED if BOOTED in log else now

    awaited(status, lambda now: now == BOOTED, "web has not booted", BOOT_SECONDS)
    say(f"web has booted after {time.monotonic() - began:.0f} s, on a processor that is emulated")
