"""An application of three charts, for tests of the engine on a real cluster: both forms describe the same.

store ─┬─ cache
       └─ web      a Deployment that waits for store and for the hook Job web-db-sync
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import ApplicationSpec, GroupSpec, ReleaseSpec, write_tarball
from tests.tarballs.charts import ChartSpec, Hook, Kind, Waits, Workload

STORE = ChartSpec("store", workloads=(Workload("store"),))
CACHE = ChartSpec("cache", workloads=(Workload("cache", waits=Waits(services=("store",))),))
WEB = ChartSpec(
    "web",
    workloads=(
        Workload("web-api", waits=Waits(services=("store",), jobs=("web-db-sync",))),
        Workload("web-db-sync", Kind.JOB, waits=Waits(services=("store",)), hook=Hook(weight=-4), seconds=0.5),
    ),
)

TINY = ApplicationSpec(
    "tiny",
    namespace="tiny",
    prefix="tiny",
    releases=(
        ReleaseSpec(STORE, timeout=900, values="conf:\n  message: from the manifest\n"),
        ReleaseSpec(CACHE, timeout=900, after=("store",)),
        ReleaseSpec(WEB, timeout=900, after=("store",), values="pod:\n  replicas:\n    api: 2\n"),
    ),
    groups=(GroupSpec("tiny-store", ("store",)), GroupSpec("tiny-front", ("cache", "web"), sequenced=False)),
)


def tiny(version: str = "1.0-1", *, message: str = "from the manifest") -> ApplicationSpec:
    """The same application; another message makes another values digest, and `store` restarts."""
    store, *others = TINY.releases
    changed = replace(store, values=f"conf:\n  message: {message}\n")
    return replace(TINY, version=version, releases=(changed, *others))


if __name__ == "__main__":  # the demo's application, into a directory: prints where it is
    sys.stdout.write(f"{write_tarball(Path(sys.argv[1]), tiny(), ApplicationForm.FLUXCD)}\n")
