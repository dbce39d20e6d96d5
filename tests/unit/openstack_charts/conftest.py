"""Charts as Helm renders them, without a cluster."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.openstack.chart_schemas import CHARTS, OF_CHARTS
from lab.programs.build import built

LIBRARY = "openstack-library"
Objects = list[dict[str, Any]]
Template = Callable[..., Objects]


class Refused(Exception):
    """Helm refused values or a template; the text is what it said."""


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the charts with the library in each, as in the tarball: nothing is written into the tree."""
    directory = tmp_path_factory.mktemp("charts")
    for name in OF_CHARTS:
        shutil.copytree(CHARTS / name, directory / name, ignore=shutil.ignore_patterns("charts", "Chart.lock"))
        shutil.copytree(CHARTS / LIBRARY, directory / name / "charts" / LIBRARY)
    return directory


@pytest.fixture(scope="session")
def helm() -> Callable[..., str]:
    """Run Helm; returns what it prints."""

    def run(*arguments: str, values: object = None) -> str:
        done = subprocess.run(
            [str(built() / "helm"), *arguments, *(["-f", "-"] if values is not None else [])],
            input=yaml.safe_dump(values) if values is not None else None,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout

    return run


@pytest.fixture(scope="session")
def template(charts: Path, helm: Callable[..., str]) -> Template:
    """Render a chart as release `openstack-CHART`."""
    defaults: dict[str, Objects] = {}

    def render(chart: str, values: object = None) -> Objects:
        if values is None and chart in defaults:
            return defaults[chart]
        text = helm("template", f"openstack-{chart}", str(charts / chart), "--namespace", "openstack", values=values)
        objects = [each for each in yaml.safe_load_all(text) if each]
        if values is None:
            defaults[chart] = objects
        return objects

    return render


def of_kind(objects: Objects, *kinds: str) -> Iterator[dict[str, Any]]:
    """Those of some kinds."""
    return (each for each in objects if each["kind"] in kinds)


def named(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    """The one of that kind and name."""
    return next(each for each in of_kind(objects, kind) if each["metadata"]["name"] == name)
