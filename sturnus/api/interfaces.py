"""`/v1/iinterfaces`, ports, and what is connected to what (reference/inventory.md §6)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from sturnus.api.answers import Service, Wanted, answer
from sturnus.api.network_wire import assignment_to_wire, data_assignment_to_wire, interface_to_wire, port_to_wire
from sturnus.api.policy import allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import Fields, Patch, patched
from sturnus.identity.permissions import Action
from sturnus.inventory.networking.model import Interface
from sturnus.inventory.service import Page

router = APIRouter(tags=["interfaces"])

READ = [Depends(allowed(Action.NETWORKS_SHOW))]
CHANGE = [Depends(allowed(Action.NETWORKS_CHANGE))]
READ_HOSTS = [Depends(allowed(Action.HOSTS_SHOW))]


@router.get("/v1/ihosts/{reference}/iinterfaces", dependencies=READ)
async def list_interfaces(reference: str, service: Service) -> Response:
    """Interfaces of one host."""
    found = await service.networking.interfaces(reference)
    return answer({"iinterfaces": [interface_to_wire(each) for each in found]})


@router.get("/v1/iinterfaces/{uuid}", dependencies=READ)
async def show_interface(uuid: str, service: Service) -> Response:
    """One interface. Its ETag is that of its host: they change together."""
    return _interface(await service.networking.interface(uuid))


@router.post("/v1/iinterfaces", dependencies=CHANGE)
async def add_interface(fields: Annotated[Fields, Body()], service: Service, revision: Revision) -> Response:
    """Make an interface on the host that `ihost_uuid` names."""
    return _interface(await service.networking.add_interface(fields, revision))


@router.patch("/v1/iinterfaces/{uuid}", dependencies=CHANGE)
async def change_interface(
    uuid: str, patch: Annotated[Patch, Body()], service: Service, revision: Revision
) -> Response:
    """Change an interface, but for its type."""
    return _interface(await service.networking.change_interface(uuid, patched(patch), revision))


@router.delete("/v1/iinterfaces/{uuid}", dependencies=CHANGE, status_code=204)
async def remove_interface(uuid: str, service: Service, revision: Revision) -> None:
    """Remove an interface that nothing stands on."""
    await service.networking.remove_interface(uuid, revision)


@router.get("/v1/iinterfaces/{uuid}/ports", dependencies=READ)
async def list_ports_of_interface(uuid: str, service: Service) -> Response:
    """The port that an ethernet interface stands on; others have none of their own."""
    return answer({"ports": [port_to_wire(each) for each in await service.networking.ports_below(uuid)]})


@router.get("/v1/ihosts/{reference}/ports", dependencies=READ_HOSTS)
async def list_ports(reference: str, service: Service) -> Response:
    """Ports of one host."""
    return answer({"ports": [port_to_wire(each) for each in await service.networking.ports(reference)]})


@router.get("/v1/ihosts/{reference}/ethernet_ports", dependencies=READ_HOSTS)
async def list_ethernet_ports(reference: str, service: Service) -> Response:
    """Ports of one host: all of them are ethernet."""
    return answer({"ethernet_ports": [port_to_wire(each) for each in await service.networking.ports(reference)]})


@router.get("/v1/ports/{uuid}", dependencies=READ_HOSTS)
@router.get("/v1/ethernet_ports/{uuid}", dependencies=READ_HOSTS)
async def show_port(uuid: str, service: Service) -> Response:
    """One port."""
    return answer(port_to_wire(await service.networking.port(uuid)))


@router.get("/v1/interface_networks", dependencies=READ)
async def list_assignments(service: Service, wanted: Wanted) -> Response:
    """Connections of all hosts to networks."""
    door = service.networking
    after = None if wanted.marker is None else (await door.assignment(wanted.marker)).id
    found = await door.assignments(Page(wanted.limit, after))
    return answer({"interface_networks": [assignment_to_wire(each) for each in found]})


@router.get("/v1/ihosts/{reference}/interface_networks", dependencies=READ)
async def list_assignments_of_host(reference: str, service: Service) -> Response:
    """Connections of one host to networks."""
    found = await service.networking.assignments_of(reference)
    return answer({"interface_networks": [assignment_to_wire(each) for each in found]})


@router.get("/v1/iinterfaces/{uuid}/interface_networks", dependencies=READ)
async def list_assignments_of_interface(uuid: str, service: Service) -> Response:
    """Connections of one interface to networks."""
    interface = await service.networking.interface(uuid)
    return answer({"interface_networks": [assignment_to_wire(each) for each in interface.networks]})


@router.get("/v1/interface_networks/{uuid}", dependencies=READ)
async def show_assignment(uuid: str, service: Service) -> Response:
    """One connection to a network."""
    return answer(assignment_to_wire(await service.networking.assignment(uuid)))


@router.post("/v1/interface_networks", dependencies=CHANGE)
async def connect(fields: Annotated[Fields, Body()], service: Service, revision: Revision) -> Response:
    """Connect an interface (`interface_uuid`) to a network (`network_uuid`: its uuid or name)."""
    return answer(assignment_to_wire(await service.networking.connect(fields, revision)))


@router.delete("/v1/interface_networks/{uuid}", dependencies=CHANGE, status_code=204)
async def disconnect(uuid: str, service: Service, revision: Revision) -> None:
    """Disconnect an interface from a network."""
    await service.networking.disconnect(uuid, revision)


@router.get("/v1/interface_datanetworks", dependencies=READ)
async def list_data_assignments(service: Service, wanted: Wanted) -> Response:
    """Carriers of data networks of all hosts."""
    door = service.networking
    after = None if wanted.marker is None else (await door.data_assignment(wanted.marker)).id
    found = await door.data_assignments(Page(wanted.limit, after))
    return answer({"interface_datanetworks": [data_assignment_to_wire(each) for each in found]})


@router.get("/v1/ihosts/{reference}/interface_datanetworks", dependencies=READ)
async def list_data_assignments_of_host(reference: str, service: Service) -> Response:
    """Carriers of data networks of one host."""
    found = await service.networking.data_assignments_of(reference)
    return answer({"interface_datanetworks": [data_assignment_to_wire(each) for each in found]})


@router.get("/v1/iinterfaces/{uuid}/interface_datanetworks", dependencies=READ)
async def list_data_assignments_of_interface(uuid: str, service: Service) -> Response:
    """Data networks that one interface carries."""
    interface = await service.networking.interface(uuid)
    return answer({"interface_datanetworks": [data_assignment_to_wire(each) for each in interface.data_networks]})


@router.get("/v1/interface_datanetworks/{uuid}", dependencies=READ)
async def show_data_assignment(uuid: str, service: Service) -> Response:
    """One carrier of a data network."""
    return answer(data_assignment_to_wire(await service.networking.data_assignment(uuid)))


@router.post("/v1/interface_datanetworks", dependencies=CHANGE)
async def carry(fields: Annotated[Fields, Body()], service: Service, revision: Revision) -> Response:
    """Let an interface (`interface_uuid`) carry a data network (`datanetwork_uuid`: its uuid or name)."""
    return answer(data_assignment_to_wire(await service.networking.carry(fields, revision)))


@router.delete("/v1/interface_datanetworks/{uuid}", dependencies=CHANGE, status_code=204)
async def drop(uuid: str, service: Service, revision: Revision) -> None:
    """Let an interface carry a data network no more."""
    await service.networking.drop(uuid, revision)


def _interface(interface: Interface) -> Response:
    return answer(interface_to_wire(interface), interface.revision)
