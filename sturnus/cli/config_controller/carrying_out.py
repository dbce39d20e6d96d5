"""Fills the inventory by what the file says: each step looks first, so it can be repeated and goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sturnus.cli.failure import CommandError
from sturnus.cli.platform import Platform
from sturnus.configuration.first.model import FirstConfiguration, PlatformNetwork
from sturnus.configuration.first.registries import docker_parameters

CONTROLLER: Final = "controller-0"
TYPES: Final = {
    "MGMT_NETWORK": "mgmt",
    "CLUSTER_NETWORK": "cluster-host",
    "OAM_NETWORK": "oam",
    "PXEBOOT_NETWORK": "pxeboot",
}
"""Section to the type of the network, which is its name too."""
DEADLINE: Final = 600.0
"""Seconds that a host gets to become what it has to be."""
LOOK_EVERY: Final = 1.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called, and what does it; False: there was nothing to do."""

    name: str
    run: Callable[[], bool]


def carry_out(platform: Platform, wanted: FirstConfiguration, host_file: Path, tell: Tell) -> None:
    """Do all steps in order, and say of each whether there was anything to do. Raises CommandError where one fails."""
    steps = (
        Step("the system", lambda: _system(platform, wanted)),
        *(_network_step(platform, network) for network in wanted.networks.values()),
        *_registry_steps(platform, docker_parameters(wanted)),
        Step(f"{CONTROLLER} has its name", lambda: _name(platform, host_file)),
        Step(f"{CONTROLLER} is unlocked", lambda: _unlock(platform)),
        Step(f"{CONTROLLER} is what it has to be", lambda: _applied(platform)),
    )
    for number, step in enumerate(steps, 1):
        begun = time.monotonic()
        done = step.run()
        took = f"{time.monotonic() - begun:.1f} s"
        tell(f"{number}/{len(steps)}  {step.name}: {'done' if done else 'was so already'}, {took}")


def pool_of(network: PlatformNetwork) -> dict[str, Any]:
    """The address pool of a network, as the platform's API takes it. Pure."""
    pool: dict[str, Any] = {
        "name": TYPES[network.section],
        "network": str(network.cidr.network_address),
        "prefix": network.cidr.prefixlen,
        "gateway_address": network.gateway,
        "floating_address": network.floating,
    }
    pool |= {f"controller{number}_address": unit for number, unit in enumerate(network.units)}
    if network.first is not None and network.last is not None:
        pool["ranges"] = [[str(network.first), str(network.last)]]
    plain = (list, int, str)
    return {key: value if isinstance(value, plain) else str(value) for key, value in pool.items() if value is not None}


def _network_step(platform: Platform, network: PlatformNetwork) -> Step:
    return Step(f"network {TYPES[network.section]}", lambda: _network(platform, network))


def _registry_steps(platform: Platform, sections: Mapping[str, Mapping[str, str]]) -> Iterator[Step]:
    if sections:
        yield Step("where images come from", lambda: _registries(platform, sections))


def _registries(platform: Platform, sections: Mapping[str, Mapping[str, str]]) -> bool:
    """Have these parameters of the service `docker`, by section. What an operator set since is left alone."""
    found = platform.get("/service_parameter?q.field=service&q.value=docker")["parameters"]
    there = {(each["section"], each["name"]) for each in found}
    has_added = False
    for section, wanted in sections.items():
        if missing := {name: value for name, value in wanted.items() if (section, name) not in there}:
            platform.post("/service_parameter", {"service": "docker", "section": section, "parameters": missing})
            has_added = True
    return has_added


def _system(platform: Platform, wanted: FirstConfiguration) -> bool:
    system = platform.get("/isystems")["isystems"][0]
    for key, value in (("system_type", wanted.system_type), ("system_mode", wanted.system_mode)):
        if system[key] != value:
            raise CommandError(
                f"[SYSTEM] {key.upper()}: the file says {value}, and the platform was started as {system[key]}.",
                f'set {key} = "{value}" in /etc/sturnus/sturnus.toml and restart the inventory',
            )
    if system["timezone"] == wanted.timezone:
        return False
    platform.patch(f"/isystems/{system['uuid']}", {"timezone": wanted.timezone})
    return True


def _network(platform: Platform, network: PlatformNetwork) -> bool:
    """Have the pool, and the network with it. What an operator changed since is left alone."""
    pool, kind = pool_of(network), TYPES[network.section]
    pools = {each["name"]: each for each in platform.get("/addrpools")["addrpools"]}
    networks = {each["type"]: each for each in platform.get("/networks")["networks"]}
    there = pools.get(kind)
    if there is not None:
        _refuse_if_other(network, there, pool)
    uuid = (there or platform.post("/addrpools", pool))["uuid"]
    found = networks.get(kind)
    if found is None:
        platform.post("/networks", {"type": kind, "name": kind, "pool_uuid": uuid})
    elif found["pool_uuid"] is None:
        platform.patch(f"/networks/{found['uuid']}", {"pool_uuid": uuid})
    return there is None or found is None or found["pool_uuid"] is None


def _refuse_if_other(network: PlatformNetwork, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if (there["network"], there["prefix"]) != (wanted["network"], wanted["prefix"]):
        raise CommandError(
            f"[{network.section}] CIDR: the file says {network.cidr}, and the pool {there['name']} has"
            f" {there['network']}/{there['prefix']} already.",
            f"correct the file, or: system addrpool-delete {there['uuid']}",
        )


def _name(platform: Platform, host_file: Path) -> bool:
    try:
        uuid = host_file.read_text().strip()
    except OSError as error:
        raise CommandError(
            f"This host's agent has not enrolled: {host_file} cannot be read.", "start sturnus agent on this host"
        ) from error
    host = platform.get(f"/ihosts/{uuid}")
    if host["hostname"] == CONTROLLER and host["personality"] == "controller":
        return False
    platform.patch(f"/ihosts/{uuid}", {"personality": "controller", "hostname": CONTROLLER})
    return True


def _unlock(platform: Platform) -> bool:
    host = platform.get(f"/ihosts/{CONTROLLER}")
    if (host["administrative"], host["ihost_action"]) == ("unlocked", None):
        return False
    if host["ihost_action"] is None:
        platform.patch(f"/ihosts/{CONTROLLER}", {"action": "unlock"})
    found = _await(platform, lambda each: each["ihost_action"] is None, "vim_progress_status")
    if found["administrative"] != "unlocked":
        raise CommandError(
            f"{CONTROLLER} is not unlocked: {found['vim_progress_status']}", f"system host-show {CONTROLLER}"
        )
    return True


def _applied(platform: Platform) -> bool:
    def is_applied(host: Mapping[str, Any]) -> bool:
        return bool(host["config_target"]) and host["config_target"] == host["config_applied"]

    if is_applied(platform.get(f"/ihosts/{CONTROLLER}")):
        return False
    _await(platform, is_applied, "config_status")
    return True


def _await(platform: Platform, holds: Callable[[Mapping[str, Any]], bool], why: str) -> Mapping[str, Any]:
    """Look until something holds of controller-0; `why`: the field that says what it waits for."""
    end = time.monotonic() + DEADLINE
    while not holds(host := platform.get(f"/ihosts/{CONTROLLER}")):
        if time.monotonic() > end:
            raise CommandError(
                f"{CONTROLLER} is not there after {DEADLINE:.0f} s: {host[why]}", "repeat the command: it goes on"
            )
        time.sleep(LOOK_EVERY)
    found: Mapping[str, Any] = host
    return found
