"""kubeadm's configuration (kubeadm.k8s.io/v1beta4) for hosts of this kind; reference lab.md §3, §4."""

from __future__ import annotations

from typing import Any, Final

import yaml

from lab.ground.description import FLOATING, NODE_NETWORK, Host, Lab
from lab.images.recipes import ETCD_TAG, REPOSITORY
from lab.programs import catalogue
from lab.registry import credentials
from sturnus.configuration.bare.node import CRI_SOCKET

API: Final = "kubeadm.k8s.io/v1beta4"
ENDPOINT: Final = "api.local:6443"
POD_NETWORK: Final = "10.244.0.0/16"
SERVICE_NETWORK: Final = "10.96.0.0/16"

# A power cut shows on the node after about 12 s; leases of controllers turn over about as fast.
GRACE: Final = {"node-monitor-grace-period": "12s", "node-monitor-period": "2s"}
ELECTION: Final = {
    "leader-elect-lease-duration": "6s",
    "leader-elect-renew-deadline": "4s",
    "leader-elect-retry-period": "1s",
}
VOLUME_PLUGINS: Final = "/var/lib/kubelet/volumeplugins"  # the default would be made below /usr


def init_configuration(lab: Lab, host: Host) -> str:
    """The text for `kubeadm init --config`."""
    first = {
        "apiVersion": API,
        "kind": "InitConfiguration",
        "localAPIEndpoint": {"advertiseAddress": host.address, "bindPort": 6443},
        "nodeRegistration": _node_registration(host),
    }
    return yaml.safe_dump_all([first, _cluster(lab), _kubelet(), _kube_proxy()], sort_keys=False)


def join_basis(host: Host) -> str:
    """The text for a host that will be let in later: what a join takes over, with name and admission."""
    basis = {"apiVersion": API, "kind": "JoinConfiguration", "nodeRegistration": _node_registration(host)}
    return yaml.safe_dump(basis, sort_keys=False)


def join_configuration(host: Host, *, token: str, ca_hash: str, certificate_key: str | None) -> str:
    """The text for `kubeadm join --config`; with a certificate key the host becomes a further control plane."""
    wanted: dict[str, Any] = {
        "apiVersion": API,
        "kind": "JoinConfiguration",
        "discovery": {
            "bootstrapToken": {"apiServerEndpoint": ENDPOINT, "token": token, "caCertHashes": [ca_hash]},
        },
        "nodeRegistration": _node_registration(host),
    }
    if certificate_key:
        wanted["controlPlane"] = {
            "localAPIEndpoint": {"advertiseAddress": host.address, "bindPort": 6443},
            "certificateKey": certificate_key,
        }
    return yaml.safe_dump(wanted, sort_keys=False)


def _node_registration(host: Host) -> dict[str, Any]:
    return {
        "name": host.name,
        "criSocket": CRI_SOCKET,
        "imagePullPolicy": "IfNotPresent",
        "taints": [],  # a controller runs the platform's pods, as on StarlingX
        # The validator calls cgroup v1 an error, whatever the kubelet is told about it.
        "ignorePreflightErrors": ["SystemVerification"],
        "kubeletExtraArgs": _arguments({"node-ip": host.address}),
    }


def _cluster(lab: Lab) -> dict[str, Any]:
    return {
        "apiVersion": API,
        "kind": "ClusterConfiguration",
        "clusterName": "sturnus-lab",
        "kubernetesVersion": catalogue.KUBERNETES,
        "imageRepository": f"{credentials.NAME}/{REPOSITORY}",
        "controlPlaneEndpoint": ENDPOINT,
        "networking": {"podSubnet": POD_NETWORK, "serviceSubnet": SERVICE_NETWORK, "dnsDomain": "cluster.local"},
        "etcd": {"local": {"imageTag": ETCD_TAG, "dataDir": "/var/lib/etcd"}},
        "dns": {"imageTag": catalogue.COREDNS},
        "apiServer": {
            "certSANs": ["api.local", FLOATING, *(host.address for host in lab.controllers), *outside_addresses(lab)],
            "extraArgs": _arguments(
                {"default-not-ready-toleration-seconds": "5", "default-unreachable-toleration-seconds": "5"}
            ),
        },
        "controllerManager": {
            "extraArgs": _arguments(GRACE | ELECTION | {"flex-volume-plugin-dir": VOLUME_PLUGINS}),
        },
        "scheduler": {"extraArgs": _arguments(ELECTION)},
    }


def outside_addresses(lab: Lab) -> list[str]:
    """Every loopback address that the active controller may have on the machine.

    A snapshot's certificates have to hold in a lab of another name, which has another loopback network; not every
    Kubernetes client can be told to expect another name than the one that it dials.
    """
    return [f"127.0.{network}.{lab.active_controller.number}" for network in range(77, 255)]


def _kubelet() -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "maxOpenFiles": 20000,
        "volumePluginDir": VOLUME_PLUGINS,
        "resolvConf": "/etc/resolv.conf",
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "nodeStatusUpdateFrequency": "4s",
        "nodeLeaseDurationSeconds": 8,  # renewed every 2 s; the platform's second witness of a host's life
    }


def _kube_proxy() -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "oomScoreAdj": 0,
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "nodePortAddresses": [f"{NODE_NETWORK}.0/24"],
    }


def _arguments(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
