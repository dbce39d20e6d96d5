import json
from dataclasses import replace

import pytest
import yaml

from sturnus.configuration import hieradata
from sturnus.configuration.facts import Admission, HostFacts, NetworkFacts, PlatformFacts, Secrets
from sturnus.configuration.hieradata import Mode, public_files, secure_files, target
from sturnus.configuration.plugins import Plugin
from sturnus.core.states import SystemMode
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

ADMISSION = Admission("uuid-of-compute-0", "compute-0", "api.local:6443", "sha256:00", "abcdef.0123456789abcdef")
DISABLED = (
    "nfv::vim::block_storage_plugin_disabled", "nfv::vim::compute_plugin_disabled",
    "nfv::vim::network_plugin_disabled", "nfv::vim::image_plugin_disabled", "nfv::vim::guest_plugin_disabled",
    "nfv::vim::fault_mgmt_plugin_disabled", "nfv::nfvi::nova_endpoint_disabled",
    "nfv::nfvi::neutron_endpoint_disabled", "nfv::nfvi::cinder_endpoint_disabled",
)  # fmt: skip
"""reference/inventory.md §1.1: True while OpenStack is not installed, absent while it is."""


def system(facts: PlatformFacts) -> dict[str, object]:
    (found,) = (dict(each.values) for each in public_files(facts, CONTROLLER) if each.name == "system.yaml")
    return found


def test_before_the_installation_every_plugin_of_openstack_is_off_and_nothing_points_at_it() -> None:
    found = system(BEFORE)

    assert {key: found.get(key) for key in DISABLED} == dict.fromkeys(DISABLED, True)
    assert [key for key in found if "openstack_" in key and key != "platform::params::stx_openstack_applied"] == []
    assert [key for key in found if "rabbit" in key] == []
    assert found["platform::params::stx_openstack_applied"] is False


def test_with_openstack_and_volumes_no_plugin_is_off() -> None:
    assert [key for key in DISABLED if key in system(WITH_VOLUMES)] == []


def test_a_plugin_stays_off_whose_chart_the_application_does_not_bring() -> None:
    off = [key for key in DISABLED if key in system(WITH_OPENSTACK)]

    assert off == ["nfv::vim::block_storage_plugin_disabled", "nfv::nfvi::cinder_endpoint_disabled"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("nfv::nfvi::openstack_auth_host", "keystone-api.openstack.svc.cluster.local"),
        ("nfv::nfvi::openstack_auth_port", 5000),
        ("nfv::nfvi::openstack_username", "admin"),
        ("nfv::nfvi::openstack_tenant", "admin"),
        ("nfv::nfvi::openstack_user_domain", "Default"),
        ("nfv::nfvi::openstack_project_domain", "Default"),
        ("nfv::nfvi::nova_endpoint_override", "http://nova-api.openstack.svc.cluster.local:8774"),
        ("nfv::nfvi::nova_region_name", "RegionOne"),
        ("nfv::nfvi::neutron_region_name", "RegionOne"),
        ("nfv::nfvi::rabbit_host", "rabbitmq.openstack.svc.cluster.local"),
        ("nfv::nfvi::compute_rest_api_host", "192.168.204.2"),
        ("keystone::openstack::auth_uri", "http://keystone-api.openstack.svc.cluster.local:5000"),
        ("platform::params::stx_openstack_applied", True),
    ],
)
def test_with_openstack_the_keys_point_at_the_pods(key: str, value: object) -> None:
    assert system(WITH_OPENSTACK)[key] == value


def test_after_the_removal_all_is_as_before_the_installation() -> None:
    removed = replace(WITH_OPENSTACK, openstack=None)

    assert public_files(removed, CONTROLLER) == public_files(BEFORE, CONTROLLER)
    assert secure_files(removed, CONTROLLER, NO_SECRETS) == secure_files(BEFORE, CONTROLLER, NO_SECRETS)
    assert target(removed, CONTROLLER) == target(BEFORE, CONTROLLER)


def test_the_platforms_keystone_is_the_same_whether_openstack_is_installed_or_not() -> None:
    def own(facts: PlatformFacts) -> dict[str, object]:
        return {key: value for key, value in system(facts).items() if "::platform_" in key}

    assert own(BEFORE) == own(WITH_OPENSTACK)
    assert own(BEFORE)["nfv::nfvi::platform_auth_protocol"] == "https"
    assert own(BEFORE)["nfv::nfvi::platform_auth_host"] == "192.168.204.2"


