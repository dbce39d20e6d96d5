"""Pulling a host's cables, and plugging them in again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lab.ground.commands import CommandFailed, run
from lab.ground.description import Host, Lab, Nic
from lab.ground.errors import LabError
from lab.network import namespaces
from lab.network.switch import switch_file


def cut(lab: Lab, host: Host, nics: Sequence[Nic]) -> None:
    """Take the link away at the switch's end: the host sees that its port has no carrier."""
    namespaces.configure(switch_file(lab), (f"link set {host.cable(nic)} down" for nic in nics))


def mend(lab: Lab, host: Host, nics: Sequence[Nic]) -> None:
    """Give the link back, at full speed."""
    for nic in nics:
        if _is_impaired(lab, host.cable(nic)):
            run(namespaces.inside(switch_file(lab), "tc", "qdisc", "delete", "dev", host.cable(nic), "root"))
    namespaces.configure(switch_file(lab), (f"link set {host.cable(nic)} up" for nic in nics))


def impair(lab: Lab, host: Host, nics: Sequence[Nic], *, delay: str, loss: str) -> None:
    """Delay what the switch sends to the host (`50ms`), and lose a share of it (`5%`).

    Raises:
        LabError: the kernel has no netem, or the values are not netem's.

    """
    for nic in nics:
        device = ["dev", host.cable(nic), "root", "netem", "delay", delay, "loss", loss]
        try:
            run(namespaces.inside(switch_file(lab), "tc", "qdisc", "replace", *device))
        except CommandFailed as failed:
            if "unknown" in failed.output or "No such file" in failed.output:
                remedy = "use a kernel with CONFIG_NET_SCH_NETEM, or cut the cable instead: lab cut"
                raise LabError("this kernel cannot delay or lose packets (no sch_netem)", remedy) from failed
            raise


def cut_nics(lab: Lab) -> dict[str, frozenset[Nic]]:
    """Which cables are out, by host name; hosts whose cables are all in are left out."""
    links = json.loads(run(namespaces.inside(switch_file(lab), "ip", "-json", "link", "show")))
    down = {link["ifname"] for link in links if "UP" not in link["flags"]}
    found = {host.name: frozenset(nic for nic in Nic if host.cable(nic) in down) for host in lab.hosts}
    return {name: nics for name, nics in found.items() if nics}


def _is_impaired(lab: Lab, cable: str) -> bool:
    return "netem" in run(namespaces.inside(switch_file(lab), "tc", "qdisc", "show", "dev", cable))
