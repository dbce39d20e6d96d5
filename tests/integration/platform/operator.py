"""An operator of a lab's platform: the `system` command with the lab's openrc, and patience with new hosts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lab.ground.description import Lab, Nic
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually

System = Callable[..., subprocess.CompletedProcess[str]]
Announced = Callable[[str], str]
APPLIED_WITHIN = 180
"""Seconds for Puppet on a machine that tests share."""


def system_with(openrc: str, command: str = "system") -> System:
    """Give what runs `system`, or another command of operators, with the credentials of an openrc."""
    program = Path(sys.executable).with_name(command)

    def run(*arguments: str, check: bool = True, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        argv = ["sh", "-c", f'. {openrc} && exec "$@"', "sh", str(program), *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=seconds)
        assert done.returncode == 0 or not check, f"{command} {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    return run


def operator_of(lab: Lab, lab_command: LabCommand, command: str = "system") -> System:
    """Give what runs `system`, or another command of operators, with the credentials of a lab's openrc."""
    return system_with(lab_command("openrc", "--name", lab.name).stdout.strip(), command)


def field(system: System, host: str, name: str) -> str:
    """What the inventory says of a host."""
    return system("host-show", host, "--format", "value", "--column", name).stdout.strip()


def await_applied(system: System, host: str) -> None:
    """Wait until a host is what it has to be."""

    def both() -> tuple[str, str]:
        return field(system, host, "config_target"), field(system, host, "config_applied")

    eventually(both, lambda now: now[0] == now[1] and now[0] not in {"", "None"}, APPLIED_WITHIN)


def announced_in(lab: Lab, system: System) -> Announced:
    """Give what waits until a host of the lab has announced itself, and tells its number in the inventory."""

    def number(name: str) -> str | None:
        mac = lab.host(name).mac(Nic.NODE)
        numbers = system("host-list", "--format", "value", "--column", "id").stdout.split()
        macs = {each: system("host-show", each, "--format", "value", "--column", "mgmt_mac").stdout for each in numbers}
        return next((each for each, found in macs.items() if found.strip() == mac), None)

    def wait(name: str) -> str:
        return str(eventually(lambda: number(name), lambda found: found is not None, 30))

    return wait
