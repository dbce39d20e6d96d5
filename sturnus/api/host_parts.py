"""NUMA nodes, processors, memory and PCI devices of hosts (reference/inventory.md §6)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from sturnus.api.answers import Service, answer
from sturnus.api.host_parts_wire import CpuDivisions, cpu_to_wire, device_to_wire, memory_to_wire, node_to_wire
from sturnus.api.policy import allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import Patch, patched
from sturnus.identity.permissions import Action

router = APIRouter(tags=["processors, memory, devices"])

READ = [Depends(allowed(Action.HOSTS_SHOW))]
CHANGE = [Depends(allowed(Action.HOSTS_DIVIDE))]


@router.get("/v1/ihosts/{reference}/inodes", dependencies=READ)
async def list_nodes(reference: str, service: Service) -> Response:
    """NUMA nodes of one host."""
    return answer({"inodes": [node_to_wire(each) for each in await service.processors.nodes(reference)]})


@router.get("/v1/inodes/{uuid}", dependencies=READ)
async def show_node(uuid: str, service: Service) -> Response:
    """One NUMA node."""
    return answer(node_to_wire(await service.processors.node(uuid)))


@router.get("/v1/ihosts/{reference}/icpus", dependencies=READ)
async def list_cpus(reference: str, service: Service) -> Response:
    """Processors of one host, each with its function."""
    return answer({"icpus": [cpu_to_wire(each) for each in await service.processors.cpus(reference)]})


@router.get("/v1/icpus/{uuid}", dependencies=READ)
async def show_cpu(uuid: str, service: Service) -> Response:
    """One processor."""
    return answer(cpu_to_wire(await service.processors.cpu(uuid)))


@router.put("/v1/ihosts/{reference}/state/host_cpus_modify", dependencies=CHANGE)
async def divide_cpus(
    reference: str, divisions: Annotated[CpuDivisions, Body()], service: Service, revision: Revision
) -> Response:
    """Give cores to functions: `[{"function": "platform", "sockets": [{"0": 2}]}]`."""
    requests = [each.to_request() for each in divisions]
    cpus = await service.processors.divide_cpus(reference, requests, revision)
    return answer({"icpus": [cpu_to_wire(each) for each in cpus]})


@router.get("/v1/ihosts/{reference}/imemorys", dependencies=READ)
async def list_memory(reference: str, service: Service) -> Response:
    """Memory of one host by NUMA node."""
    return answer({"imemorys": [memory_to_wire(each) for each in await service.processors.memory(reference)]})


@router.get("/v1/imemorys/{uuid}", dependencies=READ)
async def show_memory(uuid: str, service: Service) -> Response:
    """Memory of one NUMA node."""
    return answer(memory_to_wire(await service.processors.memory_node(uuid)))


@router.patch("/v1/imemorys/{uuid}", dependencies=CHANGE)
async def divide_memory(uuid: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision) -> Response:
    """Choose what the platform keeps, and how many huge pages there are after the next unlock."""
    memory, new_revision = await service.processors.divide_memory(uuid, patched(patch), revision)
    return answer(memory_to_wire(memory), new_revision)


@router.get("/v1/ihosts/{reference}/pci_devices", dependencies=READ)
async def list_devices(reference: str, service: Service) -> Response:
    """PCI devices of one host."""
    return answer({"pci_devices": [device_to_wire(each) for each in await service.processors.devices(reference)]})


@router.get("/v1/pci_devices/{uuid}", dependencies=READ)
async def show_device(uuid: str, service: Service) -> Response:
    """One PCI device."""
    return answer(device_to_wire(await service.processors.device(uuid)))
