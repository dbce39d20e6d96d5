"""The chapters of the platform: from bare hosts to a controller, and from announced hosts to a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from demo.narration import Output, printed_by, say, typed
from demo.platform import (
    announced,
    as_administrator,
    await_host,
    await_label,
    await_node,
    kubectl,
    of_host,
    outside,
    show_vims_plugins,
)
from sturnus.cli.config_controller.main import FLAG

COMPUTES: Final = ("compute-0", "compute-1")
PURE_WORKER: Final = "compute-2"
DATA_NETWORKS: Final = (("physnet0", "flat"), ("tenants", "vxlan --multicast_group 239.1.1.1"))
PORTS: Final = ("eth2", "eth1")
"""Of a host, for the data networks above: the provider's, and the tunnels between servers."""
WITHOUT_NODES: Final = frozenset({0, 3})
"""How `lab status` may end: hosts that are not unlocked are no nodes yet."""


def hosts(lab: str) -> None:
    """Hosts as an installer leaves them."""
    say("Four machines: a controller and three workers, each with its own disk, network ports and power switch.")
    say("An installer has been there: packages, certificates, an agent. Nothing is configured; there is no Kubernetes.")
    typed("lab doctor")
    typed(f"lab up --bare --name {lab} --workers 3")
    typed(f"lab status --name {lab}", ends=WITHOUT_NODES)


def configuration(lab: str) -> None:
    """One file and one command make a platform of the controller."""
    on_controller = f"lab exec --name {lab} controller-0 --"
    say("What this system is stands in one file:")
    typed(f"{on_controller} cat /root/config.ini")
    say("One command makes it so: Keystone, Kubernetes by kubeadm, the platform's services, and the inventory.")
    if printed_by(f"{on_controller} ls {FLAG}"):
        say("(It did, in an earlier run of this story; it would refuse to do so twice.)")
    else:
        public = f"--public-host {outside(lab, 'controller-0')}"
        typed(f"{on_controller} config_controller --config-file /root/config.ini {public}")
    as_administrator(lab)
    typed("system host-list")
    say("OpenStack is not there, so the VIM's plugins for it are off:")
    show_vims_plugins(lab)


def labels(lab: str) -> None:
    """What a host is for: a name, a personality, labels. Going into service makes it a node."""
    as_administrator(lab)
    say("Each host's agent has announced it; nobody typed them in. Names and personalities are the operator's to give:")
    for host in (*COMPUTES, PURE_WORKER):
        if host not in printed_by("system host-list --format value --column hostname").split():
            typed(f"system host-update {announced(lab, host)} personality=worker hostname={host}", Output.HIDDEN)
    typed("system host-list")
    say(f"Labels decide what a host runs. {PURE_WORKER} gets none: it stays a pure Kubernetes worker.")
    _label_controller()
    _data_networks()
    for host in COMPUTES:
        _have(host, list(_wanted_of_compute(host)))
    _unlocked(PURE_WORKER)
    typed("system host-label-list compute-0")
    say("Each became a node when it was unlocked, and its labels are on the node:")
    for host in (*COMPUTES, PURE_WORKER):
        await_node(lab, host, "Ready")
    for host in COMPUTES:
        await_label(lab, host, "openstack-compute-node=enabled")
    typed(f"{kubectl(lab)} get nodes -L openstack-control-plane -L openstack-compute-node")
    typed("system host-list")


def cluster(lab: str) -> None:
    """What has come up by itself."""
    say("Kubernetes came up by kubeadm. Programs and images were built here; the registry is the lab's own.")
    typed(f"{kubectl(lab)} get nodes -o wide")
    typed(f"{kubectl(lab)} get pods -A")


def _label_controller() -> None:
    if "openstack-controller-node" not in printed_by("system host-label-list controller-0"):
        _have("controller-0", ["system host-label-assign controller-0 openstack-controller-node"])


def _data_networks() -> None:
    there = printed_by("system datanetwork-list --format value --column name").split()
    for name, kind in DATA_NETWORKS:
        if name not in there:
            typed(f"system datanetwork-add {name} {kind}", Output.HIDDEN)


def _wanted_of_compute(host: str) -> Iterator[str]:
    """The commands for what a compute host still lacks."""
    if "openstack-compute-node" not in printed_by(f"system host-label-list {host}"):
        yield f"system host-label-assign {host} openstack-compute-node"
    carried = printed_by(f"system interface-datanetwork-list {host}")
    for port, (name, _) in zip(PORTS, DATA_NETWORKS, strict=True):
        if name not in carried:
            yield f"system host-if-modify -c data {host} {port}"
            yield f"system interface-datanetwork-assign {host} {port} {name}"


def _have(host: str, commands: list[str]) -> None:
    """Type them, on a locked host: only such a one changes."""
    if commands and of_host(host, "administrative") == "unlocked":
        typed(f"system host-lock {host} --wait", Output.HIDDEN)
    for command in commands:
        typed(command, Output.HIDDEN)
    _unlocked(host)


def _unlocked(host: str) -> None:
    if of_host(host, "administrative") == "locked":
        typed(f"system host-unlock {host} --wait", Output.HIDDEN)
    await_host(host, "available")