def test_no_secret_is_in_a_file_that_others_may_read() -> None:
    public = "".join(each.text for each in public_files(WITH_OPENSTACK, CONTROLLER))
    secure = {each.name: each for each in secure_files(WITH_OPENSTACK, CONTROLLER, SECRETS)}

    assert PASSWORD not in public
    assert PASSWORD in secure["secure_system.yaml"].text
    assert {each.mode for each in secure.values()} == {Mode.ROOT}
    assert PASSWORD not in repr(SECRETS) + repr(secure)


def test_a_worker_gets_no_secrets_and_none_of_the_vims_classes() -> None:
    assert secure_files(WITH_OPENSTACK, WORKER, SECRETS) == ()
    (own,) = (each for each in public_files(WITH_OPENSTACK, WORKER) if each.name == "compute-0.yaml")
    assert own.values["classes"] == ["platform::params", "platform::config", "platform::kubernetes"]


def test_a_worker_that_joins_gets_its_admission_in_a_secret_file_and_its_target_does_not_know_it() -> None:
    joining = replace(WORKER, joins=True)
    secrets = [Secrets(admission=replace(ADMISSION, token=token)) for token in ("aaaaaa.1", "bbbbbb.2")]

    (secure,) = secure_files(BEFORE, joining, secrets[0])

    assert (secure.name, secure.mode) == ("secure_system.yaml", Mode.ROOT)
    assert json.loads(secure.values["platform::kubernetes::node::admission"])["token"] == "aaaaaa.1"
    assert "aaaaaa.1" not in "".join(each.text for each in public_files(BEFORE, joining)) + repr(secrets) + repr(secure)
    assert target(BEFORE, joining) != target(BEFORE, WORKER)


def test_a_worker_that_is_a_node_gets_no_admission() -> None:
    assert secure_files(BEFORE, replace(WORKER, joins=True), NO_SECRETS) == ()


def test_a_controller_applies_every_part() -> None:
    (own,) = (each for each in public_files(BEFORE, CONTROLLER) if each.name == "controller-0.yaml")

    assert own.values["classes"] == [
        "platform::params", "platform::config", "keystone::openstack", "nfv::vim", "nfv::nfvi",
        "platform::kubernetes", "platform::client",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "host", "moves"),
    [
        (BEFORE, CONTROLLER, False),
        (WITH_OPENSTACK, CONTROLLER, True),
        (replace(BEFORE, networks=NetworkFacts(mgmt_floating="192.168.204.9")), CONTROLLER, True),
        (BEFORE, replace(CONTROLLER, mgmt_ip="192.168.204.7"), True),
    ],
    ids=["nothing", "openstack", "the floating address", "the host's own address"],
)
def test_the_target_moves_exactly_when_a_value_does(facts: PlatformFacts, host: HostFacts, *, moves: bool) -> None:
    assert (target(facts, host) != target(BEFORE, CONTROLLER)) is moves


def test_a_single_controller_tells_the_vim_that_servers_have_nowhere_to_go() -> None:
    simplex = replace(BEFORE, system=replace(BEFORE.system, mode=SystemMode.SIMPLEX))

    assert system(simplex)["nfv::vim::instance_single_hypervisor"] is True
    assert system(simplex)["nfv::vim::sw_mgmt_single_controller"] is True
    assert system(BEFORE)["nfv::vim::instance_single_hypervisor"] is False


def test_files_are_yaml_that_says_what_the_values_say() -> None:
    for each in (*public_files(WITH_OPENSTACK, CONTROLLER), *secure_files(WITH_OPENSTACK, CONTROLLER, SECRETS)):
        assert yaml.safe_load(each.text) == dict(each.values)


def test_two_plugins_that_set_one_key_are_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = Plugin(
        "other", system=lambda _: {"platform::params::region_name": "elsewhere"}, classes=lambda _: ("other",)
    )
    monkeypatch.setattr(hieradata, "PLUGINS", (*hieradata.PLUGINS, twice))

    with pytest.raises(ValueError, match="plugin other sets"):
        public_files(BEFORE, CONTROLLER)
