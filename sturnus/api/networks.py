"""`/v1/networks`, `/v1/addrpools`, `/v1/datanetworks` (reference/inventory.md §6)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from sturnus.api.answers import Service, Wanted, answer
from sturnus.api.network_wire import data_network_to_wire, network_to_wire, pool_to_wire
from sturnus.api.policy import allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import Fields, Patch, patched
from sturnus.identity.permissions import Action
from sturnus.inventory.service import Page

router = APIRouter(tags=["networks"])

READ = [Depends(allowed(Action.NETWORKS_SHOW))]
CHANGE = [Depends(allowed(Action.NETWORKS_CHANGE))]


@router.get("/v1/networks", dependencies=READ)
async def list_networks(service: Service, wanted: Wanted) -> Response:
    """Networks of the platform."""
    door = service.networking
    after = None if wanted.marker is None else (await door.network(wanted.marker)).id
    return answer({"networks": [network_to_wire(each) for each in await door.networks(Page(wanted.limit, after))]})


@router.get("/v1/networks/{reference}", dependencies=READ)
async def show_network(reference: str, service: Service) -> Response:
    """One network, by number, uuid or name."""
    network = await service.networking.network(reference)
    return answer(network_to_wire(network), network.revision)


@router.post("/v1/networks", dependencies=CHANGE)
async def add_network(fields: Annotated[Fields, Body()], service: Service) -> Response:
    """Make a network."""
    network = await service.networking.add_network(fields)
    return answer(network_to_wire(network), network.revision)


@router.patch("/v1/networks/{reference}", dependencies=CHANGE)
async def change_network(
    reference: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision
) -> Response:
    """Change a network's name, its address pool, or whether it gives addresses away."""
    network = await service.networking.change_network(reference, patched(patch), revision)
    return answer(network_to_wire(network), network.revision)


@router.delete("/v1/networks/{reference}", dependencies=CHANGE, status_code=204)
async def remove_network(reference: str, service: Service, revision: Revision) -> None:
    """Remove a network that no interface is connected to."""
    await service.networking.remove_network(reference, revision)


@router.get("/v1/addrpools", dependencies=READ)
async def list_pools(service: Service, wanted: Wanted) -> Response:
    """Address pools."""
    door = service.networking
    after = None if wanted.marker is None else (await door.pool(wanted.marker)).id
    return answer({"addrpools": [pool_to_wire(each) for each in await door.pools(Page(wanted.limit, after))]})


@router.get("/v1/addrpools/{reference}", dependencies=READ)
async def show_pool(reference: str, service: Service) -> Response:
    """One address pool, by number, uuid or name."""
    pool = await service.networking.pool(reference)
    return answer(pool_to_wire(pool), pool.revision)


@router.post("/v1/addrpools", dependencies=CHANGE)
async def add_pool(fields: Annotated[Fields, Body()], service: Service) -> Response:
    """Make an address pool."""
    pool = await service.networking.add_pool(fields)
    return answer(pool_to_wire(pool), pool.revision)


@router.patch("/v1/addrpools/{reference}", dependencies=CHANGE)
async def change_pool(
    reference: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision
) -> Response:
    """Change a pool's name, ranges, order or addresses."""
    pool = await service.networking.change_pool(reference, patched(patch), revision)
    return answer(pool_to_wire(pool), pool.revision)


@router.delete("/v1/addrpools/{reference}", dependencies=CHANGE, status_code=204)
async def remove_pool(reference: str, service: Service, revision: Revision) -> None:
    """Remove a pool that nothing takes addresses from."""
    await service.networking.remove_pool(reference, revision)


@router.get("/v1/datanetworks", dependencies=READ)
async def list_data_networks(service: Service, wanted: Wanted) -> Response:
    """Data networks."""
    door = service.networking
    after = None if wanted.marker is None else (await door.data_network(wanted.marker)).id
    found = await door.data_networks(Page(wanted.limit, after))
    return answer({"datanetworks": [data_network_to_wire(each) for each in found]})


@router.get("/v1/datanetworks/{reference}", dependencies=READ)
async def show_data_network(reference: str, service: Service) -> Response:
    """One data network, by number, uuid or name."""
    data_network = await service.networking.data_network(reference)
    return answer(data_network_to_wire(data_network), data_network.revision)


@router.post("/v1/datanetworks", dependencies=CHANGE)
async def add_data_network(fields: Annotated[Fields, Body()], service: Service) -> Response:
    """Make a data network."""
    data_network = await service.networking.add_data_network(fields)
    return answer(data_network_to_wire(data_network), data_network.revision)


@router.patch("/v1/datanetworks/{reference}", dependencies=CHANGE)
async def change_data_network(
    reference: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision
) -> Response:
    """Change a data network, but for its type."""
    data_network = await service.networking.change_data_network(reference, patched(patch), revision)
    return answer(data_network_to_wire(data_network), data_network.revision)


@router.delete("/v1/datanetworks/{reference}", dependencies=CHANGE, status_code=204)
async def remove_data_network(reference: str, service: Service, revision: Revision) -> None:
    """Remove a data network that no interface carries."""
    await service.networking.remove_data_network(reference, revision)
