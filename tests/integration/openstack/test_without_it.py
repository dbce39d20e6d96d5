"""OpenStack goes, and comes again: nothing of it stays in the cluster, and hosts are as they were."""

from __future__ import annotations

import json

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import Server


def test_it_is_not_removed_under_servers_that_run(cloud: Cloud, servers: tuple[Server, Server]) -> None:
    refused = cloud.system("application-remove", "openstack", "--wait", check=False, seconds=300)

    for server in servers:
        assert server.name in refused.stderr
    shown = cloud.system("application-show", "openstack", "--format", "value", "--column", "status")
    assert shown.stdout.strip() == "applied"
    assert cloud.run("answer = server(name).status", name=servers[0].name) == "ACTIVE"


def test_what_is_removed_by_force_leaves_nothing(cloud: Cloud, lab: Lab, lab_command: LabCommand) -> None:
    cloud.system("application-remove", "openstack", "--force", "--wait", seconds=600)

    namespaces = json.loads(cloud.kubectl("get", "namespaces", "-o", "json"))["items"]
    assert "openstack" not in {each["metadata"]["name"] for each in namespaces}
    eventually(lambda: json.loads(cloud.kubectl("get", "pv", "-o", "json"))["items"], lambda now: not now, 60)
    labels = [each["metadata"]["labels"] for each in json.loads(cloud.kubectl("get", "nodes", "-o", "json"))["items"]]
    assert not [label for each in labels for label in each if label.startswith("class.sturnus.io/")]
    for host in ("compute-0", "compute-1"):
        script = "for p in /proc/[0-9]*; do grep -sqa ^/usr/bin/qemu-system $p/cmdline && echo $p; done; true"
        assert lab_command("exec", "--name", lab.name, host, "--", "sh", "-c", script).stdout.split() == []


def test_it_is_installed_again_and_knows_nothing_of_before(cloud: Cloud) -> None:
    cloud.install()

    names = cloud.run("answer = [each.name for each in cloud.compute.servers(all_projects=True)]")
    assert names == []
