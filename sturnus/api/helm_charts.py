"""`/v1/helm_charts`: overrides of applications' charts, as clients of 2019 and of today send them (reference §4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from sturnus.api.answers import answer
from sturnus.api.applications import no_applications
from sturnus.api.authentication import Caller
from sturnus.api.policy import May, allowed
from sturnus.api.preconditions import Revision
from sturnus.applications.overrides.changes import Change, Start, Unknown
from sturnus.applications.overrides.explaining import to_wire
from sturnus.applications.overrides.overriding import Overriding
from sturnus.applications.overrides.ports import ChartName, Reapply
from sturnus.applications.overrides.values_text import write_values
from sturnus.core.errors import Invalid
from sturnus.identity.permissions import Action

router = APIRouter(tags=["helm overrides"])

Reader = Depends(allowed(Action.OVERRIDES_SHOW))
Changer = Depends(allowed(Action.OVERRIDES_CHANGE))


def overriding(request: Request) -> Overriding:
    """Dependency: the overrides that this application serves."""
    found = cast("Overriding | None", request.app.state.overriding)
    if found is None:
        raise no_applications()
    return found


Service = Annotated[Overriding, Depends(overriding)]


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about."""

    application: str
    chart: ChartName


async def target(
    application: str,
    name: Annotated[str, Query(max_length=255)] = "",
    namespace: Annotated[str, Query(max_length=255)] = "",
) -> Target:
    """Dependency: the chart that a request is about."""
    if not name or not namespace:
        raise Invalid(
            "A chart is named by its name and its namespace.",
            expected="name and namespace, both not empty",
            remedy="system helm-override-list APPLICATION",
        )
    return Target(application, ChartName(name, namespace))


Of = Annotated[Target, Depends(target)]


class Flags(BaseModel):
    """What becomes of stored values, and of the application (today's clients). `force` is ours."""

    model_config = ConfigDict(extra="forbid")

    reuse_values: bool = False
    reset_values: bool = False
    reapply: bool = False
    reapply_all: bool = False
    force: bool = False


class GivenValues(BaseModel):
    """New values: YAML texts first, then settings."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[str], Field(max_length=64)] = []
    set: Annotated[list[str], Field(max_length=1024)] = []


class Attributes(BaseModel):
    """What a chart has besides values."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | str | None = None


class OverridesPatch(BaseModel):
    """A change. `flag` is of 2019, `flags` of today."""

    model_config = ConfigDict(extra="forbid")

    flag: Literal["reset", "reuse"] | None = None
    flags: Flags | None = None
    values: GivenValues | None = None
    attributes: Attributes | None = None

    def to_change(self) -> Change:
        """As the service takes it."""
        flags, values = self.flags or Flags(), self.values or GivenValues()
        enabled = None if self.attributes is None else self.attributes.enabled
        return Change(
            start=self._start(flags),
            files=tuple(values.files),
            settings=tuple(values.set),
            enabled=None if enabled is None else str(enabled).lower() == "true",  # anything else: false, as upstream
            unknown=Unknown.ALLOW if flags.force else Unknown.REFUSE,
            reapply=Reapply.ALL if flags.reapply_all else Reapply.THIS if flags.reapply else Reapply.LATER,
        )

    def _start(self, flags: Flags) -> Start:
        if flags.reuse_values and flags.reset_values:
            raise Invalid(
                "Stored values cannot be both reused and reset.", expected="one of both", remedy="leave one option out"
            )
        if flags.reuse_values or self.flag == "reuse":
            return Start.REUSE
        return Start.RESET if flags.reset_values or self.flag == "reset" else Start.KEEP


@router.get("/v1/helm_charts", dependencies=[Reader])
@router.get("/v1/helm_charts/", dependencies=[Reader], include_in_schema=False)
async def list_charts(service: Service, app_name: Annotated[str, Query(max_length=255)] = "") -> Response:
    """Charts of an application, and whether they are enabled."""
    found = await service.charts(app_name)
    charts = [
        {"name": each.chart, "namespaces": list(each.namespaces), "enabled": list(each.enabled)} for each in found
    ]
    return answer({"charts": charts})


@router.get("/v1/helm_charts/{application}", dependencies=[Reader])
async def show_overrides(
    of: Of,
    service: Service,
    may: May,
    secrets: Annotated[Literal["masked", "shown"], Query()] = "masked",
) -> Response:
    """Overrides of one chart as YAML texts. Secrets are masked unless `secrets=shown`, which is for administrators."""
    if secrets == "shown":
        may(Action.OVERRIDES_SHOW_SECRETS)
        shown = await service.show_with_secrets(of.application, of.chart)
    else:
        shown = await service.show(of.application, of.chart)
    body = {
        "name": of.chart.chart,
        "namespace": of.chart.namespace,
        "attributes": write_values({"enabled": shown.enabled}),
        "system_overrides": write_values(shown.system),
        "user_overrides": write_values(shown.user),
        "combined_overrides": write_values(shown.combined),
    }
    return answer(body, shown.revision)


@router.patch("/v1/helm_charts/{application}", dependencies=[Changer])
async def change_overrides(
    of: Of,
    patch: Annotated[OverridesPatch, Body()],
    service: Service,
    caller: Caller,
    revision: Revision,
) -> Response:
    """Change overrides or attributes of one chart; answers with what changed."""
    change = patch.to_change()
    shown = await service.change(of.application, of.chart, change, caller.user, revision)
    body: dict[str, Any] = {"name": of.chart.chart, "namespace": of.chart.namespace}
    if change.start is not Start.KEEP:
        body["user_overrides"] = write_values(shown.user)
    if change.enabled is not None:
        body["attributes"] = {"enabled": shown.enabled}
    return answer(body, shown.revision)


@router.delete("/v1/helm_charts/{application}", dependencies=[Changer], status_code=204)
async def clear_overrides(of: Of, service: Service, caller: Caller, revision: Revision) -> None:
    """Take away the user overrides of one chart."""
    await service.clear(of.application, of.chart, caller.user, revision)


@router.get("/v1/sturnus/helm_charts/{application}/explain", dependencies=[Reader])
async def explain_values(
    of: Of, service: Service, key: Annotated[str | None, Query(max_length=2048)] = None
) -> Response:
    """Where each value of a chart comes from: layer, who, when. Secrets are masked."""
    return answer({"values": [to_wire(row) for row in await service.explain(of.application, of.chart, key)]})
