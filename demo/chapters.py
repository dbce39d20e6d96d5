"""The chapters that can be told so far. Each looks at what is there first, so the story can be taken up anywhere."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from demo import beginning, openstack
from demo.narration import Output, printed_by, say, typed
from demo.platform import as_administrator, await_host, await_node, kubectl, with_controller


class Told(Enum):
    """When a chapter is told."""

    ALWAYS = auto()
    WHEN_ASKED_FOR = auto()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the story."""

    name: str
    title: str
    tell: Callable[[str], None]  # takes the lab's name
    told: Told = Told.ALWAYS


def application(lab: str) -> None:
    """From one tarball to running pods, in three commands."""
    as_administrator(lab)
    say("An application is one tarball: charts and a manifest. This one is small; OpenStack's is one like it.")
    tarball = printed_by(f"python -m tests.tarballs.tiny {tempfile.gettempdir()}").strip()
    if "tiny" not in printed_by("system application-list --format value --column name").split():
        typed(f"system application-upload tiny {tarball}")
    say("What would happen, and whether anything stands against it, is known before anything is touched:")
    typed("system application-plan tiny")
    say("Then it is installed. Each release starts the moment those before it are ready, and says what it waits for:")
    typed("system application-install tiny --watch")
    typed(f"{kubectl(lab)} get pods -n tiny")
    say("A second time there is nothing to do, which is seen in the cluster, and nothing is written:")
    typed("system application-install tiny --wait", Output.HIDDEN)
    typed("system application-show tiny --releases")
    say("A value of a chart is changed; the plan shows what that restarts, and where the value came from is told:")
    typed("system helm-override-update tiny store tiny --set conf.message=hello", Output.HIDDEN)
    typed("system application-plan tiny")
    typed("system helm-override-explain tiny store tiny conf.message")


def lock(lab: str) -> None:
    """The VIM takes a host out of service, and back: its pods leave in order first."""
    as_administrator(lab)
    say("compute-2 is a pure Kubernetes worker. Some pods run on it as on the others:")
    if "errands" not in printed_by(f"{kubectl(lab)} get deployments -o name"):
        image = "registry.local:9001/busybox:1"
        typed(f"{kubectl(lab)} create deployment errands --image {image} --replicas 4 -- sleep infinity", Output.HIDDEN)
    typed(f"{kubectl(lab)} rollout status deployment errands --timeout 60s", Output.HIDDEN)
    typed(f"{kubectl(lab)} get pods -o wide")
    say("A lock evicts the pods (disruption budgets hold), and taints the node. OpenStack has no part in it:")
    say("(It waits for their containers to end: these do not listen, and get Kubernetes' 30 s.)")
    typed("system host-lock compute-2 --wait", Output.HIDDEN)
    typed("system host-show compute-2 --column administrative --column vim_progress_status")
    typed(f"{kubectl(lab)} get pods -o wide")
    typed(f"{kubectl(lab)} get node compute-2 -o jsonpath='{{.spec.taints}}{{\"\\n\"}}'")
    say("And back into service: the node is opened last.")
    typed("system host-unlock compute-2 --wait", Output.HIDDEN)
    typed("system host-list")


def power(lab: str) -> None:
    """A plug is pulled: the host is declared failed on two witnesses, and fenced."""
    as_administrator(lab)
    say("compute-1 gets its baseboard controller's address. The password is kept encrypted.")
    with_controller(lab, "compute-1")
    await_host("compute-1", "available")
    say("It loses its power. Nothing is told: its heartbeat stops, its lease is not renewed: these are two witnesses.")
    typed(f"lab power --name {lab} off compute-1")
    await_host("compute-1", "failed")
    await_host("compute-1", "fenced", field="fencing")
    typed("system host-list")
    typed("system host-show compute-1 --column availability --column availability_reason --column fencing")
    say("And back, by the operator's word, through the same controller:")
    typed("system host-power-on compute-1 --wait", Output.HIDDEN)
    await_host("compute-1", "available")
    await_node(lab, "compute-1", "Ready")
    typed("system host-list")


def later(lab: str) -> None:
    """What to try next."""
    say(f"""\
The lab stays up. Try:
  .venv/bin/lab exec --name {lab} compute-0 -- bash -l      a shell on a host
  .venv/bin/lab cut --name {lab} compute-2                  pull its network cables (lab mend plugs them in)
  .venv/bin/lab snapshot --name {lab} ready                 copy its disks, for 'lab up --from-snapshot ready'
  make demo CHAPTER=remove                                take OpenStack away, and leave the platform
  make demo-down                                          take it all away""")


CHAPTERS: Final = (
    Chapter("hosts", "Bare hosts", beginning.hosts),
    Chapter("configuration", "A platform, from one file", beginning.configuration),
    Chapter("labels", "What hosts are for", beginning.labels),
    Chapter("cluster", "A cluster", beginning.cluster),
    Chapter("application", "An application", application),
    Chapter("lock", "A host out of service", lock),
    Chapter("power", "A power cut", power),
    Chapter("openstack", "OpenStack from one tarball", openstack.install),
    Chapter("server", "A user's server", openstack.server),
    Chapter("move", "Servers leave a host", openstack.move),
    Chapter("evacuation", "Servers outlive a host", openstack.evacuation),
    Chapter("later", "What next", later),
    Chapter("remove", "OpenStack goes again", openstack.remove, Told.WHEN_ASKED_FOR),
)
