"""Charts as `helm package` would make them, but the same to the byte each time; a chart of a library goes inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from apps.openstack.tarball.packing import Files, files_of, packed
from lab.ground.errors import LabError

BESIDE: Final = "file://../"
"""How a chart names a library that lies beside it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's files, with the charts that it depends on in `charts/`."""

    name: str
    version: str
    kind: str  # application or library
    files: Files  # path below the chart's directory → content
    values: Mapping[str, Any]

    @property
    def archive_name(self) -> str:
        """`keystone-1.0.0.tgz`."""
        return f"{self.name}-{self.version}.tgz"

    @property
    def archive(self) -> bytes:
        """The chart's archive: one directory of its name."""
        return packed({f"{self.name}/{path}": content for path, content in self.files.items()})


def chart(charts: Path, name: str) -> Chart:
    """Read one chart from the directory of all.

    Raises:
        LabError: it is not there, has another name than its directory, or depends on what does not lie beside it.

    """
    directory = charts / name
    if not (directory / "Chart.yaml").is_file():
        raise LabError(f"chart {name} has no {directory}/Chart.yaml", "write the chart, or remove its release")
    about = yaml.safe_load((directory / "Chart.yaml").read_text())
    if about.get("name") != name:
        raise LabError(f"{directory}/Chart.yaml says name {about.get('name')!r}", f"call the chart {name}")
    # What lies in charts/ may be older than the library: it is left out, and made anew.
    files = {path: content for path, content in files_of(directory).items() if not path.startswith("charts/")}
    for needed in about.get("dependencies", ()):
        files |= _inside(charts, name, needed)
    values = yaml.safe_load(files.get("values.yaml", b"")) or {}
    return Chart(name, str(about["version"]), about.get("type", "application"), files, values)


def _inside(charts: Path, of: str, needed: Mapping[str, Any]) -> dict[str, bytes]:
    repository = str(needed.get("repository", ""))
    if not repository.startswith(BESIDE):
        found = f"chart {of} depends on {needed['name']} from {repository or 'nowhere'}"
        raise LabError(found, f"only charts of this application: repository: {BESIDE}{needed['name']}")
    library = chart(charts, repository.removeprefix(BESIDE))
    return {f"charts/{library.name}/{path}": content for path, content in library.files.items()}
