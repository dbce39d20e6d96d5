"""A platform whose nodes follow the labels, on the lab's cluster, with workers that have roles in OpenStack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lightkube import Client
from lightkube.resources.core_v1 import Node

from lab.ground.description import Lab
from tests.integration.engine.conftest import namespaces
from tests.integration.engine.platform import Platform, serving, until

__all__ = ["namespaces"]


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[Platform]:
    with serving(lab, tmp_path, {"STURNUS_KUBECONFIG": str(lab.paths.kubeconfig)}) as started:
        yield started


@pytest.fixture
def hosts(platform: Platform, client: Client) -> Iterator[tuple[str, str]]:
    """Two workers with all that OpenStack wants of the inventory; the labels of their nodes go with the test."""
    names = ("compute-0", "compute-1")
    for name in names:
        platform.system("host-add", "-n", name, "-p", "worker")
        platform.system("host-label-assign", name, "openstack-compute-node", "remote-storage")
    platform.system("host-label-assign", names[0], "openstack-controller-node")
    platform.system("datanetwork-add", "physnet0", "flat")
    yield names
    for name in names:
        platform.system("host-delete", name)
    until(lambda: not any(_ours(client.get(Node, name)) for name in names), 20)


def _ours(node: Node) -> bool:
    """Whether the platform still keeps labels on a node."""
    return node.metadata is not None and "sturnus.io/labels" in (node.metadata.annotations or {})
