"""Steps 2 to 4: initialise the control plane, join a host, reset a host. Each is safe to repeat.

kubeadm is not: what it left half done it refuses to go over. So a step that did not reach its end is undone first, and
the end is a file that only a finished step writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lab.ground.commands import CommandFailed
from lab.ground.description import Host, Lab, Role
from lab.ground.errors import LabError
from lab.ground.waiting import until
from lab.kubernetes import kubeadm
from lab.machine import inside
from lab.machine.disk import HostFile

STARTED: Final = "/etc/kubernetes/started-by-the-lab"
FINISHED: Final = "/etc/kubernetes/finished-by-the-lab"
INIT_DEADLINE: Final = timedelta(minutes=4)
JOIN_DEADLINE: Final = timedelta(minutes=3)
ADMIN: Final = "/etc/kubernetes/admin.conf"
# What kubeadm reset leaves behind and says so: a rejoining node gets another pod range.
LEFTOVERS: Final = """
rm -rf /etc/cni/net.d/* /var/lib/cni /etc/kubernetes
ip link delete cni0 2>/dev/null
ip -o link | sed -n 's/^[0-9]*: \\(veth[^@:]*\\)[@:].*/\\1/p' | while read -r link; do ip link delete "$link"; done
ip route | sed -n 's/^\\(10\\.244\\.[0-9./]*\\) via.*/\\1/p' | while read -r route; do ip route delete "$route"; done
nft flush ruleset
mkdir -p /etc/kubernetes
"""


@dataclass(frozen=True, slots=True)
class JoinTicket:
    """What lets hosts into a cluster, for a quarter of an hour."""

    token: str
    ca_hash: str
    certificate_key: str | None  # only where control planes join


def is_member(lab: Lab, host: Host) -> bool:
    """Whether a step has made a node of this host, to the end."""
    return _has(lab, host, FINISHED)


def initialise(lab: Lab, host: Host) -> None:
    """Make this host the cluster's first control plane."""
    if is_member(lab, host):
        return
    _undo_unfinished(lab, host)
    _await_containerd(lab, host)
    _start(lab, host, kubeadm.init_configuration(lab, host))
    _kubeadm(lab, host, "init", "--config", kubeadm.CONFIGURATION_FILE, "--skip-token-print", deadline=INIT_DEADLINE)
    _finish(lab, host)


def ticket(lab: Lab, controller: Host, *, for_roles: frozenset[Role]) -> JoinTicket:
    """Let hosts of these roles into the cluster that `controller` leads."""
    printed = inside.run(
        lab, controller, ["kubeadm", "token", "create", "--ttl", "15m", "--print-join-command", "--kubeconfig", ADMIN]
    )
    found = re.search(r"--token (\S+).*--discovery-token-ca-cert-hash (\S+)", printed)
    if not found:
        raise LabError("kubeadm token create printed no token", f"lab exec {controller.name} -- kubeadm token create")
    certificate_key = None
    if Role.CONTROLLER in for_roles:
        arguments = ["init", "phase", "upload-certs", "--upload-certs", "--config", kubeadm.CONFIGURATION_FILE]
        certificate_key = _kubeadm(lab, controller, *arguments, deadline=JOIN_DEADLINE).split()[-1]
    return JoinTicket(found.group(1), found.group(2), certificate_key)


def join(lab: Lab, host: Host, admission: JoinTicket) -> None:
    """Make this host a node of the cluster that the ticket is for: a further control plane if it is a controller."""
    if is_member(lab, host):
        return
    _undo_unfinished(lab, host)
    _await_containerd(lab, host)
    configuration = kubeadm.join_configuration(
        host,
        token=admission.token,
        ca_hash=admission.ca_hash,
        certificate_key=admission.certificate_key if host.role is Role.CONTROLLER else None,
    )
    _start(lab, host, configuration)
    _kubeadm(lab, host, "join", "--config", kubeadm.CONFIGURATION_FILE, deadline=JOIN_DEADLINE)
    inside.run(lab, host, ["rm", kubeadm.CONFIGURATION_FILE])  # holds the token
    _finish(lab, host)


def reset(lab: Lab, host: Host) -> None:
    """Undo what init or join did: the host is prepared again, and no node. The node object is the caller's."""
    inside.run(lab, host, ["rm", "-f", FINISHED])
    _kubeadm(lab, host, "reset", "--force", "--cri-socket", kubeadm.CRI_SOCKET, deadline=JOIN_DEADLINE)
    inside.run(lab, host, ["sh", "-c", LEFTOVERS])


def _undo_unfinished(lab: Lab, host: Host) -> None:
    if _has(lab, host, STARTED):
        reset(lab, host)
    elif _has(lab, host, "/var/lib/kubelet/config.yaml"):
        remedy = "use it as it is (lab up --bare), or start over: lab down"
        raise LabError(f"{host.name} is a node that the lab did not make", remedy)


def _start(lab: Lab, host: Host, configuration: str) -> None:
    files = [HostFile(STARTED, ""), HostFile(kubeadm.CONFIGURATION_FILE, configuration, 0o600)]
    inside.put(lab, host, files)


def _finish(lab: Lab, host: Host) -> None:
    inside.put(lab, host, [HostFile(FINISHED, "")])


def _has(lab: Lab, host: Host, path: str) -> bool:
    return inside.run(lab, host, ["sh", "-c", f"[ -e {path} ] && echo yes || true"]).strip() == "yes"


def _await_containerd(lab: Lab, host: Host) -> None:
    until(
        lambda: None if _has(lab, host, kubeadm.CRI_SOCKET.removeprefix("unix://")) else "its socket is not there",
        what=f"{host.name}: containerd",
        deadline=timedelta(seconds=30),
        remedy=f"lab logs {host.name} containerd --name {lab.name}",
    )


def _kubeadm(lab: Lab, host: Host, *arguments: str, deadline: timedelta) -> str:
    """Run kubeadm on a host; what it said goes to a log there, and the first error into ours."""
    try:
        said = inside.run(lab, host, ["kubeadm", *arguments], deadline=deadline)
    except CommandFailed as failed:
        log = lab.paths.host_run(host.name) / f"kubeadm-{arguments[0]}.log"
        log.write_text(failed.output)
        errors = [line.strip() for line in failed.output.splitlines() if "rror" in line]
        problem = f"{host.name}: kubeadm {arguments[0]} failed: {errors[0] if errors else failed.problem}"
        raise LabError(problem, f"see {log}; lab up tries again") from failed
    return said
