"""Applications that are installed in seconds, and how to break them.

store ── web     web's hook Job runs before its Deployment is waited for
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import ApplicationSpec, ReleaseSpec, write_tarball
from tests.tarballs.charts import ChartSpec, Hook, Kind, Workload

VOLUME = """\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: store
spec:
  replicas: 0
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: store, image: none}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
CLAIM = "data-store-0"
"""What Kubernetes would call the StatefulSet's first volume claim."""
KEPT_VOLUME = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: images
  annotations: {helm.sh/resource-policy: keep}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
KEPT_CLAIM = "images"
"""A volume claim of a chart's own, which Helm leaves alone."""

STORE = ChartSpec(
    "store",
    workloads=(Workload("store-init", Kind.JOB, hook=Hook("pre-install,pre-upgrade")),),
    files={"templates/volume.yaml": VOLUME},
)
WEB = ChartSpec(
    "web",
    workloads=(Workload("web-api", serves=False), Workload("web-check", Kind.JOB, hook=Hook())),
)


def small(name: str, version: str = "1.0-1", *, message: str = "first") -> ApplicationSpec:
    """Two charts; another message makes another version of the first, and a new pod in the second."""
    values = f"conf:\n  message: {message}\n"
    releases = (ReleaseSpec(STORE, values=values), ReleaseSpec(WEB, after=("store",), values=values))
    return ApplicationSpec(name, releases, version=version, namespace=name, prefix=name)


def only(name: str, chart: ChartSpec, *, timeout: int = 120, values: str = "") -> ApplicationSpec:
    """An application of one chart."""
    return ApplicationSpec(name, (ReleaseSpec(chart, timeout=timeout, values=values),), namespace=name, prefix=name)


def written(directory: Path, spec: ApplicationSpec) -> str:
    """The path of its tarball, in today's form."""
    place = directory / f"{spec.name}-{spec.version}"
    place.mkdir(exist_ok=True)
    return str(write_tarball(place, spec, ApplicationForm.FLUXCD))


def one_pod(name: str, **workload: Any) -> ChartSpec:
    """A chart of one Deployment, with nothing that takes time."""
    return ChartSpec(name, workloads=(replace(Workload(name, serves=False), **workload),))
