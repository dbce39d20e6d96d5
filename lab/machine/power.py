"""A host's power: what its switch does, and what it shows."""

from __future__ import annotations

import fcntl
import shlex
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, TextIO

from lab.ground.commands import run
from lab.ground.description import Host, Lab
from lab.ground.power import PowerState
from lab.ground.processes import ProcessRecord
from lab.ground.records import replace_file
from lab.ground.waiting import until
from lab.machine import cgroups, disk
from lab.network.switch import host_file
from lab.programs.build import built

BOOT: Final = Path(__file__).parent / "boot"
PROGRAMS_MOUNT: Final = "usr/local/lib/sturnus-lab"
HOST_PATH: Final = f"/usr/local/sbin:/{PROGRAMS_MOUNT}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

OFF_DEADLINE: Final = timedelta(seconds=10)
ORDERLY_DEADLINE: Final = timedelta(seconds=60)


def init_process(lab: Lab, host: Host) -> ProcessRecord | None:
    """A host's pid 1, as the machine sees it; None while the host has no power."""
    record = ProcessRecord.read(lab.paths.host_run(host.name) / "init")
    return record if record and record.alive else None


def power_state(lab: Lab, host: Host) -> PowerState:
    """What a baseboard controller would show. Off means that nothing of the host runs, nor will by itself."""
    if init := init_process(lab, host):
        return PowerState.POWERING_OFF if _is_shutting_down(init) else PowerState.ON
    # Without pid 1 and with a supply, the host is between the two halves of a reboot.
    return PowerState.ON if _supply(lab, host) else PowerState.OFF


def power_on(lab: Lab, host: Host) -> None:
    """Feed the host, and wait until its pid 1 runs. Nothing happens when it has power."""
    with _hand_on_the_switch(lab, host):
        if power_state(lab, host) is not PowerState.ON:
            _await_supply_end(lab, host, ORDERLY_DEADLINE)
            _feed(lab, host)


def _feed(lab: Lab, host: Host) -> None:
    _unplugged(lab, host).unlink(missing_ok=True)
    disk.make(lab, host)
    layout = cgroups.ensure(lab, host)
    run_directory = lab.paths.host_run(host.name)
    replace_file(run_directory / "host.env", _environment(lab, host, layout))
    with (run_directory / "console.log").open("ab") as console:
        # setsid --fork: the supply belongs to no terminal and to no parent that would have to wait for it.
        run(
            ["setsid", "--fork", "sh", "-c", 'exec sh "$0" "$1" >>"$2" 2>&1', str(BOOT / "supply.sh"),
             str(run_directory), console.name],
            deadline=timedelta(seconds=5),
        )  # fmt: skip
    until(
        lambda: None if init_process(lab, host) else "its pid 1 does not run",
        what=f"{host.name}: power on",
        deadline=OFF_DEADLINE,
        remedy=f"see {run_directory}/console.log",
        pause=timedelta(milliseconds=10),
    )


def force_off(lab: Lab, host: Host) -> None:
    """Pull the plug: everything on the host ends at once, nothing is told."""
    with _hand_on_the_switch(lab, host):
        _unplugged(lab, host).touch()
        until(
            lambda: _kill(lab, host),
            what=f"{host.name}: power off",
            deadline=OFF_DEADLINE,
            remedy=f"see {lab.paths.host_run(host.name)}/console.log",
            pause=timedelta(milliseconds=10),
        )


def graceful_shutdown(lab: Lab, host: Host) -> None:
    """Press the power button: the host stops its services and switches itself off. Does not wait for it."""
    ask_for(lab, host, "poweroff")


def graceful_restart(lab: Lab, host: Host) -> None:
    """Have the host stop its services and start again. Does not wait for it."""
    ask_for(lab, host, "reboot")


def force_restart(lab: Lab, host: Host) -> None:
    """Pull the plug and put it back."""
    force_off(lab, host)
    power_on(lab, host)


def await_off(lab: Lab, host: Host) -> None:
    """Wait for the end of an orderly shutdown."""
    _await_supply_end(lab, host, ORDERLY_DEADLINE)


