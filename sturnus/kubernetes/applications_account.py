"""The account by which applications are installed: whatever a chart may bring, so it may do everything.

Apart from the inventory's own, which may do next to nothing: the two have tokens of their own, and a host that installs
no applications never sees this one.
"""

from __future__ import annotations

from typing import Final

from lightkube import AsyncClient
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import RoleRef, Subject
from lightkube.resources.core_v1 import Namespace, ServiceAccount
from lightkube.resources.rbac_authorization_v1 import ClusterRoleBinding

from sturnus.kubernetes.account import NAMESPACE, RBAC, Made, Permission

NAME: Final = "sturnus-applications"
NEEDED: Final = (Permission("*", "*", ("*",), None),)
"""Charts make cluster roles, custom kinds, webhooks: Kubernetes lets nobody grant what he does not have."""


def objects() -> tuple[Made, ...]:
    """All that makes the account, in an order in which it can be made. No I/O."""
    return (
        Namespace(metadata=ObjectMeta(name=NAMESPACE)),
        ServiceAccount(metadata=ObjectMeta(name=NAME, namespace=NAMESPACE), automountServiceAccountToken=False),
        ClusterRoleBinding(
            metadata=ObjectMeta(name=NAME),
            roleRef=RoleRef(apiGroup=RBAC, kind="ClusterRole", name="cluster-admin"),
            subjects=[Subject(kind="ServiceAccount", name=NAME, namespace=NAMESPACE)],
        ),
    )


async def make(client: AsyncClient) -> None:
    """Have the account, as `objects` says. Raises what lightkube raises."""
    for wanted in objects():
        await client.apply(wanted, force=True)
