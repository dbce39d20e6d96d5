"""The cluster as a client on the machine sees it: the kubeconfig, and what nodes and pods say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx2
import yaml
from lightkube import ApiError, Client, KubeConfig
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Namespace, Node, Pod

from lab.ground.description import Host, Lab
from lab.ground.errors import LabError
from lab.ground.records import replace_file
from lab.machine import inside
from sturnus.configuration.bare.node import ADMINISTRATOR

REQUEST_DEADLINE: Final = timedelta(seconds=10)
NODE_LEASES: Final = "kube-node-lease"
FIELD_MANAGER: Final = "sturnus-lab"


def write_kubeconfig(lab: Lab) -> None:
    """Fetch the administrator's kubeconfig from the controller, with the address that the machine has for it."""
    controller = lab.active_controller
    config: dict[str, Any] = yaml.safe_load(inside.run(lab, controller, ["cat", ADMINISTRATOR]))
    config["clusters"][0]["cluster"]["server"] = f"https://{lab.outside(controller)}:6443"
    replace_file(lab.paths.kubeconfig, yaml.safe_dump(config, sort_keys=False), 0o600)


@contextmanager
def connected(lab: Lab) -> Iterator[Client]:
    """A client with the administrator's rights.

    Raises:
        LabError: the lab has no cluster.

    """
    if not lab.paths.kubeconfig.exists():
        raise LabError(f"lab {lab.name} has no Kubernetes", f"lab up --name {lab.name}")
    # What the caller's environment says of proxies is not meant for loopback addresses.
    client = Client(
        KubeConfig.from_file(lab.paths.kubeconfig),
        timeout=httpx2.Timeout(REQUEST_DEADLINE.total_seconds()),
        field_manager=FIELD_MANAGER,
        trust_env=False,
    )
    try:
        yield client
    finally:
        client.close()


def silent(client: Client) -> str | None:
    """Why the API server cannot be used; None when it answers."""
    try:
        client.get(Namespace, "kube-system")
    except httpx2.HTTPError as error:
        return f"the API server does not answer: {error}"
    return None


def forget_node(client: Client, host: Host) -> None:
    """Remove a host's node object, if there is one."""
    try:
        client.delete(Node, host.name)
    except ApiError as error:
        if error.status.code != HTTPStatus.NOT_FOUND:
            raise


def unready_nodes(client: Client, hosts: Iterable[Host], powered_on: Mapping[str, datetime]) -> str | None:
    """Which of these hosts are no ready nodes, and why; None when all are.

    For a while a node counts as ready whose host lost its power, so a host that was powered on counts only when its
    kubelet has renewed its lease since.
    """
    try:
        known = {str(node.metadata.name): node for node in client.list(Node) if node.metadata}
        renewed = {str(lease.metadata.name): _renewed(lease) for lease in client.list(Lease, namespace=NODE_LEASES)
                   if lease.metadata}  # fmt: skip
    except httpx2.HTTPError as error:
        return f"the API server does not answer: {error}"
    reasons = {host.name: _why_not_ready(known.get(host.name)) for host in hosts}
    for name, since in powered_on.items():
        if (last := renewed.get(name)) is None or last < since:
            reasons[name] = reasons[name] or "its kubelet has not reported since it was powered on"
    return "; ".join(f"{name}: {why}" for name, why in reasons.items() if why) or None


def _renewed(lease: Lease) -> datetime | None:
    return lease.spec.renewTime if lease.spec else None


def unready_pods(client: Client, namespaces: Iterable[str]) -> str | None:
    """Which pods of these namespaces are not ready, and why; None when all are."""
    try:
        pods = [pod for namespace in namespaces for pod in client.list(Pod, namespace=namespace)]
    except httpx2.HTTPError as error:
        return f"the API server does not answer: {error}"
    return "; ".join(why for pod in pods if (why := _why_pod_not_ready(pod))) or None


def _why_pod_not_ready(pod: Pod) -> str | None:
    if pod.status and pod.status.phase == "Succeeded":
        return None
    name = pod.metadata.name if pod.metadata else "?"
    for condition in (pod.status.conditions if pod.status else None) or []:
        if condition.type == "Ready":
            return None if condition.status == "True" else f"{name}: {condition.message or condition.reason}"
    return f"{name}: not scheduled"


def readiness(node: Node) -> str:
    """`Ready`, or `NotReady`."""
    return "NotReady" if _why_not_ready(node) else "Ready"


def _why_not_ready(node: Node | None) -> str | None:
    if node is None:
        return "not a node yet"
    for condition in (node.status.conditions if node.status else None) or []:
        if condition.type == "Ready":
            return None if condition.status == "True" else condition.message or condition.reason or condition.status
    return "the kubelet has not reported yet"
