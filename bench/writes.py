"""What an installation writes: versions of the objects that it makes, before and after."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.programs.build import built

KINDS = "secrets,configmaps,services,serviceaccounts,roles,rolebindings,jobs,deployments,statefulsets,daemonsets"
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet"}


def written(kubeconfig: Path, namespace: str) -> dict[str, str]:
    """Changes with each write to anything that an installation makes."""
    kubectl: list[str | Path] = [built() / "kubectl", "--kubeconfig", kubeconfig, "-n", namespace]
    command = [*kubectl, "get", KINDS, "-o", "json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["items"]
    versions = {}
    for each in found:
        # A workload's status is written by its controller, too: what was asked of it counts.
        of = "generation" if each["kind"] in WORKLOADS else "resourceVersion"
        versions[f"{each['kind']}/{each['metadata']['name']}"] = str(each["metadata"][of])
    return versions


def writes(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """How many of the objects that are there now are not as they were."""
    return sum(before.get(key) != value for key, value in after.items())
