"""Leaving hosts of a real Nova: a hundred servers over five compute hosts of its fake driver. Takes about 8 minutes.

    sudo .venv/bin/python -m bench.nova_fleet --lab NAME     a lab with OpenStack installed, as `make demo` leaves it

Everything of OpenStack is the lab's own, but the five nova-compute processes have servers that are nothing but an entry
in their memory, so that Nova's bookkeeping is all that a move costs. The VIM is a second one beside the lab's, with an
inventory of those five hosts (`bench.nova_between`). Goals: issue 7, "Speed".
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import table
from bench.openstack import lab_command
from bench.scripted_cloud import hostname, uuid_of
from bench.vim import VimProgram, served, tell_of, until
from lab.ground import records
from sturnus.store.database import Database
from sturnus.store.vim_orders import VimOrderRow
from sturnus.vim.servers.orders import Limits, Outcome
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud
from tests.integration.platform.operator import operator_of

KIND, HOSTS, EACH = "fleet", 5, 20
PATIENCE = 900
RESULTS = Path(__file__).parent / "results" / "nova_fleet.json"
GOALS: Mapping[str, float | None] = {
    "look at all servers of the cloud, with the plan of one host, s": 1,
    "lock of a host with 20 servers: told to first order, s": 1,
    "lock: told to out of service, s": None,
    "lock: of that not Nova's moves, two at once, s": 1,
    "lock: orders under way at most": Limits().per_host,
    "lock: of the time until the last order, that many, %": None,
    "failure: servers": None,
    "failure: told to first evacuation, s": 1,
    "failure: first evacuation to the end of the last, s": None,
    "failure: orders under way at most": Limits().at_once,
}
BOOT = """
project = cloud.current_project_id
cloud.set_compute_quotas(project, instances=-1, cores=-1, ram=-1)
if not cloud.compute.find_flavor("entry"):
    cloud.compute.create_flavor(name="entry", ram=64, vcpus=1, disk=1)
image = cloud.image.find_image("entry") or cloud.create_image(
    "entry", data=b"0" * 1024, disk_format="raw", container_format="bare", wait=True)
flavor = cloud.compute.find_flavor("entry")
names = [f"{kind}-{number}" for number in range(hosts)]
def up():
    return {each.host for each in cloud.compute.services(binary="nova-compute") if each.state == "up"}
until(up, lambda found: found >= set(names))
# Listed once their cell has them: the scheduler looks for new hosts every five seconds.
until(lambda: {each.name for each in cloud.compute.hypervisors()}, lambda found: found >= set(names))
for name in names:
    if not [each for each in cloud.compute.servers(all_projects=True, compute_host=name)]:
        cloud.compute.create_server(name="on-" + name, image_id=image.id, flavor_id=flavor.id, networks="none",
                                    min_count=each, max_count=each, availability_zone="nova:" + name)
def ours():
    return [each for name in names for each in cloud.compute.servers(all_projects=True, compute_host=name)]
found = until(ours, lambda found: len(found) == len(names) * each and {s.status for s in found} == {"ACTIVE"}, 600)
answer = len(found)
"""
THERE = """
answer = len(list(cloud.compute.servers(all_projects=True, compute_host=host)))
"""
CLEAN = """
names = [f"{kind}-{number}" for number in range(hosts)]
for each in cloud.compute.servers(all_projects=True):
    if each.name.startswith("on-" + kind):
        cloud.compute.delete_server(each.id, force=False)
until(lambda: [s for s in cloud.compute.servers(all_projects=True) if s.name.startswith("on-" + kind)],
      lambda left: not left, 600)
"""
FORGET = """
for each in cloud.compute.services(binary="nova-compute"):
    if each.host.startswith(kind + "-"):
        cloud.compute.delete(f"/os-services/{each.id}", microversion="2.53")
"""


def fleet(cloud: Cloud) -> Mapping[str, Any]:
    """One pod with a nova-compute for each host, out of the application's own."""
    said = cloud.kubectl("get", "daemonsets", "-l", "application=nova,component=compute", "-o", "json")
    there = [each for each in json.loads(said)["items"] if each["status"]["numberReady"]]  # others are for no host
    spec = there[0]["spec"]["template"]["spec"]
    (real,) = spec["containers"]
    spec["containers"] = [_compute(real, hostname(number, KIND)) for number in range(HOSTS)]
    spec["volumes"].append({"name": "fleet", "emptyDir": {}})
    spec["nodeName"] = "compute-0"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": KIND}, "spec": spec}


