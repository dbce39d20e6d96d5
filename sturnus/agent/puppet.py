"""Applies a configuration by Puppet, offline: hieradata into files, one run, and what its report says.

Everything of it lies below the agent's state directory. Puppet decides what differs and changes only that; a run that
is cut off is begun again, since the inventory does not hear of it.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from sturnus.core.child_process import ENDS_WITH_US, output_of
from sturnus.core.files import replace_file

DEADLINE: Final = timedelta(minutes=5)
CATALOGUE: Final = "catalogue"
"""Instead of a resource: Puppet did not get as far as any."""
MOST_FAILURES: Final = 20
LONGEST_REASON: Final = 500
PACKAGED: Final = Path("share/sturnus/puppet")
"""Below the environment's prefix: modules, manifests and hiera.yaml of this version."""
NODE: Final = "this-host"
"""Puppet's name for the node, under which it looks for facts. It appears in logs only."""
FACTS: Final = """--- !ruby/object:Puppet::Node::Facts
name: {node}
values:
  sturnus_host: {hostname}
"""
"""All that the modules know of a host is in hieradata, so they get its name and nothing else: to gather every fact of
the machine was a third of a run. Source: Puppet 7 and 8, facts terminus `yaml`.
"""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of hieradata."""

    name: str  # no path
    secret: bool
    text: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """What this host has to be."""

    target: str
    hostname: str
    files: tuple[DataFile, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that is not as it has to be."""

    resource: str  # as Puppet writes it: File[/etc/nfv/vim/config.ini]
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to."""

    changed: int  # resources
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def applied(self) -> bool:
        """Whether everything is as it has to be."""
        return not self.failures


def packaged_code() -> Path:
    """Where this version's modules are: in the environment, or beside the sources."""
    installed = Path(sys.prefix) / PACKAGED
    return installed if installed.exists() else Path(__file__).parents[2] / "puppet"


async def apply(wanted: Configuration, state: Path, code: Path, deadline: timedelta = DEADLINE) -> Outcome:
    """Apply it. Whatever goes wrong is in the outcome: the inventory has to hear of it."""
    begun = time.monotonic()
    place = state / "puppet"
    report = place / "report.yaml"
    try:
        await asyncio.to_thread(_lay_out, wanted, place, code)
        report.unlink(missing_ok=True)
        said = await _run(wanted, place, code, deadline)
    except (OSError, TimeoutError) as error:
        reason = _why(error, deadline)
        return Outcome(0, (Failure(CATALOGUE, reason),), time.monotonic() - begun)
    text = await asyncio.to_thread(lambda: report.read_text() if report.exists() else "")
    changed, failures = read_report(text, said)
    return Outcome(changed, failures, time.monotonic() - begun)


def read_report(text: str, said: str) -> tuple[int, tuple[Failure, ...]]:
    """How many resources changed, and which failed, from the last_run_report.yaml and what Puppet printed.

    Source: Puppet 7, report format 12. What went wrong before the first resource is in `logs` only.
    """
    found = yaml.load(text, Loader=_ReportLoader) if text else None  # noqa: S506 -- a safe loader that knows no tags
    if not isinstance(found, Mapping):
        return 0, (Failure(CATALOGUE, _short(_errors_in(said) or "Puppet left no report")),)
    statuses: Mapping[str, Any] = found.get("resource_statuses") or {}
    failures = [
        Failure(name, _reason(status)) for name, status in statuses.items() if status.get("failed")
    ] or _without_resource(found, said)
    changed = sum(1 for status in statuses.values() if status.get("changed"))
    return changed, tuple(failures[:MOST_FAILURES])


def _without_resource(found: Mapping[str, Any], said: str) -> list[Failure]:
    if found.get("status") != "failed":
        return []
    errors = [str(each.get("message")) for each in found.get("logs") or () if each.get("level") in {"err", "crit"}]
    return [Failure(CATALOGUE, _short(errors[-1] if errors else _errors_in(said) or "Puppet does not say why"))]


def _reason(status: Mapping[str, Any]) -> str:
    said = [str(event.get("message")) for event in status.get("events") or () if event.get("status") == "failure"]
    return _short(said[0] if said else "Puppet does not say why")


def _errors_in(said: str) -> str:
    lines = [line.removeprefix("Error: ") for line in said.splitlines() if line.startswith("Error: ")]
    return " ".join(line for line in lines if not line.startswith("Facter:"))


def _short(reason: str) -> str:
    return " ".join(reason.split())[:LONGEST_REASON]


def _why(error: Exception, deadline: timedelta) -> str:
    match error:
        case FileNotFoundError() if error.filename == "puppet":
            return "puppet is not installed on this host: apt-get install puppet-agent"
        case TimeoutError():
            return f"puppet did not end within {deadline.total_seconds():.0f} s"
        case _:
            return _short(str(error))


def _lay_out(wanted: Configuration, place: Path, code: Path) -> None:
    """Put the hieradata there, and nothing of an earlier one: a key that is gone must not be found."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = place / "hieradata"
    data.mkdir(mode=0o700, exist_ok=True)
    names = {each.name for each in wanted.files}
    for left in data.iterdir():
        if left.name not in names:
            left.unlink()
    for each in wanted.files:
        replace_file(data / Path(each.name).name, each.text, 0o600 if each.secret else 0o644)
    shutil.copyfile(code / "hiera.yaml", place / "hiera.yaml")
    facts = place / "client" / "facts"
    facts.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(facts / f"{NODE}.yaml", FACTS.format(node=NODE, hostname=json.dumps(wanted.hostname)), 0o644)


async def _run(wanted: Configuration, place: Path, code: Path, deadline: timedelta) -> str:
    """Run Puppet; what it printed. TimeoutError: it was ended."""
    if shutil.which("puppet") is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "puppet")
    # A run that outlives the agent could still write what the next run, of another target, had put right.
    directories = {"confdir": "etc", "vardir": "var", "logdir": "log", "rundir": "run", "clientyamldir": "client"}
    process = await asyncio.create_subprocess_exec(
        *ENDS_WITH_US, "puppet", "apply", "--color", "false", "--certname", NODE, "--facts_terminus", "yaml",
        "--modulepath", str(code / "modules"),
        "--hiera_config", str(place / "hiera.yaml"), "--lastrunreport", str(place / "report.yaml"),
        *(part for name, where in directories.items() for part in (f"--{name}", str(place / where))),
        str(code / "manifests" / "site.pp"),
        env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(place)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    return (await output_of(process, deadline.total_seconds())).decode(errors="replace")


class _ReportLoader(yaml.SafeLoader):
    """Reads the report as plain mappings: its Ruby classes mean nothing here, and are never made."""


def _untagged(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case _:
            return node.value


_ReportLoader.add_multi_constructor("!", _untagged)