def reboot(lab: Lab, host: Host) -> None:
    """Have the host stop its services and start again, and wait until it has."""
    before = init_process(lab, host)
    graceful_restart(lab, host)
    until(
        lambda: None if init_process(lab, host) not in (None, before) else "it has not started again",
        what=f"{host.name}: reboot",
        deadline=ORDERLY_DEADLINE,
        remedy=f"see {lab.paths.host_run(host.name)}/console.log",
    )


def ask_for(lab: Lab, host: Host, command: str) -> None:
    """Run one of the host's own power commands, if it has power."""
    if init := init_process(lab, host):
        run(entering(lab, host, init, [command]))


def entering(lab: Lab, host: Host, init: ProcessRecord, argv: list[str]) -> list[str]:
    """The command that runs `argv` inside a host."""
    return ["sh", str(BOOT / "enter.sh"), str(lab.paths.host_run(host.name)), str(init.pid), *argv]


@contextmanager
def _hand_on_the_switch(lab: Lab, host: Host) -> Iterator[None]:
    """One at a time: the rack and a command may be asked for opposite things."""
    directory = lab.paths.host_run(host.name)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "switch").open("w") as held:
        until(
            lambda: _busy(held),
            what=f"{host.name}: its power switch",
            deadline=ORDERLY_DEADLINE,
            remedy="wait for the other command to end",
            pause=timedelta(milliseconds=10),
        )
        yield


def _busy(held: TextIO) -> str | None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "somebody else has a hand on it"
    return None


def _is_shutting_down(init: ProcessRecord) -> bool:
    """Runit was told to stop, and not to start again (runit-init(8): the execute bits of two files)."""
    run_directory = Path(f"/proc/{init.pid}/root/run")
    try:
        stopping = (run_directory / "runit.stopit").stat().st_mode & stat.S_IXUSR
        again = (run_directory / "runit.reboot").stat().st_mode & stat.S_IXUSR
    except OSError:
        return False
    return bool(stopping and not again)


def _kill(lab: Lab, host: Host) -> str | None:
    """Kill the host's pid 1, if there is one; what still runs of the host."""
    if init := init_process(lab, host):
        init.send(signal.SIGKILL)
        return f"its pid 1 (process {init.pid}) still runs"
    return _why_fed(lab, host)


def _unplugged(lab: Lab, host: Host) -> Path:
    return lab.paths.host_run(host.name) / "unplugged"


def _supply(lab: Lab, host: Host) -> ProcessRecord | None:
    record = ProcessRecord.read(lab.paths.host_run(host.name) / "supply")
    return record if record and record.alive else None


def _why_fed(lab: Lab, host: Host) -> str | None:
    supply = _supply(lab, host)
    return f"its power supply (process {supply.pid}) still runs" if supply else None


def _await_supply_end(lab: Lab, host: Host, deadline: timedelta) -> None:
    until(
        lambda: _why_fed(lab, host),
        what=f"{host.name}: power off",
        deadline=deadline,
        remedy=f"lab power off {host.name} --name {lab.name}",
        pause=timedelta(milliseconds=10),
    )


def _environment(lab: Lab, host: Host, layout: cgroups.CgroupLayout) -> str:
    """What the boot scripts need to know, as shell assignments."""
    directories = layout.directories(lab, host)
    values = {
        "HOST": host.name,
        "DISK": str(lab.paths.host_state(host.name)),
        "VOLUMES": " ".join(disk.VOLUMES),
        "PROGRAMS": str(built()),
        "PROGRAMS_MOUNT": PROGRAMS_MOUNT,
        "HOST_PATH": HOST_PATH,
        "NETWORK_NAMESPACE": str(host_file(lab, host)),
        "CGROUP_VERSION": str(layout.version.value),
        "CGROUP_HIERARCHIES": " ".join(directories),
        "CGROUP_DIRECTORIES": " ".join(str(directory) for directory in directories.values()),
        "ENTER_CGROUP": "" if layout.version is cgroups.CgroupVersion.V1 else "/init",
        "MEMORY_KIB": str(host.memory_mib * 1024),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
