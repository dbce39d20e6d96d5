"""`sturnus host-adopt`: reads nodes from the cluster, and has the platform take them over."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx2
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import NodeSpec, NodeStatus
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node

from sturnus.cli import output
from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.core.errors import NotFound, Unavailable
from sturnus.kubernetes import kubeconfig

DEADLINE: Final = 15.0
"""Seconds for one answer of the cluster."""
AT_ONCE: Final = 100
"""Nodes in one request: their labels fit into what a request may hold."""
CONTROL_PLANE: Final = frozenset({"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"})
REPELLING: Final = frozenset({"NoSchedule", "NoExecute"})

COLUMNS: Final = {
    "node": "node",
    "step": "what",
    "personality": "personality",
    "address": "mgmt_ip",
    "states": "states",
    "labels": "labels",
    "reason": "why",
}
WORDS: Final = {"add": "add", "name": "name", "refresh": "refresh", "known": "nothing", "refuse": "cannot"}

Described = dict[str, Any]
"""A node as the platform's API takes it."""


async def run(given: argparse.Namespace) -> int:
    """Preview, or do it. 1 if a node cannot be taken over."""
    nodes = chosen([described(node) for node in await _nodes(kubeconfig_of(given.kubeconfig))], given.nodes)
    try:
        return await asyncio.to_thread(_ask, given, nodes)
    except CommandError as error:
        raise Unavailable(error.message, expected="a platform that does it", remedy=error.remedy) from error


def described(node: Node) -> Described:
    """What the platform has to know of a node. Pure."""
    metadata, spec, status = node.metadata or ObjectMeta(), node.spec or NodeSpec(), node.status or NodeStatus()
    labels = metadata.labels or {}
    repelled = any(taint.key in CONTROL_PLANE and taint.effect in REPELLING for taint in spec.taints or ())
    addresses = [each.address for each in status.addresses or () if each.type == "InternalIP"]
    return {
        "name": metadata.name,
        "personality": "controller" if CONTROL_PLANE & labels.keys() else "worker",
        "runs_users_pods": not repelled,
        "address": addresses[0] if addresses else None,
        "ready": any(each.type == "Ready" and each.status == "True" for each in status.conditions or ()),
        "cordoned": bool(spec.unschedulable),
        "labels": dict(labels),
    }


def chosen(nodes: Sequence[Described], names: Sequence[str]) -> list[Described]:
    """Those that were named, or all. NotFound if one is not there."""
    there = {node["name"]: node for node in nodes}
    if missing := [name for name in names if name not in there]:
        raise NotFound(
            f"The cluster has no node {', '.join(missing)}.",
            expected="one of " + ", ".join(sorted(there)),
            remedy="kubectl get nodes",
        )
    return [there[name] for name in dict.fromkeys(names)] if names else [there[name] for name in sorted(there)]


def _ask(given: argparse.Namespace, nodes: list[Described]) -> int:
    inventory = Platform(given)
    if given.yes:
        found = [inventory.post("/sturnus/adoptions", node) for node in nodes]
    else:
        parts = (nodes[start : start + AT_ONCE] for start in range(0, len(nodes), AT_ONCE))
        answers = (inventory.post("/sturnus/adoptions/preview", {"nodes": part}) for part in parts)
        found = [each for answer in answers for each in answer["adoptions"]]
    _print(given, nodes, found)
    return int(any(each["step"] == "refuse" for each in found))


def _print(given: argparse.Namespace, nodes: list[Described], found: list[dict[str, Any]]) -> None:
    if given.format == "json":
        sys.stdout.write(json.dumps({"done": given.yes, "adoptions": found}, indent=2) + "\n")
        return
    rows = [row(node, each) for node, each in zip(nodes, found, strict=True)]
    cells = [[str(each[column]) for column in COLUMNS] for each in rows]
    sys.stdout.write(output.table(list(COLUMNS.values()), cells) + "\n")
    if not given.yes and any(each["step"] in {"add", "name", "refresh"} for each in found):
        command = doing_it(kubeconfig_of(given.kubeconfig), given.nodes)
        sys.stdout.write(f"Nothing was changed. To do it: {command}\n")


def doing_it(cluster: Path, nodes: Sequence[str]) -> str:
    """The command that does what was shown, to these nodes of this cluster and to no others. For a shell."""
    return shlex.join(["sturnus", "host-adopt", "--kubeconfig", str(cluster), "--yes", *nodes])


def row(node: Described, adopted: dict[str, Any]) -> dict[str, str]:
    """One line for people: the host as it is now, or the node where there is none yet."""
    host = adopted["host"]
    in_service = "unlocked" if not node["cordoned"] else "locked"
    states = f"{in_service}, {'Ready' if node['ready'] else 'not Ready'}"
    if host is not None:
        states = f"{host['administrative']}/{host['operational']}/{host['availability']}"
    return {
        "node": node["name"],
        "step": WORDS[adopted["step"]],
        "personality": node["personality"],
        "address": node["address"] or "",
        "states": states,
        "labels": ",".join(sorted(key for key in node["labels"] if key.startswith("openstack-"))),
        "reason": adopted["reason"],
    }


def kubeconfig_of(given: Path | None) -> Path:
    """Which file names the cluster. NotFound if it is not there."""
    file = given or Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube/config")
    if not file.exists():
        raise NotFound(
            f"There is no {file}.",
            expected="a kubeconfig of somebody who may list nodes",
            remedy="name one: --kubeconfig FILE, or KUBECONFIG",
        )
    return file


async def _nodes(file: Path) -> list[Node]:
    config = await asyncio.to_thread(kubeconfig.read, file)
    client = AsyncClient(config, timeout=httpx2.Timeout(DEADLINE), trust_env=False)
    try:
        return [node async for node in client.list(Node)]
    except ApiError as error:
        raise Unavailable(
            f"The cluster does not let its nodes be listed: {error.status.message}",
            expected="a user who may list nodes",
            remedy="name another kubeconfig: --kubeconfig FILE",
        ) from error
    except (httpx2.HTTPError, TimeoutError) as error:
        raise Unavailable(
            f"The cluster of {file} does not answer: {str(error) or type(error).__name__}",
            expected=f"an answer within {DEADLINE:.0f} s",
            remedy=f"kubectl --kubeconfig {file} get nodes",
        ) from error
    finally:
        await client.close()
