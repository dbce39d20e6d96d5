"""Makes a node of a machine, by kubeadm: initialise, join, reset. Each is safe to repeat.

kubeadm is not: what it left half done it refuses to go over. So a step that did not reach its end is undone first, and
the end is a file that only a finished step writes. Source: reference/lab.md §4.

    nothing there        -> begin            begun, not ended -> undo, begin
    ended                -> nothing to do    made by others   -> refuse
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from sturnus.agent import leaving
from sturnus.configuration.bare.host import Host, HostFile
from sturnus.core.errors import Conflict, Unavailable

STARTED: Final = "/etc/kubernetes/sturnus-started"
FINISHED: Final = "/etc/kubernetes/sturnus-finished"
JOINED_AS: Final = f"/{leaving.JOINED_AS}"
"""Uuid of the host that joined; the agent compares it with who it is (`sturnus.agent.leaving`)."""
CONFIGURATION: Final = "/etc/kubernetes/kubeadm.yaml"
KUBELET: Final = "/var/lib/kubelet/config.yaml"
CRI: Final = "/run/containerd/containerd.sock"
CRI_SOCKET: Final = f"unix://{CRI}"
LOCK: Final = "/run/lock/kubeadm"
ADMINISTRATOR: Final = "/etc/kubernetes/admin.conf"
INIT_DEADLINE: Final = timedelta(minutes=4)
JOIN_DEADLINE: Final = timedelta(minutes=3)
RUNTIME_DEADLINE: Final = timedelta(seconds=30)
LOOK_EVERY: Final = 0.2
CNI_FILE: Final = "/etc/cni/net.d/10-pods.conflist"
CNI_NAME: Final = "pods"
BRIDGE: Final = "cni0"
ROUTES: Final = 83
"""What the pod network's routes say of who made them (rtnetlink's `protocol`), so that others' are told from them."""
# What kubeadm reset leaves behind and says so: a rejoining node gets another pod range. Each by the name that the pod
# network or kube-proxy gave it: the host may have a firewall, routes and containers that are its operator's. What was
# written by iptables stays until the host restarts, as after kubeadm's own reset. Our own marks go last.
LEFTOVERS: Final = f"""
rm -rf {CNI_FILE} /var/lib/cni/networks/{CNI_NAME} /var/lib/cni/results/{CNI_NAME}-*
ip -o link show master {BRIDGE} type veth 2>/dev/null |
  sed -n 's/^[0-9]*: \\([^@:]*\\)[@:].*/\\1/p' | while read -r link; do ip link delete "$link"; done
ip link delete {BRIDGE} 2>/dev/null
ip route flush protocol {ROUTES}
for family in ip ip6; do nft delete table $family kube-proxy 2>/dev/null; done
rm -rf /etc/kubernetes
mkdir -p /etc/kubernetes
"""


class Outcome(StrEnum):
    """What came of a step."""

    DONE = "done"
    WAS_SO = "was so already"


class Next(StrEnum):
    """What has to be done with a machine that shall be a node."""

    NOTHING = "nothing"
    BEGIN = "begin"
    UNDO_AND_BEGIN = "undo what was left half done, and begin"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What lies on the machine."""

    started: bool
    finished: bool
    has_kubelet_configuration: bool  # kubeadm's, whoever ran it


def next_step(facts: NodeFacts) -> Next:
    """Decide from what lies there. No I/O."""
    if facts.finished:
        return Next.NOTHING
    if facts.started:
        return Next.UNDO_AND_BEGIN
    return Next.REFUSE if facts.has_kubelet_configuration else Next.BEGIN


def is_member(host: Host) -> bool:
    """Whether a step has made a node of this machine, to the end."""
    return _facts(host).finished


def initialise(host: Host, configuration: str) -> Outcome:
    """Make this machine a cluster's first control plane. `configuration`: for `kubeadm init --config`."""
    return _make(host, "init", configuration, INIT_DEADLINE, "--skip-token-print")


def join(host: Host, configuration: str, joined_as: str | None = None) -> Outcome:
    """Make this machine a node of a cluster. `configuration` holds the token, and is removed at the end.

    `joined_as`: uuid of the host in the inventory; None: others look after the node, and the agent does not end it.
    """
    outcome = _make(host, "join", configuration, JOIN_DEADLINE)
    if joined_as is not None:
        host.put([HostFile(JOINED_AS, f"{joined_as}\n")])
    host.run(["rm", "-f", CONFIGURATION])
    return outcome


def reset(host: Host) -> None:
    """Undo what init or join did: prepared again, and no node. The node object is the caller's."""
    host.run(["rm", "-f", FINISHED])
    host.run(["kubeadm", "reset", "--force", "--cri-socket", CRI_SOCKET], deadline=JOIN_DEADLINE)
    host.run(["sh", "-c", LEFTOVERS])


def await_runtime(host: Host) -> None:
    """Wait for the container runtime's socket. Unavailable if it does not come."""
    end = time.monotonic() + RUNTIME_DEADLINE.total_seconds()
    while not _has(host, CRI):
        if time.monotonic() > end:
            raise Unavailable(
                f"there is no {CRI}",
                expected=f"containerd's socket within {RUNTIME_DEADLINE.total_seconds():.0f} s",
                remedy="see what containerd's log says",
            )
        time.sleep(LOOK_EVERY)


def _make(host: Host, step: str, configuration: str, deadline: timedelta, *options: str) -> Outcome:
    _await_other_attempt(host)
    decision = next_step(_facts(host))
    match decision:
        case Next.NOTHING:
            return Outcome.WAS_SO
        case Next.REFUSE:
            raise Conflict(
                "this host is a Kubernetes node already, and it was not made by this platform",
                expected=f"no {KUBELET}",
                remedy="kubeadm reset, or adopt the cluster: docs/how-to/adopt-a-cluster.md",
            )
        case Next.UNDO_AND_BEGIN:
            reset(host)
        case Next.BEGIN:
            pass
        case _:
            assert_never(decision)
    await_runtime(host)
    host.put([HostFile(STARTED, ""), HostFile(CONFIGURATION, configuration, 0o600)])
    # The end is marked in one go with the step: who called it need not live to see it.
    script = f'"$@" && : >{FINISHED}'
    argv = ["kubeadm", step, "--config", CONFIGURATION, *options]
    host.run(["flock", LOCK, "sh", "-c", script, "sh", *argv], deadline=deadline)
    return Outcome.DONE


def _await_other_attempt(host: Host) -> None:
    """A kubeadm goes on when the command that started it is killed; nothing good comes of a second beside it."""
    wait = ["flock", "--timeout", str(int(INIT_DEADLINE.total_seconds())), LOCK, "true"]
    host.run(wait, deadline=INIT_DEADLINE * 2)


def _facts(host: Host) -> NodeFacts:
    return NodeFacts(_has(host, STARTED), _has(host, FINISHED), _has(host, KUBELET))


def _has(host: Host, path: str) -> bool:
    return host.run(["sh", "-c", '[ -e "$1" ] && echo yes || true', "sh", path]).strip() == "yes"
