"""The VIM's own account in the cluster: it taints nodes, looks at pods, evicts them, and speaks to OpenStack.

OpenStack's Services are named: by way of the API server the VIM reaches nothing else in the cluster. Of whatever
namespace, since the application's comes and goes with it, and a role in it would go along.
"""

from __future__ import annotations

from typing import Final

from lightkube import AsyncClient

from sturnus.kubernetes import account
from sturnus.kubernetes.account import Permission

NAME: Final = "sturnus-vim"
SERVICES: Final = (
    "http:keystone-api:5000",
    "http:nova-api:8774",
    "http:neutron-server:9696",
    "http:placement-api:8778",
)
"""As the API server names them in a path to `services/proxy`: a rule has to have scheme and port, too."""
NEEDED: Final = (
    Permission("", "nodes", ("get", "patch"), None),  # a host that is locked is tainted
    Permission("", "pods", ("list",), None),  # which have to leave first
    Permission("", "pods/eviction", ("create",), None),
    Permission("policy", "poddisruptionbudgets", ("list",), None),  # which would hold them: said before a lock
    Permission("", "services/proxy", ("get", "create", "update", "delete"), None, SERVICES),
)


async def make(client: AsyncClient) -> None:
    """Have the account. Raises what lightkube raises."""
    await account.make(client, NAME, NEEDED)
