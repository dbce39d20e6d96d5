"""What the charts render is what the API server knows: every field of every object, against its own OpenAPI."""

import subprocess
from pathlib import Path

import pytest

from apps.openstack.chart_schemas import OF_CHARTS
from lab.ground.description import Lab
from lab.programs.build import built
from tests.unit.openstack_charts.conftest import charts

__all__ = ["charts"]  # the fixture: charts with the library in each

NAMESPACE = "default"  # nothing is made: a dry run
EVERYTHING = {"horizon": {"network.node_port.enabled": "true"}}
"""Values that make a chart render what it does not by default."""


@pytest.mark.parametrize("chart", sorted(OF_CHARTS))
def test_the_api_server_accepts_every_object(chart: str, charts: Path, lab: Lab) -> None:
    more = [f"--set={name}={value}" for name, value in EVERYTHING.get(chart, {}).items()]
    rendered = subprocess.run(
        [str(built() / "helm"), "template", chart, str(charts / chart), "--namespace", NAMESPACE, *more],
        check=True,
        capture_output=True,
        timeout=60,
    )
    asked = subprocess.run(
        [str(built() / "kubectl"), f"--kubeconfig={lab.paths.kubeconfig}", f"--namespace={NAMESPACE}",
         "apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"],
        input=rendered.stdout, check=False, capture_output=True, timeout=60,
    )  # fmt: skip

    assert asked.returncode == 0, asked.stderr.decode()
