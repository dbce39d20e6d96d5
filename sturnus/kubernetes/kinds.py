"""Which kinds the cluster serves, and where: what a chart may contain, and the path of any object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.kubernetes.connection import Connection, Json

_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class ApiKind:
    """One kind that the cluster serves."""

    api_version: str  # "apps/v1", "v1"
    kind: str
    plural: str  # as in paths: "deployments"
    namespaced: bool

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Path of one object, or of all in a namespace, or (None) of all in the cluster."""
        root = "api" if "/" not in self.api_version else "apis"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}/{self.api_version}{scope}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True, slots=True)
class ApiKinds:
    """All that a cluster serves, at one moment."""

    kubernetes_version: str  # "v1.35.4"
    kinds: Mapping[tuple[str, str], ApiKind]  # by (apiVersion, kind)

    def of(self, item: Mapping[str, Any]) -> ApiKind | None:
        """The kind of an object; None if the cluster does not serve it."""
        return self.kinds.get((str(item.get("apiVersion")), str(item.get("kind"))))

    def versions(self) -> tuple[str, ...]:
        """What charts ask `.Capabilities.APIVersions.Has` for: "apps/v1" and "apps/v1/Deployment", sorted."""
        return tuple(sorted({key[0] for key in self.kinds} | {"/".join(key) for key in self.kinds}))


async def api_kinds(connection: Connection) -> ApiKinds:
    """Ask the cluster what it serves: three requests, however many groups.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    version = await connection.get("version")
    groups: list[Json] = []
    for root in ("api", "apis"):
        groups += (await connection.get(root, accept=_AGGREGATED)).get("items", [])
    return ApiKinds(str(version.get("gitVersion")), {(kind.api_version, kind.kind): kind for kind in _kinds(groups)})


def _kinds(groups: Iterable[Json]) -> Iterable[ApiKind]:
    for group in groups:
        name = group.get("metadata", {}).get("name", "")
        for version in group.get("versions", ()):
            api_version = f"{name}/{version['version']}" if name else version["version"]
            for resource in version.get("resources", ()):
                if kind := resource.get("responseKind", {}).get("kind"):
                    yield ApiKind(api_version, kind, resource["resource"], resource.get("scope") == "Namespaced")
