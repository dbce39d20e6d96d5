from __future__ import annotations

import re
from typing import Any

import yaml

from lab.ground.description import Lab, hosts_of
from lab.kubernetes import addons, kubeadm
from lab.kubernetes.prepare import prepared
from lab.programs import catalogue


def documents(text: str) -> dict[str, dict[str, Any]]:
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def test_the_first_control_plane_is_configured_by_four_documents(small_lab: Lab) -> None:
    configured = documents(kubeadm.init_configuration(small_lab, small_lab.active_controller))

    assert set(configured) == {
        "InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration",
    }  # fmt: skip
    assert configured["ClusterConfiguration"]["kubernetesVersion"] == catalogue.KUBERNETES
    assert configured["InitConfiguration"]["nodeRegistration"]["name"] == "controller-0"


def test_a_cluster_holds_its_certificates_wherever_its_snapshot_is_brought_up(small_lab: Lab) -> None:
    elsewhere = small_lab.model_copy(update={"loopback": 99})
    configured = documents(kubeadm.init_configuration(small_lab, small_lab.active_controller))

    names = configured["ClusterConfiguration"]["apiServer"]["certSANs"]

    assert "api.local" in names
    assert elsewhere.outside(elsewhere.active_controller) in names


def test_a_worker_joins_without_control_plane_and_a_controller_with(small_lab: Lab) -> None:
    two = hosts_of(2, 1, controller_memory=1, worker_memory=1)
    ticket = {"token": "abcdef.0123456789abcdef", "ca_hash": "sha256:00"}

    controller = yaml.safe_load(kubeadm.join_configuration(two[1], **ticket, certificate_key="k"))
    worker = yaml.safe_load(kubeadm.join_configuration(two[2], **ticket, certificate_key=None))

    assert controller["controlPlane"]["localAPIEndpoint"]["advertiseAddress"] == two[1].address
    assert "controlPlane" not in worker
    assert worker["nodeRegistration"]["kubeletExtraArgs"] == [{"name": "node-ip", "value": two[2].address}]


def test_no_placeholder_is_left_in_the_add_ons(small_lab: Lab) -> None:
    objects = addons.manifests(small_lab)

    assert re.findall(r"@[A-Z_]+@", yaml.safe_dump(objects)) == []
    assert {wanted["kind"] for wanted in objects} >= {"DaemonSet", "StorageClass", "APIService", "ConfigMap"}


def test_every_host_is_known_by_name_to_the_clusters_dns(small_lab: Lab) -> None:
    (corefile,) = (
        wanted["data"]["Corefile"]
        for wanted in addons.manifests(small_lab)
        if wanted["kind"] == "ConfigMap" and wanted["metadata"]["name"] == "coredns"
    )

    for host in small_lab.hosts:
        assert f"{host.address} {host.name}" in corefile


def test_the_registrys_password_is_only_in_a_file_that_root_may_read(small_lab: Lab) -> None:
    files = {file.path: file for file in prepared(small_lab)}
    holding = [file for file in files.values() if "Basic " in file.content]

    assert [file.path for file in holding] == ["/etc/containerd/certs.d/registry.local:9001/hosts.toml"]
    assert holding[0].mode == 0o600


def test_preparing_a_host_twice_wants_the_same_files(small_lab: Lab) -> None:
    assert list(prepared(small_lab)) == list(prepared(small_lab))
