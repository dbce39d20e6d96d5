"""The chapters of the cloud: OpenStack comes from one tarball, and a user has a server in it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from demo.beginning import COMPUTES
from demo.narration import ChapterFailed, Output, printed_by, say, typed
from demo.platform import (
    as_administrator,
    await_host,
    awaited,
    kubectl,
    show_vims_plugins,
    vims_plugins,
    with_controller,
)

IS_ON: Final = "compute_plugin_disabled=False"
IS_OFF: Final = "compute_plugin_disabled=True"
BOOTED: Final = "GUEST READY"
BUSY_SECONDS: Final = 600
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
    typed("python -m apps.openstack.images build")
    typed(f"python -m apps.openstack.images publish --lab {lab}")
    directory = tempfile.gettempdir()
    typed(f"python -m apps.openstack.tarball --into {directory}")
    (tarball,) = Path(directory).glob("openstack-*.tgz")
    if "openstack" not in printed_by("system application-list --format value --column name").split():
        typed(f"system application-upload {tarball}")
    status = "system application-show openstack --format value --column status"
    awaited(lambda: printed_by(status), lambda now: not now.strip().endswith("ing"), "openstack is busy", BUSY_SECONDS)
    say("What would happen, release by release, and whether anything stands against it:")
    typed("system application-plan openstack")
    say("And it comes up. Each release starts the moment what its pods wait for is there; then a server is tried.")
    typed("system application-install openstack --watch")
    typed(f"{kubectl(lab)} get pods -n openstack -o wide")
    say("Where the labels say so, and nowhere else: compute-2 has no pod of it. And the VIM's plugins are on:")
    awaited(lambda: printed_by(vims_plugins(lab)), lambda now: IS_ON in now, "the VIM's plugins are off")
    show_vims_plugins(lab)


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


def remove(lab: str) -> None:
    """OpenStack goes as it came, and the platform stays."""
    as_administrator(lab)
    if "openstack" not in printed_by("system application-list --format value --column name").split():
        say("There is no OpenStack on this lab: make demo CHAPTER=openstack brings it.")
        return
    if _host_of_web(lab):
        say("It is not removed while a user's server runs, unless that is said:")
        typed("system application-remove openstack --wait", ends={1})
        typed(_openstack(lab, "server delete --wait web"), Output.HIDDEN)
    typed("system application-remove openstack --wait")
    typed("system application-delete openstack")
    say("Nothing of it is left in the cluster, the VIM's plugins are off, and the hosts are in service as before:")
    typed(f"{kubectl(lab)} get namespaces")
    awaited(lambda: printed_by(vims_plugins(lab)), lambda now: IS_OFF in now, "the VIM's plugins are on")
    show_vims_plugins(lab)
    typed("system host-list")


def _host_of_web(lab: str) -> str:
    return printed_by(_openstack(lab, "server show web -f value -c OS-EXT-SRV-ATTR:host")).strip()


def _ask_web(lab: str) -> None:
    address = printed_by(_openstack(lab, "floating ip list -f value -c 'Floating IP Address'")).split()[0]
    asked = f"curl -sS --retry 30 --retry-all-errors --max-time 180 http://{address}/"
    typed(f"lab exec --name {lab} client -- {asked}")


def _openstack(lab: str, command: str) -> str:
    return f"{kubectl(lab)} -n openstack exec deploy/clients -c clients -- openstack {command}"


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
