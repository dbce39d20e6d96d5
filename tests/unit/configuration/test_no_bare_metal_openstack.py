"""Spec: the obsolete code of an OpenStack on bare metal is removed. Here: it never comes."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
SOURCES = [
    path
    for room in ("sturnus", "puppet", "lab")
    for path in sorted((CHECKOUT / room).rglob("*"))
    if path.suffix in {".py", ".pp", ".epp", ".sh", ".yaml"}
]
FORBIDDEN = {
    "a Puppet class of a service on bare metal": r"\binclude\s+::?(nova|neutron|cinder|glance|heat|ceilometer)\b",
    "a unit or resource agent of a service": r"\b(openstack-(nova|neutron|glance|cinder|heat)-[a-z]+|ocf:openstack)\b",
    "the service manager": r"\bsm-(provision|deprovision|configure)\b",
    "a configuration file of a service on the host": r"/etc/(nova|neutron|cinder|glance|heat)/",
    "the switch that chose between both": r"\b(kubernetes_enabled|is_kubernetes_config)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_configures_openstack_on_bare_metal(what: str) -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {match.group(0)}"
        for path in SOURCES
        for match in re.finditer(FORBIDDEN[what], path.read_text(errors="ignore"))
    ]

    assert found == []


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 400
