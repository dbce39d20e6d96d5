"""What the lab adds to a cluster as kubeadm leaves it: pod network, names, volumes, metrics."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import yaml
from lightkube import Client
from lightkube.codecs import from_dict
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap

from lab.ground.description import Lab
from lab.images import recipes
from lab.machine.disk import etc_hosts
from lab.programs import catalogue
from lab.registry import credentials

DIRECTORY: Final = Path(__file__).parent / "addons"
NAMES: Final = ("pod-network", "dns", "storage", "metrics")
APPLIED: Final = ("kube-system", "sturnus-lab")
"""The ConfigMap that remembers which add-ons were applied to the end."""


def manifests(lab: Lab) -> list[dict[str, Any]]:
    """All objects, in the order in which they are applied."""
    names = etc_hosts(lab).splitlines()[1:]
    values = {
        "REGISTRY": credentials.NAME,
        "KUBERNETES": catalogue.KUBERNETES,
        "BUSYBOX": recipes.BUSYBOX,
        "LOCAL_PATH_PROVISIONER": recipes.LOCAL_PATH_PROVISIONER,
        "METRICS_SERVER": recipes.METRICS_SERVER,
        "HOST_NAMES": " ".join(f"{name}:53" for line in names for name in line.split()[1:]),
        "HOSTS": "\n".join(f"            {line}" for line in names),
    }
    objects: list[dict[str, Any]] = []
    for name in NAMES:
        text = (DIRECTORY / f"{name}.yaml").read_text()
        for key, value in values.items():
            text = text.replace(f"    @{key}@" if key == "HOSTS" else f"@{key}@", value)
        objects += [document for document in yaml.safe_load_all(text) if document]
    return objects


def apply(lab: Lab, client: Client) -> bool:
    """Apply what differs from the last time; whether there was anything."""
    objects = manifests(lab)
    digest = hashlib.sha256(json.dumps(objects, sort_keys=True).encode()).hexdigest()
    if _applied(client) == digest:
        return False
    for wanted in objects:
        client.apply(from_dict(wanted), force=True)
    namespace, name = APPLIED
    done = ConfigMap(metadata=ObjectMeta(name=name, namespace=namespace), data={"addons": digest})
    client.apply(done, force=True)
    return True


def _applied(client: Client) -> str | None:
    namespace, name = APPLIED
    try:
        return (client.get(ConfigMap, name, namespace=namespace).data or {}).get("addons")
    except ApiError as error:
        if error.status.code == 404:
            return None
        raise
