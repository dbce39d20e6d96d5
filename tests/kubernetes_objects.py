"""What the types of Kubernetes' objects leave open, and every object of a cluster has."""

from typing import Protocol

from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment


class HasMetadata(Protocol):
    @property
    def metadata(self) -> ObjectMeta | None: ...


def metadata_of(found: HasMetadata) -> ObjectMeta:
    assert found.metadata is not None
    return found.metadata


def name_of(found: HasMetadata) -> str:
    name = metadata_of(found).name
    assert name is not None
    return name


def ready_replicas(client: Client, name: str, namespace: str) -> int | None:
    """How many pods of a Deployment are ready; None: the cluster says nothing of it, which means none."""
    status = client.get(Deployment, name, namespace=namespace).status
    assert status is not None
    return status.readyReplicas
