"""The account by which workers become nodes: it makes bootstrap tokens, and may do next to nothing else."""

from __future__ import annotations

from typing import Final

from lightkube import AsyncClient

from sturnus.kubernetes import account
from sturnus.kubernetes.account import Permission

NAME: Final = "sturnus-nodes"
NEEDED: Final = (
    Permission("", "nodes", ("get", "delete"), None),  # a host that is a node needs no token; a deleted one no node
    Permission("", "secrets", ("create",), "kube-system"),  # a bootstrap token is a Secret there
)


async def make(client: AsyncClient) -> None:
    """Have the account. Raises what lightkube raises."""
    await account.make(client, NAME, NEEDED)
