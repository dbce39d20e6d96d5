from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.doctor.checks import Severity, findings
from lab.doctor.facts import MachineFacts
from lab.machine.cgroups import CgroupLayout, CgroupVersion

V1 = CgroupLayout(
    CgroupVersion.V1, {name: Path("/sys/fs/cgroup") / name for name in ("cpu", "cpuset", "memory", "pids")}
)
FIT = MachineFacts(
    user_id=0,
    python=(3, 11),
    memory_available_mib=20_000,
    disk_free_mib=50_000,
    open_files=20_000,
    layout=V1,
    filesystems=frozenset({"ext4", "overlay"}),
    missing_tools=frozenset(),
    has_cni_plugins=True,
    network_works=True,
    can_impair=True,
    taken_ports=frozenset(),
    programs_built=True,
    images_built=True,
)


def test_a_fit_machine_has_no_findings() -> None:
    assert findings(FIT) == []


def test_version_2_of_cgroups_will_do_as_well() -> None:
    assert findings(replace(FIT, layout=CgroupLayout(CgroupVersion.V2, {"": Path("/sys/fs/cgroup")}))) == []


@pytest.mark.parametrize(
    ("lack", "problem", "remedy"),
    [
        ({"user_id": 1000}, "you are user 1000, not root", "sudo .venv/bin/lab …"),
        ({"python": (3, 10)}, "Python 3.10 is older than 3.11", "PYTHON=/path/to/python3.11 make setup"),
        (
            {"memory_available_mib": 900},
            "900 MiB of memory are available, 2048 are needed",
            "end other programs, or another lab: lab list",
        ),
        (
            {"disk_free_mib": 100},
            "100 MiB of disk are free for labs, 6144 are needed",
            "make room, or set STURNUS_LAB_STATE to a directory that has it",
        ),
        (
            {"missing_tools": frozenset({"nft", "unshare"})},
            "not installed: nft, unshare",
            "make setup, or: apt-get install nftables util-linux",
        ),
        ({"layout": None}, "no cgroup controllers are mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"),
        (
            {"layout": CgroupLayout(CgroupVersion.V1, {"memory": Path("/m")})},
            "cgroup controllers are not mounted: cpu, cpuset, pids",
            "mount them, or boot with systemd.unified_cgroup_hierarchy=1",
        ),
        ({"filesystems": frozenset()}, "the kernel has no overlay file system", "modprobe overlay"),
        (
            {"network_works": False},
            "the kernel cannot make veths, bridges or nftables rules",
            "modprobe veth bridge nf_tables",
        ),
        ({"open_files": 1024}, "a process may open 1024 files, 8192 are needed", "ulimit -n 8192"),
        (
            {"taken_ports": frozenset({6443, 5000})},
            "something listens on all addresses at port 5000, 6443",
            "end it, or have it listen on one address: ss -ltnp",
        ),
        ({"programs_built": False}, "the lab's programs are not built", "make setup (once, about 10 minutes)"),
        ({"images_built": False}, "the lab's images are not built", "make setup, or: lab images build"),
        (
            {"has_cni_plugins": False},
            "the CNI plugins bridge and portmap are not in /usr/lib/cni",
            "make setup, or: apt-get install containernetworking-plugins",
        ),
    ],
)
def test_each_lack_is_fatal_and_says_what_to_do(lack: dict[str, Any], problem: str, remedy: str) -> None:
    (finding,) = findings(replace(FIT, **lack))

    assert (finding.severity, finding.problem, finding.remedy) == (Severity.FATAL, problem, remedy)


def test_a_kernel_without_netem_only_limits() -> None:
    (finding,) = findings(replace(FIT, can_impair=False))

    assert finding.severity is Severity.LIMITED


def test_what_was_not_tried_for_lack_of_rights_is_no_finding_of_its_own() -> None:
    found = findings(replace(FIT, user_id=1000, network_works=None, can_impair=None))

    assert [finding.problem for finding in found] == ["you are user 1000, not root"]


def test_all_findings_are_told_at_once_the_fatal_first() -> None:
    found = findings(replace(FIT, can_impair=False, disk_free_mib=1, memory_available_mib=1))

    assert [finding.severity for finding in found] == [Severity.FATAL, Severity.FATAL, Severity.LIMITED]
