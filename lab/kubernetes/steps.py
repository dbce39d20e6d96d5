"""Steps 2 to 4: initialise the control plane, join a host, reset a host. Each is safe to repeat.

How that is done is the product's (`sturnus.configuration.bare.node`); the lab reaches into its hosts, and says what
went wrong in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lab.ground.description import Host, Lab, Role
from lab.ground.errors import LabError
from lab.kubernetes import kubeadm
from lab.machine import inside
from sturnus.configuration.bare import node
from sturnus.configuration.bare.host import ProgramFailed
from sturnus.core.errors import Conflict, Unavailable

TICKET_DEADLINE: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class JoinTicket:
    """What lets hosts into a cluster, for a quarter of an hour."""

    token: str
    ca_hash: str
    certificate_key: str | None  # only where control planes join


def is_member(lab: Lab, host: Host) -> bool:
    """Whether a step has made a node of this host, to the end."""
    return node.is_member(inside.Reached(lab, host))


def initialise(lab: Lab, host: Host) -> None:
    """Make this host the cluster's first control plane."""
    with _explained(lab, host, "init"):
        node.initialise(inside.Reached(lab, host), kubeadm.init_configuration(lab, host))


def ticket(lab: Lab, controller: Host, *, for_roles: frozenset[Role]) -> JoinTicket:
    """Let hosts of these roles into the cluster that `controller` leads."""
    printed = inside.run(
        lab,
        controller,
        ["kubeadm", "token", "create", "--ttl", "15m", "--print-join-command", "--kubeconfig", node.ADMINISTRATOR],
    )
    found = re.search(r"--token (\S+).*--discovery-token-ca-cert-hash (\S+)", printed)
    if not found:
        raise LabError("kubeadm token create printed no token", f"lab exec {controller.name} -- kubeadm token create")
    certificate_key = None
    if Role.CONTROLLER in for_roles:
        uploading = ["kubeadm", "init", "phase", "upload-certs", "--upload-certs", "--config", node.CONFIGURATION]
        with _explained(lab, controller, "init"):
            certificate_key = inside.Reached(lab, controller).run(uploading, deadline=TICKET_DEADLINE).split()[-1]
    return JoinTicket(found.group(1), found.group(2), certificate_key)


def join(lab: Lab, host: Host, admission: JoinTicket) -> None:
    """Make this host a node of the cluster that the ticket is for: a further control plane if it is a controller."""
    configuration = kubeadm.join_configuration(
        host,
        token=admission.token,
        ca_hash=admission.ca_hash,
        certificate_key=admission.certificate_key if host.role is Role.CONTROLLER else None,
    )
    with _explained(lab, host, "join"):
        node.join(inside.Reached(lab, host), configuration)


def reset(lab: Lab, host: Host) -> None:
    """Undo what init or join did: the host is prepared again, and no node. The node object is the caller's."""
    with _explained(lab, host, "reset"):
        node.reset(inside.Reached(lab, host))


@contextmanager
def _explained(lab: Lab, host: Host, step: str) -> Iterator[None]:
    """Put what a failed kubeadm said into a file, and its first error into ours."""
    try:
        yield
    except ProgramFailed as failed:
        log = lab.paths.host_run(host.name) / f"kubeadm-{step}.log"
        log.write_text(failed.output)
        problem = f"{host.name}: kubeadm {step} failed: {failed.reason}"
        raise LabError(problem, f"see {log}; lab up tries again") from failed
    except Conflict as conflict:
        remedy = "use it as it is (lab up --empty), or start over: lab down"
        raise LabError(f"{host.name}: {conflict.message}", remedy) from conflict
    except Unavailable as missing:
        raise LabError(
            f"{host.name}: {missing.message}", f"lab logs {host.name} containerd --name {lab.name}"
        ) from missing
