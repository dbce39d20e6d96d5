"""An application whose values follow from the inventory follows it in the cluster, by itself."""

from __future__ import annotations

from dataclasses import replace

from lightkube import Client
from lightkube.resources.core_v1 import ConfigMap

from tests.integration.engine.platform import Platform
from tests.integration.engine.small import one_pod, only, written

OVERRIDES = """\
web:
  conf:
    message: {{ (computes | length) ~ " compute hosts" }}
"""


def compute_hosts(platform: Platform, *names: str) -> None:
    for name in names:
        platform.system("host-add", "-n", name, "-p", "worker")
        platform.system("host-label-assign", name, "openstack-compute-node")


def said(client: Client, namespace: str) -> str:
    found = client.list(ConfigMap, namespace=namespace)
    return " ".join(text for each in found for text in (each.data or {}).values())


def test_labels_that_change_a_value_have_the_application_installed_again_and_others_do_not(
    platform: Platform, client: Client, namespaces: list[str]
) -> None:
    namespaces.append("follows")
    spec = replace(only("follows", one_pod("web")), overrides=OVERRIDES)
    platform.system("application-upload", "follows", written(platform.directory, spec))
    platform.system("application-install", "follows", "--wait")
    assert "0 compute hosts" in said(client, "follows")

    compute_hosts(platform, "compute-0", "compute-1")
    again = platform.until("follows", lambda newest: newest["requested_by"] == "platform")
    assert platform.ended("follows")["uuid"] == again["uuid"]
    assert "2 compute hosts" in said(client, "follows")
    assert platform.application("follows")["status"] == "applied"

    platform.system("host-label-assign", "compute-0", "rack=r1")
    compute_hosts(platform, "compute-2")
    platform.until("follows", lambda newest: newest["uuid"] != again["uuid"])
    assert platform.ended("follows")["state"] == "succeeded"
    assert "3 compute hosts" in said(client, "follows")
    assert [each["requested_by"] for each in platform.operations("follows")].count("platform") == 2

    platform.system("application-remove", "follows", "--wait")
