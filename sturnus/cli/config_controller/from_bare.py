"""Makes a platform of a bare controller, until its API answers and this host's agent has enrolled."""

from __future__ import annotations

import argparse
import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.configuration.bare import steps
from sturnus.configuration.bare.host import ProgramFailed, ThisHost
from sturnus.configuration.bare.node import Outcome
from sturnus.configuration.bare.programs import NODES_KUBECONFIG, OPENRC, ControllerFacts
from sturnus.configuration.bare.steps import BareStep
from sturnus.configuration.first.model import FirstConfiguration
from sturnus.core.errors import SturnusError

CONTROLLER: Final = "controller-0"
LOG: Final = Path("/var/log/config_controller.log")
"""What a program said that failed, all of it. Root's alone."""
LOCK: Final = Path("/run/lock/config_controller")
LOCK_DEADLINE: Final = 300.0
DEADLINE: Final = 180.0
"""Seconds for the services to answer, and for this host's agent to enrol."""
LOOK_EVERY: Final = 0.5

Tell = Callable[[str], None]


def bring_up(given: argparse.Namespace, wanted: FirstConfiguration, tell: Tell) -> argparse.Namespace:
    """Do all steps; the options with this platform's credentials. CommandError where one fails."""
    with _alone(tell) as held:
        return _bring_up(ThisHost(held), given, wanted, tell)


def _bring_up(host: ThisHost, given: argparse.Namespace, wanted: FirstConfiguration, tell: Tell) -> argparse.Namespace:
    with _as_command_error("this controller's address", tell):
        facts = facts_of(host, wanted, given.public_host)
    todo = steps.bare_steps(host, facts, wanted.admin_password)
    names = argparse.Namespace(**vars(given))
    for number, step in enumerate((*todo, BareStep("the platform answers", lambda: _answers(names))), 1):
        begun = time.monotonic()
        with _as_command_error(step.name, tell):
            outcome = step.run()
        tell(f"{number}/{len(todo) + 1}  {step.name}: {outcome}, {time.monotonic() - begun:.1f} s")
    return names


@contextmanager
def _alone(tell: Tell) -> Iterator[int]:
    """One run at a time on a controller; gives what the programs that we start hold, too.

    So a run that comes after one that was killed waits for what that one had started, and the kernel lets go of it
    however all of them end.
    """
    with LOCK.open("w") as file:
        end, told = time.monotonic() + LOCK_DEADLINE, False
        while not _locked(file.fileno()):
            if time.monotonic() > end:
                raise CommandError(
                    f"An earlier run still works after {LOCK_DEADLINE:.0f} s ({LOCK}).", f"see who: fuser -v {LOCK}"
                )
            if not told:
                tell("waits for what an earlier run started")
                told = True
            time.sleep(LOOK_EVERY)
        yield file.fileno()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def facts_of(host: ThisHost, wanted: FirstConfiguration, public_host: str | None) -> ControllerFacts:
    """What the settings follow from: this host's addresses in the networks of the file."""
    address = steps.address_in(host, wanted.networks["MGMT_NETWORK"].cidr)
    system = {"system_type": wanted.system_type.value, "system_mode": wanted.system_mode.value}
    system["nodes_kubeconfig"] = NODES_KUBECONFIG
    return ControllerFacts(CONTROLLER, address, public_host or _outside(host, wanted, address), system)


def _outside(host: ThisHost, wanted: FirstConfiguration, otherwise: str) -> str:
    """Where users come: the address in the network of operations. A host that has none is reached as by hosts."""
    try:
        return steps.address_in(host, wanted.networks["OAM_NETWORK"].cidr)
    except SturnusError:
        return otherwise


def _answers(given: argparse.Namespace) -> Outcome:
    """Wait until the API answers and knows this host; `given` gets the credentials by which it did."""
    end = time.monotonic() + DEADLINE
    while (missing := _missing(given)) is not None:
        if time.monotonic() > end:
            raise CommandError(
                f"The platform does not answer after {DEADLINE:.0f} s: {missing}",
                "see /var/log/keystone/current, /var/log/inventory/current, /var/log/agent/current",
            )
        time.sleep(LOOK_EVERY)
    return Outcome.DONE


def _missing(given: argparse.Namespace) -> str | None:
    try:
        vars(given).update(credentials())
        with closing(Platform(given)) as platform:
            platform.get("/isystems")
    except CommandError as error:
        return error.message
    return None if given.host_file.exists() else f"this host's agent has not enrolled: there is no {given.host_file}"


def credentials() -> dict[str, str]:
    """What the openrc says, as options of commands."""
    printing = f". {OPENRC} >&2 && env -0"
    done = subprocess.run(
        ["sh", "-c", printing], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    if done.returncode != 0:
        raise CommandError(f"{OPENRC} cannot be read: {done.stderr.strip()}", "see /var/log/keystone/current")
    said = dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)
    found = {name.lower(): value for name, value in said.items() if name.startswith("OS_")}
    return {**found, "ca_file": found.pop("os_cacert", "")}


@contextmanager
def _as_command_error(step: str, tell: Tell) -> Iterator[None]:
    try:
        yield
    except ProgramFailed as failed:
        LOG.touch(mode=0o600)
        LOG.write_text(failed.output)
        tell(f"{step}: failed")
        remedy = f"{LOG} has all of it; then repeat the command: it goes on"
        raise CommandError(f"{step}: {failed.problem}: {failed.reason}", remedy) from failed
    except SturnusError as error:
        tell(f"{step}: failed")
        raise CommandError(f"{step}: {error.message}", error.remedy) from error
