"""Reads the file of the first configuration: all that is wrong with it at once, each by section and key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, Error
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from typing import Final

from sturnus.configuration.first.model import (
    Address,
    FirstConfiguration,
    LogicalInterface,
    Network,
    PlatformNetwork,
)
from sturnus.configuration.first.sections import (
    INTERFACE,
    NETWORKS,
    REFUSED,
    REQUIRED,
    SECRET,
    SECTIONS,
    UNUSED,
    UNUSED_KEYS,
    Section,
)
from sturnus.core.errors import Invalid
from sturnus.core.states import SystemMode, SystemType

_INTERFACE_NAME: Final = re.compile(r"LOGICAL_INTERFACE_\d+")
_ADDRESSES: Final = (
    "GATEWAY", "IP_START_ADDRESS", "IP_END_ADDRESS", "IP_FLOATING_ADDRESS", "IP_UNIT_0_ADDRESS", "IP_UNIT_1_ADDRESS",
)  # fmt: skip
DEFAULT: Final = """[SYSTEM]
SYSTEM_TYPE=Standard
SYSTEM_MODE=duplex
TIMEZONE=UTC
[LOGICAL_INTERFACE_1]
INTERFACE_PORTS=eth1
INTERFACE_MTU=1500
[LOGICAL_INTERFACE_2]
INTERFACE_PORTS=eth0
INTERFACE_MTU=1500
[MGMT_NETWORK]
CIDR=192.168.204.0/24
LOGICAL_INTERFACE=LOGICAL_INTERFACE_1
[CLUSTER_NETWORK]
CIDR=192.168.206.0/24
[OAM_NETWORK]
CIDR=10.10.10.0/24
GATEWAY=10.10.10.1
LOGICAL_INTERFACE=LOGICAL_INTERFACE_2
IP_FLOATING_ADDRESS=10.10.10.2
IP_UNIT_0_ADDRESS=10.10.10.3
IP_UNIT_1_ADDRESS=10.10.10.4
[VERSION]
RELEASE={release}
"""
"""What `--default` takes."""

Said = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    section: str
    key: str | None
    message: str

    def __str__(self) -> str:
        """As it is printed."""
        return f"[{self.section}]{f' {self.key}' if self.key else ''}: {self.message}"


def read(text: str, release: str) -> FirstConfiguration:
    """Read a file's text, for a platform of this release.

    Raises:
        Invalid: whatever is wrong, all of it.

    """
    parser = ConfigParser(interpolation=None, comment_prefixes=("#", ";"))
    # Keys are written in capitals, and compared as they are written.
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # -- as its documentation shows
    try:
        parser.read_string(text)
    except Error as error:
        raise _invalid([str(error).replace("\n", " ")]) from None
    said = {name: dict(parser[name]) for name in parser.sections()}
    faults = list(_form(said))
    faults += _meaning(said, {(fault.section, fault.key) for fault in faults}, release)
    if faults:
        raise _invalid([str(fault) for fault in faults])
    return _made(said)


def _invalid(faults: list[str]) -> Invalid:
    return Invalid(
        "; ".join(faults),
        expected="the sections and keys that config_controller --help names",
        remedy="correct the file and repeat the command: nothing was changed",
        details=tuple(faults),
    )


# ── form: each section and key by itself ────────────────────────────────────────────────────────────────────────────


def _form(said: Said) -> Iterator[Fault]:
    for name in REQUIRED:
        if name not in said:
            yield Fault(name, None, "the section is missing")
    for name, values in said.items():
        section = INTERFACE if _INTERFACE_NAME.fullmatch(name) else SECTIONS.get(name)
        if name in REFUSED:
            yield Fault(name, None, f"take the section out: {REFUSED[name]}")
        elif section is None:
            yield Fault(name, None, "there is no such section" + _nearest(name, SECTIONS))
        else:
            yield from _form_of(name, section, values)


def _form_of(name: str, section: Section, values: Mapping[str, str]) -> Iterator[Fault]:
    for key in sorted(section.required - values.keys()):
        yield Fault(name, key, "is missing")
    for key, value in values.items():
        rule = section.keys.get(key)
        if rule is None:
            yield Fault(name, key, "there is no such key" + _nearest(key, section.keys))
        elif (expected := rule(value)) is not None:
            found = "" if key in SECRET else f", and it is {value[:64]!r}"
            yield Fault(name, key, f"{expected} is expected{found}")


def _nearest(word: str, known: Mapping[str, object]) -> str:
    match = get_close_matches(word, known, 1)
    return f": did you mean {match[0]}?" if match else ""


# ── meaning: what has to agree with something else; a key whose form is wrong is left out ───────────────────────────


def _meaning(said: Said, wrong: set[tuple[str, str | None]], release: str) -> Iterator[Fault]:
    sound = {
        name: {key: value for key, value in values.items() if (name, key) not in wrong} for name, values in said.items()
    }
    given = sound.get("VERSION", {}).get("RELEASE")
    if given is not None and given != release:
        yield Fault("VERSION", "RELEASE", f"{release} is installed, and the file is for {given}")
    networks = {name: ip_network(sound[name]["CIDR"]) for name in NETWORKS if "CIDR" in sound.get(name, {})}
    yield from _apart(networks)
    for name, cidr in networks.items():
        yield from _inside(name, cidr, sound[name])
    yield from _connected(sound)
    yield from _units(sound)


def _apart(networks: Mapping[str, Network]) -> Iterator[Fault]:
    names = list(networks)
    for index, name in enumerate(names):
        for other in names[:index]:
            if networks[name].version == networks[other].version and networks[name].overlaps(networks[other]):
                yield Fault(name, "CIDR", f"{networks[name]} overlaps with {networks[other]} of [{other}]")


def _inside(name: str, cidr: Network, values: Mapping[str, str]) -> Iterator[Fault]:
    for key in _ADDRESSES:
        if key in values and ip_address(values[key]) not in cidr:
            yield Fault(name, key, f"{values[key]} is not in {cidr}")
    first, last = values.get("IP_START_ADDRESS"), values.get("IP_END_ADDRESS")
    if first and last and int(ip_address(first)) >= int(ip_address(last)):
        yield Fault(name, "IP_END_ADDRESS", f"{last} does not come after {first}")
    taken = [values[key] for key in ("IP_FLOATING_ADDRESS", "IP_UNIT_0_ADDRESS", "IP_UNIT_1_ADDRESS") if key in values]
    if len(set(taken)) < len(taken):
        yield Fault(name, "IP_FLOATING_ADDRESS", "the floating address and those of the controllers have to differ")


def _connected(said: Said) -> Iterator[Fault]:
    for name in NETWORKS:
        interface = said.get(name, {}).get("LOGICAL_INTERFACE")
        if interface is not None and interface not in said:
            yield Fault(name, "LOGICAL_INTERFACE", f"there is no section [{interface}]")
    for name, values in said.items():
        if not _INTERFACE_NAME.fullmatch(name):
            continue
        several = "," in values.get("INTERFACE_PORTS", "")
        if several and values.get("LAG_INTERFACE") != "Y":
            yield Fault(name, "INTERFACE_PORTS", "several ports want LAG_INTERFACE=Y")
        if values.get("LAG_INTERFACE") == "Y" and "LAG_MODE" not in values:
            yield Fault(name, "LAG_MODE", "is missing, since LAG_INTERFACE=Y")


def _units(said: Said) -> Iterator[Fault]:
    if "OAM_NETWORK" not in said or said.get("SYSTEM", {}).get("SYSTEM_MODE") == SystemMode.SIMPLEX:
        return
    keys = ("IP_FLOATING_ADDRESS", "IP_UNIT_0_ADDRESS", "IP_UNIT_1_ADDRESS")
    missing = [key for key in keys if key not in said["OAM_NETWORK"]]
    if 0 < len(missing) < len(keys):
        yield Fault("OAM_NETWORK", missing[0], f"is missing: all or none of {', '.join(keys)}")


# ── the value ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _made(said: Said) -> FirstConfiguration:
    system = said["SYSTEM"]
    return FirstConfiguration(
        system_type=SystemType(system.get("SYSTEM_TYPE", SystemType.STANDARD)),
        system_mode=SystemMode(system.get("SYSTEM_MODE", SystemMode.DUPLEX)),
        timezone=system.get("TIMEZONE", "UTC"),
        interfaces={name: _interface(name, said[name]) for name in said if _INTERFACE_NAME.fullmatch(name)},
        networks={name: _network(name, said[name]) for name in NETWORKS if "CIDR" in said.get(name, {})},
        nameservers=tuple(ip_address(value) for value in said.get("DNS", {}).values()),
        proxies=said.get("DOCKER_PROXY", {}),
        registries=said.get("DOCKER_REGISTRY", {}),
        admin_password=said.get("AUTHENTICATION", {}).get("ADMIN_PASSWORD"),
        unused=tuple(_unused(said)),
    )


def _unused(said: Said) -> Iterator[str]:
    for name, values in said.items():
        kind = "LOGICAL_INTERFACE" if _INTERFACE_NAME.fullmatch(name) else name
        if kind in UNUSED:
            yield f"[{name}]: {UNUSED[kind]}"
        for key in sorted(UNUSED_KEYS & values.keys()):
            yield f"[{name}] {key}: networks get pools and addresses; the rest is configured by commands"


def _interface(name: str, values: Mapping[str, str]) -> LogicalInterface:
    ports = tuple(port.strip() for port in values["INTERFACE_PORTS"].split(","))
    mode = int(values["LAG_MODE"]) if values.get("LAG_INTERFACE") == "Y" else None
    return LogicalInterface(name, ports, int(values.get("INTERFACE_MTU", "1500")), mode)


def _network(name: str, values: Mapping[str, str]) -> PlatformNetwork:
    def address(key: str) -> Address | None:
        return ip_address(values[key]) if key in values else None

    units = (address("IP_UNIT_0_ADDRESS"), address("IP_UNIT_1_ADDRESS"))
    return PlatformNetwork(
        section=name,
        cidr=ip_network(values["CIDR"]),
        interface=values.get("LOGICAL_INTERFACE"),
        vlan=int(values["VLAN"]) if "VLAN" in values else None,
        gateway=address("GATEWAY"),
        first=address("IP_START_ADDRESS"),
        last=address("IP_END_ADDRESS"),
        floating=address("IP_FLOATING_ADDRESS"),
        units=tuple(unit for unit in units if unit is not None),
    )
