"""Running programs on a host, and putting files on it while it has power."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from lab.ground.commands import DEFAULT_DEADLINE, CommandFailed
from lab.ground.commands import run as run_command
from lab.ground.description import Host, Lab
from lab.ground.errors import LabError
from lab.machine.power import entering, init_process
from sturnus.configuration.bare.host import HostFile, ProgramFailed


def run(
    lab: Lab, host: Host, argv: Sequence[str], *, stdin: str | None = None, deadline: timedelta = DEFAULT_DEADLINE
) -> str:
    """Run a program on a host to its end; its standard output.

    Raises:
        LabError: the host has no power.
        CommandFailed: as `lab.ground.commands.run`.

    """
    return run_command(command(lab, host, argv), stdin=stdin, deadline=deadline)


def has(lab: Lab, host: Host, path: str) -> bool:
    """Whether a host has a file or a directory. Raises as `run`."""
    return bool(run(lab, host, ["sh", "-c", '[ ! -e "$1" ] || echo yes', "sh", path]))


def become(lab: Lab, host: Host, argv: Sequence[str]) -> NoReturn:
    """Turn this process into a program on a host, on this terminal: what `lab exec` does.

    Raises:
        LabError: the host has no power.

    """
    entered = command(lab, host, argv)
    os.execvp(entered[0], entered)


def command(lab: Lab, host: Host, argv: Sequence[str]) -> list[str]:
    """The machine's command that runs `argv` on a host.

    Raises:
        LabError: the host has no power.

    """
    init = init_process(lab, host)
    if init is None:
        raise LabError(f"{host.name} has no power", f"lab power on {host.name} --name {lab.name}")
    return entering(lab, host, init, list(argv))


def put(lab: Lab, host: Host, files: Iterable[HostFile]) -> None:
    """Put files on a running host, whole and with their modes, owned by root and the group that each names."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in files:
            content = file.content.encode()
            entry = tarfile.TarInfo(file.path.lstrip("/"))
            entry.size, entry.mode = len(content), file.mode
            entry.uname, entry.gname = "root", file.group
            tar.addfile(entry, io.BytesIO(content))
    _unpack(lab, host, packed)


def put_tree(lab: Lab, host: Host, source: Path, target: str) -> None:
    """Put a directory of this machine on a running host, owned by root."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(source, arcname=target.lstrip("/"), filter=_owned_by_root)
    _unpack(lab, host, packed)


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def _unpack(lab: Lab, host: Host, packed: io.BytesIO) -> None:
    run_command(command(lab, host, ["tar", "-x", "-C", "/", "--no-overwrite-dir"]), stdin=packed.getvalue())


@dataclass(frozen=True, slots=True)
class Reached:
    """A host as the product's own steps see a machine (`sturnus.configuration.bare.host.Host`)."""

    lab: Lab
    host: Host

    def run(self, argv: Sequence[str], *, deadline: timedelta = DEFAULT_DEADLINE) -> str:
        """Run a program on it. ProgramFailed if it fails."""
        try:
            return run(self.lab, self.host, argv, deadline=deadline)
        except CommandFailed as failed:
            raise ProgramFailed(failed.problem, failed.output) from failed

    def put(self, files: Iterable[HostFile]) -> None:
        """Put files on it."""
        put(self.lab, self.host, files)
