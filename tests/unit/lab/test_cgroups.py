from __future__ import annotations

from pathlib import Path

import pytest

from lab.ground.description import Lab
from lab.ground.errors import LabError
from lab.machine.cgroups import CgroupVersion, layout

HYBRID_SELF = "4:memory:/session/abc\n3:cpuset:/\n2:cpu,cpuacct:/session\n1:name=systemd:/init.scope\n0::/\n"
HYBRID_MOUNTS = (
    "cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n"
    "cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0\n"
    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0\n"
    "cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n"
)


def test_on_version_1_hosts_hang_below_the_cgroup_of_whoever_starts_them(small_lab: Lab) -> None:
    found = layout(HYBRID_SELF, HYBRID_MOUNTS)

    assert found.version is CgroupVersion.V1
    assert found.directories(small_lab, small_lab.hosts[0]) == {
        "memory": Path("/sys/fs/cgroup/memory/session/abc/sturnus-lab/small/controller-0"),
        "cpuset": Path("/sys/fs/cgroup/cpuset/sturnus-lab/small/controller-0"),
        "cpu,cpuacct": Path("/sys/fs/cgroup/cpu,cpuacct/session/sturnus-lab/small/controller-0"),
        "name=systemd": Path("/sys/fs/cgroup/systemd/init.scope/sturnus-lab/small/controller-0"),
    }


def test_on_version_2_hosts_hang_below_the_root_where_groups_may_have_children(small_lab: Lab) -> None:
    found = layout("0::/user.slice/session-1.scope\n", "cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n")

    assert found.version is CgroupVersion.V2
    assert list(found.directories(small_lab, small_lab.hosts[1]).values()) == [
        Path("/sys/fs/cgroup/sturnus-lab/small/compute-0")
    ]


def test_a_machine_without_controllers_is_told_what_to_mount() -> None:
    with pytest.raises(LabError) as refused:
        layout("0::/\n", "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n")

    assert str(refused.value) == "no cgroup controllers are mounted: mount cgroup2 on /sys/fs/cgroup"
