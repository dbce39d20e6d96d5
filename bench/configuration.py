"""From the flip of OpenStack's fact to the VIM that has it, and back, on a lab: what takes the seconds.

    python bench/configuration.py --lab NAME [--runs N]     a lab of one's own: OpenStack is not installed on it

The fact is flipped as the application engine does it, by a process beside the inventory, so the notice is found up to a
second later than if the inventory had done it. Before the flip and after it every host is what it has to be.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import table
from lab.ground import records
from lab.ground.description import Lab
from lab.machine import inside
from sturnus.configuration.bare.programs import HOME
from sturnus.configuration.service import Presence
from tests.integration.platform.flipping import flip, passwords_of_pods
from tests.integration.platform.operator import System, announced_in, await_applied, system_with

CONTROLLER = "controller-0"
GOAL = 5
RESULTS = Path(__file__).parent / "results" / "configuration.json"
AGENT_LOG = "/var/log/agent/current"

# Asks the VIM twenty times a second what it knows of OpenStack, until it says `sys.argv[2]`; prints when that was.
WATCH = """
import http.client, json, ssl, sys, time
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
connection = http.client.HTTPSConnection(sys.argv[1], 30001, context=context, timeout=10)
print("watching", flush=True)
for _ in range(20 * 120):
    connection.request("GET", "/healthz")
    if json.loads(connection.getresponse().read())["openstack"].startswith(sys.argv[2]):
        print(time.time())
        break
    time.sleep(0.05)
"""


@dataclass(frozen=True)
class Taken:
    """One flip, in seconds."""

    whole: float
    until_begun: float  # until the agent had its configuration
    puppet: float  # Puppet's run, to its end


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", metavar="NAME", required=True)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    lab = records.existing(given.lab)
    system = prepared(lab)
    load = os.getloadavg()[0]
    there, back = [], []
    with passwords_of_pods(lab):
        for _ in range(given.runs):
            there.append(once(lab, system, Presence.INSTALLED, "http"))
            back.append(once(lab, system, Presence.REMOVED, "not installed"))
    figures = {**of_direction("installed", there), **of_direction("removed", back)}
    goals = {name: GOAL if "VIM" in name else None for name in figures}
    table.show(figures, goals)
    kept = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": given.runs,
        "load": {"before": load, "after": os.getloadavg()[0]},
        "figures": {name: round(value, 2) for name, value in figures.items()},
        "goals": goals,
    }
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


def of_direction(name: str, taken: Sequence[Taken]) -> dict[str, float]:
    """Medians, and the slowest of all."""
    return {
        f"{name}: flip to the VIM having it, s": statistics.median(each.whole for each in taken),
        f"{name}: the same, slowest run for the VIM, s": max(each.whole for each in taken),
        f"{name}: of that until the agent begins, s": statistics.median(each.until_begun for each in taken),
        f"{name}: Puppet's run to its end, s": statistics.median(each.puppet for each in taken),
    }


def prepared(lab: Lab) -> System:
    """The operator of a platform whose controller has its name, and is what it has to be."""
    programs = Path(sys.executable).parent
    subprocess.run([programs / "lab", "platform", "--name", lab.name, "install"], check=True)
    openrc = subprocess.run(
        [programs / "lab", "openrc", "--name", lab.name], check=True, capture_output=True, text=True
    )
    system = system_with(openrc.stdout.strip())
    system("host-update", announced_in(lab, system)(CONTROLLER), "personality=controller", f"hostname={CONTROLLER}")
    await_applied(system, CONTROLLER)
    return system


def once(lab: Lab, system: System, presence: Presence, says: str) -> Taken:
    """Flip, and wait until everything is what it has to be."""
    controller = lab.active_controller

    def on(host: str, *command: str) -> str:
        return inside.run(lab, lab.host(host), command)

    watch = inside.command(lab, controller, [f"{HOME}/bin/python", "-c", WATCH, controller.address, says])
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().strip() == "watching"
        flipped = flip(on, CONTROLLER, presence)
        seen = float(watching.stdout.read())
    await_applied(system, CONTROLLER)
    begun, puppet = last_run(on(CONTROLLER, "tail", "-n", "50", AGENT_LOG))
    return Taken(seen - flipped, begun - flipped, puppet)


def last_run(log: str) -> tuple[float, float]:
    """When the agent began what it did last, and how long Puppet took, as its log says."""
    said = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    begun = next(each for each in reversed(said) if each["event"] == "configuring")
    ended = next(each for each in reversed(said) if each["event"] == "configured")
    return datetime.fromisoformat(begun["timestamp"]).timestamp(), float(ended["seconds"])


if __name__ == "__main__":
    main()
