"""`/v1/labels` (reference/inventory.md §2.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from sturnus.api.answers import Service, Wanted, answer
from sturnus.api.policy import allowed
from sturnus.api.preconditions import Revision
from sturnus.api.wire import LabelsToAssign, label_to_wire
from sturnus.identity.permissions import Action
from sturnus.inventory.service import Existing, Page

router = APIRouter(tags=["labels"])

Reader = Depends(allowed(Action.LABELS_SHOW))
Changer = Depends(allowed(Action.LABELS_CHANGE))


@router.get("/v1/labels", dependencies=[Reader])
@router.get("/v1/labels/detail", dependencies=[Reader])
async def list_labels(
    service: Service, wanted: Wanted, uuid: Annotated[str | None, Query(max_length=255)] = None
) -> Response:
    """Labels of one host (`uuid`), or of all, in the order in which they were assigned."""
    if uuid is not None:
        found = await service.labels_of(uuid)
    else:
        after = None if wanted.marker is None else (await service.label(wanted.marker)).id
        found = await service.labels(Page(wanted.limit, after))
    return answer({"labels": [label_to_wire(label) for label in found]})


@router.get("/v1/labels/{uuid}", dependencies=[Reader])
async def show_label(uuid: str, service: Service) -> Response:
    """One label."""
    return answer(label_to_wire(await service.label(uuid)))


@router.post("/v1/labels/{reference}", dependencies=[Changer])
async def assign_labels(
    reference: str,
    labels: Annotated[LabelsToAssign, Body()],
    service: Service,
    revision: Revision,
    overwrite: Annotated[bool, Query()] = False,  # noqa: FBT002 -- the wire's own word; inside it is `Existing`
) -> Response:
    """Assign labels to a host, all or none. `null` means `enabled`."""
    existing = Existing.OVERWRITE if overwrite else Existing.KEEP
    assigned = await service.assign_labels(reference, labels, existing, revision)
    return answer({"labels": [label_to_wire(label) for label in assigned]})


@router.delete("/v1/labels/{uuid}", dependencies=[Changer], status_code=204)
async def remove_label(uuid: str, service: Service, revision: Revision) -> None:
    """Remove one label."""
    await service.remove_label(uuid, revision)
