"""Real Puppet on a host of its own: what stands in the files before, with and after OpenStack."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sturnus.configuration.facts import Admission, Secrets
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
from tests.integration.configuration.made_host import MadeHost

VIM = "/etc/nfv/vim/config.ini"
NFVI = "/etc/nfv/nfv_plugins/nfvi_plugins/config.ini"
NFVI_PASSWORD = "/etc/nfv/nfv_plugins/nfvi_plugins/openstack-password"
KEYSTONE = "/etc/sturnus/openstack-keystone.conf"

PLUGINS = ("image", "block_storage", "compute", "network", "guest", "fault_mgmt")
GOLDEN: dict[str, Any] = {
    # reference/vim.md §6.3, by section and key: (before and after, with OpenStack and volumes); None: it is not there
    VIM: {
        **{("nfvi", f"{plugin}_plugin_disabled"): ("True", "False") for plugin in PLUGINS},
        ("nfvi", "fault_management_pod_disabled"): ("True", "True"),
        ("nfvi", "config_file"): (NFVI, NFVI),
        ("instance-configuration", "single_hypervisor"): ("False", "False"),
        ("instance-configuration", "max_live_migrate_wait_in_secs"): ("180", "180"),
        ("sw-mgmt-configuration", "single_controller"): ("False", "False"),
        ("database", "database_dir"): ("/opt/platform/nfv/vim/0.1.0", "/opt/platform/nfv/vim/0.1.0"),
        ("vim", "rpc_port"): ("4343", "4343"),
        ("vim-api", "host"): ("192.168.204.2", "192.168.204.2"),
        ("vim-api", "port"): ("4545", "4545"),
        ("vim-webserver", "port"): ("32323", "32323"),
    },
    NFVI: {
        ("platform", "username"): ("vim", "vim"),
        ("platform", "tenant"): ("services", "services"),
        ("platform", "authorization_protocol"): ("https", "https"),
        ("platform", "authorization_ip"): ("192.168.204.2", "192.168.204.2"),
        ("platform", "authorization_port"): ("5000", "5000"),
        ("openstack", "username"): (None, "admin"),
        ("openstack", "tenant"): (None, "admin"),
        ("openstack", "authorization_protocol"): (None, "http"),
        ("openstack", "authorization_ip"): (None, "keystone-api.openstack.svc.cluster.local"),
        ("openstack", "authorization_port"): (None, "5000"),
        ("openstack", "user_domain_name"): (None, "Default"),
        ("openstack", "project_domain_name"): (None, "Default"),
        ("nova", "endpoint_disabled"): ("True", "False"),
        ("neutron", "endpoint_disabled"): ("True", "False"),
        ("cinder", "endpoint_disabled"): ("True", "False"),
        ("nova", "endpoint_override"): (
            "http://127.0.0.1:18774",
            "http://nova-api.openstack.svc.cluster.local:8774",
        ),
        ("amqp", "host"): (None, "rabbitmq.openstack.svc.cluster.local"),
        ("amqp", "port"): (None, "5672"),
        ("amqp", "virt_host"): (None, "nova"),
        ("compute-rest-api", "host"): ("127.0.0.1", "192.168.204.2"),
        ("infrastructure-rest-api", "port"): ("30001", "30001"),
        ("keystone", "endpoint_type"): ("internal", "internal"),
        ("sysinv", "service_type"): ("platform", "platform"),
    },
}


@pytest.fixture
def host(tmp_path: Path) -> MadeHost:
    return MadeHost(tmp_path)


def golden(column: int) -> dict[str, Any]:
    return {file: {where: values[column] for where, values in keys.items()} for file, keys in GOLDEN.items()}


def found(host: MadeHost) -> dict[str, Any]:
    files = {file: host.ini(file) for file in GOLDEN}
    return {
        file: {(section, key): files[file].get(section, {}).get(key) for section, key in keys}
        for file, keys in GOLDEN.items()
    }


def test_the_vims_files_are_right_before_the_installation_with_openstack_and_after_the_removal(host: MadeHost) -> None:
    first = host.apply(BEFORE, CONTROLLER, NO_SECRETS)
    assert first["failures"] == []
    assert first["changed"] > 0
    assert found(host) == golden(0)

    assert host.apply(WITH_VOLUMES, CONTROLLER, SECRETS)["failures"] == []
    assert found(host) == golden(1)
    assert host.read(NFVI_PASSWORD) == PASSWORD
    assert host.owner_and_mode(NFVI_PASSWORD) == "sturnus-vim:sturnus-vim 600"
    assert PASSWORD not in host.read(NFVI) + host.read(VIM) + host.read(KEYSTONE)

    again = host.apply(WITH_VOLUMES, CONTROLLER, SECRETS)
    assert (again["changed"], again["failures"]) == (0, [])

    assert host.apply(BEFORE, CONTROLLER, NO_SECRETS)["failures"] == []
    assert found(host) == golden(0)
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
