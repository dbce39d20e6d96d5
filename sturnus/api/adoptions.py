"""`/v1/sturnus/adoptions`: nodes of an existing cluster become hosts. Who calls has looked at the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, StrictStr

from sturnus.api.answers import Service, answer
from sturnus.api.policy import allowed
from sturnus.api.wire import host_to_wire
from sturnus.core.states import Administrative, Personality
from sturnus.identity.permissions import Action
from sturnus.inventory.lifecycle import Presence
from sturnus.inventory.service import Adopted, FoundNode, Inventory

router = APIRouter(tags=["hosts"], dependencies=[Depends(allowed(Action.HOSTS_ADOPT))])

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
Label = Annotated[StrictStr, Field(max_length=317)]  # DNS prefix, slash, name


class NodeToAdopt(BaseModel):
    """A node, as Kubernetes describes it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    personality: Literal[Personality.CONTROLLER, Personality.WORKER]
    runs_users_pods: bool
    address: IPvAnyAddress | None = None
    ready: bool
    cordoned: bool
    labels: Annotated[dict[Label, Label], Field(max_length=512)] = {}

    def found(self) -> FoundNode:
        """The same, in the inventory's words."""
        both = self.personality is Personality.CONTROLLER and self.runs_users_pods
        return FoundNode(
            name=self.name,
            personality=self.personality,
            subfunctions="controller,worker" if both else self.personality.value,
            address=None if self.address is None else str(self.address),
            presence=Presence.ONLINE if self.ready else Presence.OFFLINE,
            administrative=Administrative.LOCKED if self.cordoned else Administrative.UNLOCKED,
            labels=self.labels,
        )


@router.post("/v1/sturnus/adoptions/preview")
async def preview(nodes: Annotated[list[NodeToAdopt], Body(embed=True, max_length=1000)], service: Service) -> Response:
    """What would become of these nodes. Changes nothing."""
    found = await service.preview_adoption([node.found() for node in nodes])
    return answer({"adoptions": [_to_wire(each, service) for each in found]})


@router.post("/v1/sturnus/adoptions")
async def adopt(node: Annotated[NodeToAdopt, Body()], service: Service) -> Response:
    """Take one node over: the host with its labels, or nothing."""
    return answer(_to_wire(await service.adopt_node(node.found()), service))


def _to_wire(adopted: Adopted, service: Inventory) -> Mapping[str, Any]:
    host = None if adopted.host is None else host_to_wire(adopted.host, service.active_controller)
    step = type(adopted.step).__name__.lower()
    return {"node": adopted.node, "step": step, "reason": adopted.step.reason, "host": host}
