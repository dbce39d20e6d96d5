"""Labs come, stay and go, and the machine is as it was."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.ground import paths, records
from lab.ground.description import Lab, free_loopback
from lab.ground.power import PowerState
from lab.ground.processes import ProcessRecord
from lab.kubernetes import steps
from lab.machine import inside, power
from lab.machine.cgroups import this_machine
from lab.rack.process import record_file
from sturnus.configuration.bare import node
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually

SETTINGS = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward")


@dataclass(frozen=True)
class MachineState:
    """What a lab might leave behind on the machine."""

    mounts: frozenset[str]
    links: str
    addresses: str
    routes: str
    rules: str
    settings: tuple[str, ...]
    cgroups: frozenset[str]
    processes: frozenset[str]
    namespaces: frozenset[str]
    files: frozenset[str]


def machine_state(name: str) -> MachineState:
    """The machine now, as far as a lab of that name could have changed it."""
    shown = {
        command: subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout
        for command in ("ip -o link", "ip -o addr", "ip route show table all", "nft list ruleset")
    }
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return MachineState(
        mounts=frozenset(line for line in mounts if f"/{name}/" in line or "sturnus-lab" not in line),
        links=shown["ip -o link"],
        addresses=shown["ip -o addr"],
        routes=shown["ip route show table all"],
        rules=shown["nft list ruleset"],
        settings=tuple(Path("/proc/sys", setting).read_text() for setting in SETTINGS),
        cgroups=frozenset(
            str(group) for base in this_machine().bases.values() for group in (base / "sturnus-lab" / name).rglob("*/")
        ),
        processes=frozenset(line for line in _command_lines() if f"/{name}" in line or f"lab.rack {name}" in line),
        namespaces=frozenset(
            str(link.readlink()) for link in Path("/proc").glob("[0-9]*/ns/net") if _is_ours(link, name)
        ),
        files=frozenset(
            str(path) for top in (paths.runtime(), paths.labs()) for path in top.glob(f"{name}*") if path.exists()
        ),
    )


def _command_lines() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue


def _is_ours(link: Path, name: str) -> bool:
    try:
        return f"/sturnus-lab/{name}/" in (link.parent.parent / "cgroup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def other(request: pytest.FixtureRequest, lab: Lab, lab_command: LabCommand) -> Iterator[str]:
    """The name of a further lab, which is taken down whatever happens."""
    name = f"{lab.name}-2"
    lab_command("down", "--name", name)
    yield name
    lab_command("down", "--name", name)


WAITED = re.compile(r" are ready$")
"""A probe may miss once on a loaded machine; `up` then waits, which changes nothing, and says that it waited."""


def test_up_on_a_lab_that_is_up_changes_nothing(lab: Lab, lab_command: LabCommand) -> None:
    def identities() -> list[object]:
        inits = [power.init_process(lab, host) for host in lab.hosts]
        return [*inits, record_file(lab.paths).read_text(), lab.paths.description.stat().st_mtime_ns]

    lab_command("up", "--name", lab.name)  # whatever earlier tests did to it has settled now
    before = identities()
    done = lab_command("up", "--name", lab.name)

    assert identities() == before
    assert [line for line in done.stderr.splitlines() if not WAITED.search(line)] == []


def test_a_second_lab_runs_beside_the_first_and_down_leaves_the_machine_as_it_was(
    lab: Lab, other: str, lab_command: LabCommand
) -> None:
    before = machine_state(other)
    lab_command("up", "--empty", "--workers", "1", "--name", other)
    second = records.existing(other)
    during = machine_state(other)
    assert second.loopback != lab.loopback
    assert all(power.power_state(second, host) is PowerState.ON for host in second.hosts)
    assert (during.links, during.addresses, during.routes) == (before.links, before.addresses, before.routes)
    assert (during.rules, during.settings) == (before.rules, before.settings)
    assert during.processes
    assert during.cgroups

    lab_command("down", "--name", other)

    assert machine_state(other) == before


def test_an_empty_host_has_power_and_network_and_no_kubernetes(other: str, lab_command: LabCommand) -> None:
    lab_command("up", "--empty", "--workers", "0", "--name", other)
    bare = records.existing(other)

    seen = inside.run(
        bare, bare.active_controller, ["sh", "-c", "ls /etc/kubernetes /etc/service 2>&1; ip -br address"]
    )

    assert "No such file" in seen
    assert "172.31.77.10/24" in seen
    assert "kubelet" not in seen


def test_a_half_dead_lab_is_mended_by_up(other: str, lab_command: LabCommand) -> None:
    lab_command("up", "--empty", "--workers", "1", "--name", other)
    half_dead = records.existing(other)
    rack = ProcessRecord.read(record_file(half_dead.paths))
    init = power.init_process(half_dead, half_dead.host("compute-0"))
    assert rack
    assert init
    rack.send(signal.SIGKILL)
    init.send(signal.SIGKILL)
    lab_command("exec", "controller-0", "--name", other, "--", "ip", "address", "flush", "dev", "eth1")
    eventually(lambda: (rack.alive, init.alive), lambda now: now == (False, False), 10)

    lab_command("up", "--empty", "--name", other)

    status = lab_command("status", "--name", other)
    assert status.stdout.count(" On ") == 2


def test_an_up_that_is_killed_in_the_middle_of_kubeadm_is_finished_by_the_next(
    other: str, lab_command: LabCommand
) -> None:
    program = str(lab_command("list").args[0])
    started = paths.LabPaths(other).host_state("controller-0") / "upper" / "etc" / "kubernetes" / "pki"
    with subprocess.Popen([program, "up", "--workers", "0", "--name", other], stderr=subprocess.DEVNULL) as first:
        eventually(started.exists, bool, 60)
        first.kill()

    lab_command("up", "--name", other)

    assert lab_command("status", "--name", other).stdout.count(" Ready ") == 1


def test_a_step_that_did_not_reach_its_end_is_undone_and_done_again(
    lab: Lab, lab_command: LabCommand, nodes: Callable[[], dict[str, str]]
) -> None:
    host = lab.host("compute-1")
    inside.run(lab, host, ["rm", node.FINISHED])
    inside.run(lab, host, ["nft", "add", "table", "inet", "operators"])

    lab_command("up", "--name", lab.name)

    assert steps.is_member(lab, host)
    assert nodes()["compute-1"] == "Ready"
    inside.run(lab, host, ["nft", "delete", "table", "inet", "operators"])  # it was not ours to remove


def test_a_lab_without_its_description_can_still_be_taken_down(other: str, lab_command: LabCommand) -> None:
    before = machine_state(other)
    lab_command("up", "--empty", "--workers", "0", "--name", other)
    paths.LabPaths(other).description.write_text("damaged")

    lab_command("down", "--name", other)

    assert machine_state(other) == before


def test_a_lab_grows_while_it_runs(other: str, lab_command: LabCommand) -> None:
    lab_command("up", "--empty", "--workers", "0", "--name", other)
    first = power.init_process(records.existing(other), records.existing(other).active_controller)

    lab_command("up", "--empty", "--workers", "1", "--name", other)

    grown = records.existing(other)
    assert power.init_process(grown, grown.active_controller) == first
    assert inside.run(grown, grown.active_controller, ["busybox", "ping", "-c", "1", "-W", "2", "compute-0"])


def test_a_snapshot_brings_a_cluster_back_under_another_name(lab: Lab, other: str, lab_command: LabCommand) -> None:
    inside.run(lab, lab.host("compute-0"), ["sh", "-c", "echo remembered >/etc/remembered"])
    lab_command("snapshot", f"{lab.name}-shot", "--name", lab.name)
    try:
        lab_command("up", "--from-snapshot", f"{lab.name}-shot", "--name", other)
        copied = records.existing(other)
        assert inside.run(copied, copied.host("compute-0"), ["cat", "/etc/remembered"]) == "remembered\n"
        assert lab_command("status", "--name", other).stdout.count(" Ready ") == len(lab.hosts)
        eventually(
            lambda: lab_command("status", "--name", lab.name, check=False).stdout,
            lambda now: now.count(" Ready ") == len(lab.hosts),
            60,
        )
    finally:
        lab_command("snapshot", f"{lab.name}-shot", "--delete", "--name", lab.name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exec", "compute-9", "--", "true"], "has no host 'compute-9': it has controller-0, compute-0, compute-1"),
        (["power", "off", "nobody"], "has no host 'nobody'"),
        (["up", "--workers", "0"], "would lose compute-0, compute-1: lab down"),
        (["up", "--controllers", "99"], "99 controllers: a lab has 1 to 9"),
        (
            ["logs", "compute-0", "nothing"],
            "compute-0 has no log of a service 'nothing': there are: containerd, kubelet",
        ),
        (["up", "--from-snapshot", "nothing"], "is there: lab down --name"),
        (["delay", "compute-0", "--delay", "50ms"], "this kernel cannot delay or lose packets"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_do(
    lab: Lab, lab_command: LabCommand, arguments: list[str], said: str
) -> None:
    if arguments[0] == "delay" and Path("/sys/module/sch_netem").exists():
        said = ""
    command, *rest = arguments
    done = lab_command(command, "--name", lab.name, *rest, check=False)

    assert done.returncode == (1 if said else 0)
    assert done.stderr.startswith("lab: ") or not said
    assert said in done.stderr
    assert done.stderr.count("\n") == (1 if said else 0)


def test_a_port_that_is_taken_is_named_and_nothing_is_left_half_done(other: str, lab_command: LabCommand) -> None:
    before = machine_state(other)
    network = free_loopback(known.loopback for known in records.every_lab())
    with socket.create_server((f"127.0.{network}.10", 6443)):
        done = lab_command("up", "--empty", "--workers", "0", "--name", other, check=False)

    assert done.returncode == 1
    assert done.stderr == f"lab: in use on this machine: 127.0.{network}.10:6443: end what listens there: ss -ltnp\n"
    assert replace(machine_state(other), files=frozenset()) == replace(before, files=frozenset())
    assert records.load(other) is None


def test_a_user_who_is_not_root_is_told_how_to_call_it(lab_command: LabCommand, tmp_path: Path) -> None:
    program = Path(str(lab_command("list").args[0]))
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "up"],
        capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.startswith("lab: lab up makes namespaces and mounts, which needs root: sudo ")
