"""Step 1: what a bare host needs before kubeadm can make a node of it: a container runtime and a kubelet that waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lab.ground.description import Lab
from lab.images.recipes import PAUSE_TAG, REPOSITORY
from lab.registry import credentials
from lab.registry.service import client_files
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.supervised import service

CONTAINERD: Final = f"""\
version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
# No host may lower an oom score here, and a kernel without hugetlb cgroups will do.
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  enable_unprivileged_ports = false
  enable_unprivileged_icmp = false
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{credentials.NAME}/{REPOSITORY}/pause:{PAUSE_TAG}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"
"""

# kubeadm writes the kubelet's files; until they are there the supervisor tries again.
# The two HTTP/2 variables: without them the kubelet holds on to a dead connection for minutes after a power cut.
KUBELET: Final = """\
[ -S /run/containerd/containerd.sock ] && [ -f /var/lib/kubelet/config.yaml ] || { sleep 0.3; exit 1; }
[ -f /etc/kubernetes/kubelet.conf ] || [ -f /etc/kubernetes/bootstrap-kubelet.conf ] || { sleep 0.3; exit 1; }
[ ! -f /var/lib/kubelet/kubeadm-flags.env ] || . /var/lib/kubelet/kubeadm-flags.env
export HTTP2_READ_IDLE_TIMEOUT_SECONDS=3 HTTP2_PING_TIMEOUT_SECONDS=2
exec kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf \\
  --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf ${KUBELET_KUBEADM_ARGS:-}
"""


def prepared(lab: Lab) -> Iterator[HostFile]:
    """The files of a prepared host; the same on every host."""
    yield HostFile("/etc/containerd/config.toml", CONTAINERD)
    yield HostFile("/etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\n")
    yield HostFile("/etc/profile.d/kubernetes.sh", "export KUBECONFIG=/etc/kubernetes/admin.conf\n")
    yield from client_files(lab)
    yield from service("containerd", "exec containerd --config /etc/containerd/config.toml\n")
    yield from service("kubelet", KUBELET)
