"""What a bare lab's hosts find on their disks, as if an installer had been there."""

from __future__ import annotations

from pathlib import Path

from lab.ground.description import Lab
from lab.kubernetes.kubeadm import init_configuration
from lab.machine import disk
from lab.platform.bare import EXAMPLE, installer_files
from sturnus import __version__
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.programs import ENROLMENT_SECRET, KUBEADM_INIT
from sturnus.configuration.first.reading import read


def files(lab: Lab, name: str) -> dict[str, HostFile]:
    return {file.path: file for file in installer_files(lab, lab.host(name))}


def test_nothing_needs_a_user_that_only_config_controller_makes(small_lab: Lab) -> None:
    found = files(small_lab, "controller-0")

    assert {file.group for file in found.values()} == {"root"}
    assert {path for path, file in found.items() if "PRIVATE KEY" in file.content and file.mode != 0o600} == set()


def test_a_controller_knows_how_kubeadm_configures_it_and_gets_a_file_that_is_right(small_lab: Lab) -> None:
    found = files(small_lab, "controller-0")

    assert found[KUBEADM_INIT].content == init_configuration(small_lab, small_lab.active_controller)
    assert str(read(found[EXAMPLE].content, __version__).networks["MGMT_NETWORK"].cidr) == "172.31.77.0/24"


def test_a_worker_gets_what_its_agent_needs_and_no_key(small_lab: Lab) -> None:
    found = files(small_lab, "compute-0")

    assert ENROLMENT_SECRET in found
    assert "/etc/service/agent/run" in found
    assert [path for path, file in found.items() if "PRIVATE KEY" in file.content] == []


def test_what_is_there_is_not_gone_over(small_lab: Lab) -> None:
    host = small_lab.host("compute-0")
    upper: Path = small_lab.paths.host_state(host.name) / "upper"
    (upper / "etc").mkdir(parents=True)
    (upper / "etc/one").write_text("the operator's")

    left = disk.absent(small_lab, host, [HostFile("/etc/one", "ours"), HostFile("/etc/two", "ours")])

    assert [file.path for file in left] == ["/etc/two"]
