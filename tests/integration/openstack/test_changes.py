"""What the operator changes: a value, a version, back again; and what stays as it was."""

from __future__ import annotations

import json

from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import Server, User

RATIO = "conf.nova.DEFAULT.cpu_allocation_ratio"


def test_a_second_installation_changes_nothing(cloud: Cloud) -> None:
    before = cloud.pods()

    cloud.install()

    assert cloud.pods() == before


def test_a_value_rolls_only_what_it_touches_and_the_plan_says_so_beforehand(cloud: Cloud) -> None:
    before = cloud.pods()

    cloud.system("helm-override-update", "openstack", "nova", "openstack", "--set", f"{RATIO}=4.0")
    plan = json.loads(cloud.system("application-plan", "openstack", "--format", "json").stdout)
    cloud.install()

    changed = {release["release"] for release in plan["releases"] if release["change"] != "unchanged"}
    assert changed == {"openstack-nova"}
    gone = before.keys() - cloud.pods().keys()
    assert gone
    assert {name.split("-")[0] for name in gone} == {"nova"}


def test_a_value_is_in_the_configuration_that_the_service_reads(cloud: Cloud) -> None:
    said = cloud.kubectl("exec", "deploy/nova-scheduler", "--", "grep", "-rh", "cpu_allocation_ratio", "/etc/nova")

    assert "4.0" in said


def test_servers_still_run_after_all_that(user: User, servers: tuple[Server, Server]) -> None:
    for server in servers:
        assert user.cloud.run("answer = server(name).status", name=server.name) == "ACTIVE"
