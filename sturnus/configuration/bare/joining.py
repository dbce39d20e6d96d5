"""What `kubeadm join` is told: the site's part, and one host's admission. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from sturnus.core.errors import Invalid
from sturnus.inventory.departures import HOST


def configuration(basis: str, admission: Mapping[str, str]) -> str:
    """Join both: `basis` holds a JoinConfiguration (kubeadm.k8s.io/v1beta4), and perhaps other documents.

    `admission` has host (uuid), hostname, endpoint, ca_hash, token. Invalid: there is no JoinConfiguration.
    """
    documents: list[dict[str, Any]] = [each for each in yaml.safe_load_all(basis) if each]
    found = [each for each in documents if each.get("kind") == "JoinConfiguration"]
    if not found:
        raise Invalid(
            "there is no JoinConfiguration in the site's part",
            expected="a document of that kind, kubeadm.k8s.io/v1beta4",
            remedy="kubeadm config print join-defaults prints one to start from",
        )
    found[0]["discovery"] = {
        "bootstrapToken": {
            "apiServerEndpoint": admission["endpoint"],
            "token": admission["token"],
            "caCertHashes": [admission["ca_hash"]],
        }
    }
    registration = found[0].setdefault("nodeRegistration", {})
    registration["name"] = admission["hostname"]
    label = {"name": "node-labels", "value": f"{HOST}={admission['host']}"}
    registration["kubeletExtraArgs"] = [*registration.get("kubeletExtraArgs", ()), label]
    return yaml.safe_dump_all(documents, sort_keys=False)