def _compute(real: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    state = {"name": "fleet", "mountPath": "/var/lib/nova", "subPath": name}
    mounts = [each for each in real["volumeMounts"] if each["mountPath"] != "/var/lib/nova"]
    environment = {"OS_DEFAULT__HOST": name, "OS_DEFAULT__COMPUTE_DRIVER": "fake.FakeDriver"}
    return {
        "name": name,
        "image": real["image"],
        "command": real["command"],
        "securityContext": real["securityContext"],
        "env": [*real.get("env", []), *({"name": key, "value": value} for key, value in environment.items())],
        "volumeMounts": [*mounts, state],
    }


@contextmanager
def a_fleet(cloud: Cloud) -> Iterator[None]:
    """Five hosts with twenty servers each, and nothing left of them afterwards."""
    cloud.kubectl("apply", "-f", "-", stdin=json.dumps(fleet(cloud)))
    try:
        cloud.kubectl("wait", "pod", KIND, "--for=condition=Ready", "--timeout=300s")
        cloud.run(BOOT, kind=KIND, hosts=HOSTS, each=EACH)
        yield
        cloud.run(CLEAN, kind=KIND, hosts=HOSTS)
    finally:
        cloud.kubectl("delete", "pod", KIND, "--ignore-not-found")
        cloud.run(FORGET, kind=KIND)


def measured(cloud: Cloud, vim: VimProgram, outside: int) -> Mapping[str, float]:
    """What the goals name."""
    look = f"/v1/sturnus/vim/hosts/{uuid_of(hostname(0, KIND))}/lock-preview"
    vim.get(look)  # signs in, and learns of each host how far it may be overbooked
    started = time.perf_counter()
    found = vim.get(look)
    looked = time.perf_counter() - started
    assert [each["way"] for each in found["servers"]] == ["live-migration"] * EACH, found

    told = tell_of(vim, outside, "lock", hostname(0, KIND))
    first, locked = until(outside, "os-migrateLive", told), until(outside, "services-disabled", told)
    lock = ended_orders(vim, hostname(0, KIND), EACH)
    moving = sum((each.ended - each.begun for each in lock), 0.0) / Limits().per_host

    there = cloud.run(THERE, host=hostname(1, KIND))
    told = tell_of(vim, outside, "fail", hostname(1, KIND))
    evacuation = until(outside, "evacuate", told)
    failure = ended_orders(vim, hostname(1, KIND), there)
    return {
        "look at all servers of the cloud, with the plan of one host, s": looked,
        "lock of a host with 20 servers: told to first order, s": first,
        "lock: told to out of service, s": locked,
        "lock: of that not Nova's moves, two at once, s": locked - moving,
        "lock: orders under way at most": max(under_way(lock).values()),
        "lock: of the time until the last order, that many, %": 100 * share_of(lock, Limits().per_host),
        "failure: servers": there,
        "failure: told to first evacuation, s": evacuation,
        "failure: first evacuation to the end of the last, s": lasted(failure),
        "failure: orders under way at most": max(under_way(failure).values()),
    }


@dataclass(frozen=True)
class Span:
    """From an order to what became of it, as the VIM saw it; seconds since 1970."""

    begun: float
    ended: float


def ended_orders(vim: VimProgram, host: str, servers: int) -> Sequence[Span]:
    """All orders of a host that it is left by, once the last has ended well."""

    def all_have_ended(seen: Sequence[VimOrderRow]) -> bool:
        return len(seen) >= servers and all(each.ended is not None for each in seen)

    found = eventually(lambda: asyncio.run(_orders(vim, host)), all_have_ended, PATIENCE)
    assert [each.outcome for each in found] == [Outcome.DONE] * servers, [(each.outcome, each.why) for each in found]
    return [Span(each.ordered.timestamp(), each.ended.timestamp()) for each in found if each.ended is not None]


async def _orders(vim: VimProgram, host: str) -> Sequence[VimOrderRow]:
    database = Database(vim.database_url)
    async with database.read() as session:
        found = (await session.scalars(select(VimOrderRow).where(VimOrderRow.hostname == host))).all()
    await database.close()
    return found


def under_way(orders: Sequence[Span]) -> Mapping[float, int]:
    """How many there were from each moment at which one began or ended, until the next."""
    return {
        moment: sum(each.begun <= moment < each.ended for each in orders)
        for moment in sorted({moment for each in orders for moment in (each.begun, each.ended)})
    }


def share_of(orders: Sequence[Span], limit: int) -> float:
    """Of the time from the first order to the last, that in which as many were under way as may be."""
    moments = list(under_way(orders).items())
    first, last = min(each.begun for each in orders), max(each.begun for each in orders)
    whole = ((here, following, count) for (here, count), (following, _) in pairwise(moments) if following <= last)
    return sum(following - here for here, following, count in whole if count == limit) / (last - first)


def lasted(orders: Sequence[Span]) -> float:
    """Seconds."""
    return max(each.ended for each in orders) - min(each.begun for each in orders)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", metavar="NAME", required=True)
    lab = records.existing(parser.parse_args().lab)
    cloud = Cloud(lab, operator_of(lab, lab_command), tarball="")
    password = json.loads(cloud.kubectl("get", "secret", "openstack-passwords", "-o", "json"))["data"]["keystone-admin"]
    between = ("bench.nova_between", HOSTS, KIND, lab.paths.kubeconfig)
    with a_fleet(cloud), tempfile.TemporaryDirectory() as home, served(*between) as outside:
        vim = VimProgram(Path(home), outside, HOSTS, KIND, base64.b64decode(password).decode())
        vim.prepare()
        vim.start()
        load = os.getloadavg()[0]
        figures = measured(cloud, vim, outside)
        vim.stop()
    table.show(figures, GOALS)
    kept = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "nova": "the lab's own, with five nova-compute of its fake driver and a hundred servers",
        "load": load,
        "figures": {name: round(value, 3) for name, value in figures.items()},
        "goals": GOALS,
    }
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
