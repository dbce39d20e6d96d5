"""OpenStack on the story's lab: from labelled hosts to a cloud that was used, then a server. Takes 10 minutes.

    make openstack-images && sudo .venv/bin/python -m bench.openstack --lab cloud   # and: lab down --name cloud

No peer runs here: StarlingX, Sunbeam and RHOSO need KVM and machines of their own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.table import show
from bench.writes import writes, written
from lab.ground import records
from lab.ground.description import Lab
from tests.integration.openstack.cloud import NAMESPACE, Cloud
from tests.integration.openstack.servers import User
from tests.integration.openstack.tarball import made_for
from tests.integration.platform.operator import operator_of
from tests.integration.telling import UNTIL_LABELLED, tell

RESULTS = Path(__file__).parent / "results" / "openstack.json"
GOALS = {
    "images_unchanged_s": 3,
    "install_to_verified_s": 360,
    "pods_mib": 4096,
    "second_install_s": 10,
    "second_install_writes": 0,
    "first_server_active_s": 45,
}
HOW = {
    "images_unchanged_s": "python -m apps.openstack.images build, the whole command, nothing changed",
    "install_to_verified_s": "application-install --wait, the whole command: with the check as a user at its end",
    "pods_mib": "kubectl top pods --sum, once a server runs",
    "second_install_s": "application-install --wait again",
    "second_install_writes": "objects of the namespace whose resourceVersion changed (workloads: generation)",
    "first_server_active_s": "create_server to ACTIVE, the first of a user; a guest on an emulated processor",
}
FIRST_SERVER = """
began = time.monotonic()
made = cloud.compute.create_server(
    name="first", image_id=cloud.image.find_image("guest").id, flavor_id=cloud.compute.find_flavor("tiny").id,
    networks=[{"uuid": cloud.network.find_network("inside").id}])
until(lambda: server("first"), lambda now: now.status in ("ACTIVE", "ERROR"))
assert server("first").status == "ACTIVE", server("first").fault
answer = time.monotonic() - began
"""


def lab_command(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lab")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=check)


def timed(command: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, capture_output=True, check=True)
    return time.monotonic() - started


def installed(cloud: Cloud) -> float:
    started = time.monotonic()
    cloud.install()
    return time.monotonic() - started


def releases(cloud: Cloud) -> Any:
    """What took how long: the operation's own notes."""
    shown = cloud.system("application-show", "openstack", "--releases", "--format", "json").stdout
    return json.loads(shown)


def measure(lab: Lab) -> tuple[dict[str, float], Any]:
    system = operator_of(lab, lab_command)
    with tempfile.TemporaryDirectory() as directory:
        cloud = Cloud(lab, system, made_for(lab, Path(directory)))
        figures = {"images_unchanged_s": timed([sys.executable, "-m", "apps.openstack.images", "build"])}
        system("application-upload", cloud.tarball)
        figures["install_to_verified_s"] = installed(cloud)
        took = releases(cloud)
        before = written(lab.paths.kubeconfig, NAMESPACE)
        figures["second_install_s"] = installed(cloud)
        figures["second_install_writes"] = writes(before, written(lab.paths.kubeconfig, NAMESPACE))
        user = User(cloud, lab_command)
        user.networks()
        user.rest()
        figures["first_server_active_s"] = cloud.run(FIRST_SERVER)
        summed = cloud.kubectl("top", "pods", "--sum").strip().splitlines()[-1].split()[-1]
        figures["pods_mib"] = float(summed.removesuffix("Mi"))
        system("application-remove", "openstack", "--force", "--wait", seconds=600)
        system("application-delete", "openstack")
    return figures, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", default="cloud")
    name = parser.parse_args().lab
    tell(name, *UNTIL_LABELLED)
    figures, took = measure(records.existing(name))
    show({name: figures[name] for name in GOALS}, GOALS)
    record = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures, "goals": GOALS, "how": HOW,
        "releases": took,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
