"""Real Puppet on a host of its own: what stands in the files before, with and after OpenStack."""

from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.configuration.facts import Admission, Secrets
from sturnus.configuration.service import Presence
from tests.configuration_facts import (
    BEFORE,
    CONTROLLER,
    NO_SECRETS,
    PASSWORD,
    SECRETS,
    WITH_OPENSTACK,
    WITH_VOLUMES,
    WORKER,
)
from tests.golden_vim_files import NFVI, VIM, Golden, found
from tests.integration.configuration.made_host import MadeHost

NFVI_PASSWORD = "/etc/nfv/nfv_plugins/nfvi_plugins/openstack-password"
KEYSTONE = "/etc/sturnus/openstack-keystone.conf"
GOLDEN = Golden(address="192.168.204.2", release="0.1.0")


@pytest.fixture
def host(tmp_path: Path) -> MadeHost:
    return MadeHost(tmp_path)


def test_the_vims_files_are_right_before_the_installation_with_openstack_and_after_the_removal(host: MadeHost) -> None:
    first = host.apply(BEFORE, CONTROLLER, NO_SECRETS)
    assert first["failures"] == []
    assert first["changed"] > 0
    assert found(host.read) == GOLDEN.values(Presence.REMOVED)

    assert host.apply(WITH_VOLUMES, CONTROLLER, SECRETS)["failures"] == []
    assert found(host.read) == GOLDEN.values(Presence.INSTALLED)
    assert host.read(NFVI_PASSWORD) == PASSWORD
    assert host.owner_and_mode(NFVI_PASSWORD) == "sturnus-vim:sturnus-vim 600"
    assert PASSWORD not in host.read(NFVI) + host.read(VIM) + host.read(KEYSTONE)

    again = host.apply(WITH_VOLUMES, CONTROLLER, SECRETS)
    assert (again["changed"], again["failures"]) == (0, [])

    assert host.apply(BEFORE, CONTROLLER, NO_SECRETS)["failures"] == []
    assert found(host.read) == GOLDEN.values(Presence.REMOVED)
    assert not host.exists(NFVI_PASSWORD)
    assert not host.exists(KEYSTONE)


def test_the_inventory_and_administrators_get_what_is_theirs(host: MadeHost) -> None:
    assert host.apply(WITH_OPENSTACK, CONTROLLER, SECRETS)["failures"] == []

    assert host.ini(KEYSTONE)["openstack_keystone_authtoken"]["auth_url"] == (
        "http://keystone-api.openstack.svc.cluster.local:5000/v3"
    )
    assert host.owner_and_mode("/etc/sturnus/openstack-keystone-password") == "sturnus:sturnus 600"
    assert host.owner_and_mode("/etc/platform/openrc") == "root:sys_protected 640"
    assert host.owner_and_mode("/etc/platform/openstack-openrc") == "root:sys_protected 640"
    assert host.owner_and_mode("/etc/platform/openstack-admin-password") == "root:sys_protected 640"
    assert '"platform"' in host.read("/etc/openstack/clouds.yaml")
    assert PASSWORD not in host.read("/etc/openstack/clouds.yaml")


def test_a_workers_admission_is_roots_alone_and_gone_once_it_is_a_node(host: MadeHost) -> None:
    joining, token = replace(WORKER, joins=True), "abcdef.0123456789abcdef"
    admission = Admission("uuid-of-compute-0", "compute-0", "api.local:6443", "sha256:00", token)
    host.run("sh", "-c", "mkdir -p /etc/kubernetes /etc/sturnus && touch /etc/kubernetes/sturnus-finished")

    assert host.apply(BEFORE, joining, Secrets(admission=admission))["failures"] == []
    assert token in host.read("/etc/sturnus/node-admission")
    assert host.owner_and_mode("/etc/sturnus/node-admission") == "root:root 600"

    assert host.apply(BEFORE, joining, NO_SECRETS)["failures"] == []
    assert not host.exists("/etc/sturnus/node-admission")
    assert host.apply(BEFORE, joining, NO_SECRETS)["changed"] == 0


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_both_openrcs_work_in_both_shells_with_undefined_variables_refused(host: MadeHost, shell: str) -> None:
    host.apply(WITH_OPENSTACK, CONTROLLER, SECRETS)
    host.run("sh", "-c", "printf of-the-platform >/etc/platform/admin-password")
    show = 'echo "$OS_USERNAME $OS_PASSWORD $OS_AUTH_URL"'

    platform = host.run(shell, "-uc", f". /etc/platform/openrc && {show}")
    openstack = host.run(shell, "-uc", f". /etc/platform/openstack-openrc && {show}")

    assert platform.strip() == "admin of-the-platform https://192.168.204.2:5000/v3"
    assert openstack.strip() == f"admin {PASSWORD} http://keystone-api.openstack.svc.cluster.local:5000/v3"


def test_a_worker_has_neither_openrc_nor_the_vims_files(host: MadeHost) -> None:
    assert host.apply(WITH_OPENSTACK, WORKER, SECRETS)["failures"] == []

    assert "nodetype=worker" in host.read("/etc/platform/platform.conf")
    assert "node_ip=192.168.204.3" in host.read("/etc/platform/kubernetes.conf")
    assert [path for path in ("/etc/platform/openrc", VIM, NFVI_PASSWORD) if host.exists(path)] == []


def test_a_resource_that_cannot_be_is_named_with_the_reason_and_the_rest_is_applied(host: MadeHost) -> None:
    host.run("sh", "-c", "mkdir -p /etc/platform/platform.conf/taken")

    outcome = host.apply(BEFORE, CONTROLLER, NO_SECRETS)

    (failure,) = outcome["failures"]
    assert failure["resource"] == "File[/etc/platform/platform.conf]"
    assert "directory" in failure["reason"]
    assert host.exists(VIM)


def test_a_wrong_value_is_named_by_its_class_and_parameter_and_nothing_is_changed(host: MadeHost) -> None:
    outcome = host.apply(BEFORE, CONTROLLER, NO_SECRETS, platform__params__personality="cook")

    (failure,) = outcome["failures"]
    assert failure["resource"] == "catalogue"
    assert "Class[Platform::Params]" in failure["reason"]
    assert "personality" in failure["reason"]
    assert outcome["changed"] == 0
    assert not host.exists(VIM)
