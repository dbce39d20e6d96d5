"""Namespaces of applications on a real API server: gone means gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sturnus.core.errors import NotFound
from sturnus.kubernetes.connection import APPLY, Connection
from sturnus.kubernetes.namespaces import delete_namespace_if_ours, ensure_namespace

pytestmark = pytest.mark.anyio
NAME = "goes-slowly"
PATH = f"api/v1/namespaces/{NAME}"
HELD = f"{PATH}/configmaps/held"


async def hold(connection: Connection, finalizers: list[str]) -> None:
    """Something in the namespace that ends only once nobody has an interest in it any more."""
    body: dict[str, Any] = {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": finalizers},
    }  # fmt: skip
    await connection.patch(HELD, body, {"fieldManager": "test"}, media_type=APPLY)


async def goes(connection: Connection) -> bool:
    return bool((await connection.get(PATH))["metadata"].get("deletionTimestamp"))


async def test_a_namespace_that_goes_is_waited_for_by_who_deletes_it_and_by_who_wants_it_next(
    connection: Connection,
) -> None:
    await ensure_namespace(connection, NAME)
    await hold(connection, ["sturnus.io/test"])

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        deleting = group.create_task(delete_namespace_if_ours(connection, NAME))
        while not await goes(connection):
            await asyncio.sleep(0.1)
        making = group.create_task(ensure_namespace(connection, NAME))
        await asyncio.sleep(1)
        assert not deleting.done()
        assert not making.done()
        await hold(connection, [])

    assert not await goes(connection)
    await delete_namespace_if_ours(connection, NAME)
    with pytest.raises(NotFound):
        await connection.get(PATH)
