"""The inventory's own account in the cluster: what it may do, exactly, and how an administrator makes it.

A service account with a token that ends. The API server cuts what is asked for to its own longest
(--service-account-max-token-expiration), so what counts is what the token itself says.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lightkube import AsyncClient
from lightkube.models.authentication_v1 import TokenRequestSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import PolicyRule, RoleRef, Subject
from lightkube.resources.core_v1 import Namespace, ServiceAccount, ServiceAccountToken
from lightkube.resources.rbac_authorization_v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

NAMESPACE: Final = "sturnus"
NAME: Final = "sturnus-inventory"
LEASES: Final = "kube-node-lease"
"""The namespace where every kubelet renews its lease."""
RBAC: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Permission:
    """What the code does with one kind of object."""

    group: str
    resource: str
    verbs: tuple[str, ...]
    namespace: str | None  # None: of the whole cluster
    names: tuple[str, ...] | None = None  # None: whatever their names


NEEDED: Final = (
    Permission("", "nodes", ("get", "list", "watch", "patch"), None),  # labels follow onto nodes
    Permission("coordination.k8s.io", "leases", ("get", "list", "watch"), LEASES),  # the second witness of a failure
)

Made = Namespace | ServiceAccount | ClusterRole | ClusterRoleBinding | Role | RoleBinding


def objects(name: str = NAME, needed: Sequence[Permission] = NEEDED) -> tuple[Made, ...]:
    """All that makes an account with these permissions, in an order in which it can be made. No I/O."""
    subject = Subject(kind="ServiceAccount", name=name, namespace=NAMESPACE)
    made: list[Made] = [
        Namespace(metadata=ObjectMeta(name=NAMESPACE)),
        ServiceAccount(metadata=ObjectMeta(name=name, namespace=NAMESPACE), automountServiceAccountToken=False),
    ]
    for namespace in sorted({each.namespace for each in needed}, key=lambda each: each or ""):
        rules = [
            PolicyRule(
                apiGroups=[each.group],
                resources=[each.resource],
                verbs=list(each.verbs),
                resourceNames=None if each.names is None else list(each.names),
            )
            for each in needed
            if each.namespace == namespace
        ]
        metadata = ObjectMeta(name=name, namespace=namespace)
        if namespace is None:
            role = RoleRef(apiGroup=RBAC, kind="ClusterRole", name=name)
            made.append(ClusterRole(metadata=metadata, rules=rules))
            made.append(ClusterRoleBinding(metadata=metadata, roleRef=role, subjects=[subject]))
        else:
            role = RoleRef(apiGroup=RBAC, kind="Role", name=name)
            made.append(Role(metadata=metadata, rules=rules))
            made.append(RoleBinding(metadata=metadata, roleRef=role, subjects=[subject]))
    return tuple(made)


async def make(client: AsyncClient, name: str = NAME, needed: Sequence[Permission] = NEEDED) -> None:
    """Have the account, as `objects` says; what somebody changed is put right. Raises what lightkube raises."""
    for wanted in objects(name, needed):
        await client.apply(wanted, force=True)


async def new_token(client: AsyncClient, lifetime: timedelta, name: str = NAME) -> str:
    """A token of the account. It ends when its service account is deleted, or after what the server allows."""
    spec = TokenRequestSpec(audiences=[], expirationSeconds=int(lifetime.total_seconds()))
    made = await client.create(ServiceAccountToken(metadata=ObjectMeta(), spec=spec), name, namespace=NAMESPACE)
    if made.status is None or made.status.token is None:
        raise ValueError("the API server answered without a token")
    return made.status.token


def end_of_token(token: str) -> datetime | None:
    """When a token ends, as it says itself (RFC 7519, `exp`), unchecked; None: it says nothing of it."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError):
        return None
