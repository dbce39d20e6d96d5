"""The VIM's own account in the cluster: it taints nodes, looks at pods, evicts them, and may do nothing else."""

from __future__ import annotations

from typing import Final

from lightkube import AsyncClient

from sturnus.kubernetes import account
from sturnus.kubernetes.account import Permission

NAME: Final = "sturnus-vim"
NEEDED: Final = (
    Permission("", "nodes", ("get", "patch"), None),  # a host that is locked is tainted
    Permission("", "pods", ("list",), None),  # which have to leave first
    Permission("", "pods/eviction", ("create",), None),
    Permission("policy", "poddisruptionbudgets", ("list",), None),  # which would hold them: said before a lock
)


async def make(client: AsyncClient) -> None:
    """Have the account. Raises what lightkube raises."""
    await account.make(client, NAME, NEEDED)
