"""What applications and operations look like on the wire (reference/inventory.md §3.2, reference/clients.md §1)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sturnus.applications.application import Application, Operation, ReleaseProgress
from sturnus.applications.bundle.bundle import CalledFor
from sturnus.applications.engine.cleaning import Volumes
from sturnus.applications.service import Installing
from sturnus.applications.uploading import Tarball
from sturnus.core.errors import Invalid

ShortText = Annotated[str, Field(max_length=255)]


class TarballBody(BaseModel):
    """An upload or an update, as clients of 2019 (a path on this host) and of today (the content) send it."""

    model_config = ConfigDict(extra="ignore")  # `images`, `reuse_user_overrides`: accepted, and without effect here

    tarfile: Annotated[str, Field(max_length=4096)]
    name: ShortText | None = None
    app_version: ShortText | None = None
    binary_data: str | None = None

    def to_tarball(self) -> Tarball:
        """As the service takes it. Invalid for addresses: this host fetches nothing from elsewhere."""
        if "://" in self.tarfile:
            raise Invalid(
                "Application-upload rejected: a tarball is not fetched from an address.",
                expected="a file",
                remedy="download it, then: system application-upload FILE",
            )
        content = None if self.binary_data is None else _decoded(self.binary_data)
        name = self.tarfile if content is None else self.tarfile.rpartition("/")[2]
        return Tarball(name, content, CalledFor(self.name, self.app_version))


class ApplyValues(BaseModel):
    """How an application is applied. `plan` and `force` are ours."""

    model_config = ConfigDict(extra="ignore")  # `client_side`

    mode: ShortText | None = None
    plan: ShortText | None = None
    force: bool = False
    operation: ShortText | None = None  # of a rollback: where to
    volumes: Volumes = Volumes.DELETE

    def to_installing(self) -> Installing:
        """As the service takes it."""
        return Installing(self.plan, self.force, self.mode)


class DirectiveBody(BaseModel):
    """What comes with `PATCH /v1/apps/NAME?directive=...`."""

    model_config = ConfigDict(extra="ignore")

    values: ApplyValues = ApplyValues()


def application_to_wire(application: Application) -> dict[str, Any]:
    """One application, in the list and alone."""
    return {
        "name": application.name,
        "app_version": application.version,
        "manifest_name": application.manifest_name,
        "manifest_file": application.manifest_file,
        "status": application.status.value,
        "progress": application.progress,
        "active": application.active,
        "created_at": _moment(application.created_at),
        "updated_at": _moment(application.updated_at),
    }


def operation_to_wire(operation: Operation) -> dict[str, Any]:
    """One operation with its releases."""
    return {
        "uuid": operation.uuid,
        "application": operation.application,
        "app_version": operation.version,
        "kind": operation.kind.value,
        "state": operation.state.value,
        "reason": operation.reason,
        "requested_by": operation.requested_by,
        "created_at": _moment(operation.created_at),
        "started_at": _moment(operation.started_at),
        "finished_at": _moment(operation.finished_at),
        "releases": [_release_to_wire(release) for release in operation.releases],
    }


def _release_to_wire(release: ReleaseProgress) -> dict[str, Any]:
    return {
        "release": release.release,
        "namespace": release.namespace,
        "chart": release.chart,
        "phase": release.phase.value,
        "reason": release.reason,
        "started_at": _moment(release.started_at),
        "finished_at": _moment(release.finished_at),
        "workloads_ready": release.workloads_ready,
        "workloads_total": release.workloads_total,
        "revision_before": release.revision_before,
        "revision_after": release.revision_after,
        "estimate": release.estimate,
        "diagnosis": list(release.diagnosis),
    }


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(
            "Application-upload rejected: binary_data is not base64.",
            expected="the tarball's bytes, base64 with - and _",
            remedy="send the file again",
        ) from None


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
