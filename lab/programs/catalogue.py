"""Which programs, at which versions, built how.

Versions are pinned here and, where a program has a module of its own, in its go.mod and go.sum.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parent
HELMFILE_SOURCE: Final = SOURCE / "peers" / "helmfile"


def required_version(module: str) -> str:
    """The version of a module that go.mod asks for, `v1.35.4`."""
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", (SOURCE / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise LookupError(f"{module} is not in lab/programs/go.mod")
    return found.group(1)


KUBERNETES: Final = required_version("k8s.io/kubernetes")
ETCD: Final = required_version("go.etcd.io/etcd/server/v3")
COREDNS: Final = required_version("github.com/coredns/coredns")
CONTAINERD: Final = "v2.4.2"
LOCAL_PATH_PROVISIONER: Final = "v0.0.30"
METRICS_SERVER: Final = "v0.9.0"
HELM: Final = "v4.3.1"


@dataclass(frozen=True, slots=True)
class Program:
    """One binary: a package of a module of the lab's own, or `package@version` of a published one."""

    name: str
    package: str
    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # further names: the program acts as the name it is called by
    sources: tuple[Path, ...] = field(default=(), repr=False)  # what it is built from, if it is the lab's own
    module: Path = field(default=SOURCE, repr=False)  # where the go.mod is, if it is the lab's own

    @property
    def digest(self) -> str:
        """Changes when the binary would: version, flags and own sources; not with the place of the checkout."""
        content = hashlib.sha256(repr((self.package, self.tags, self.ldflags)).encode())
        for source in self.sources:
            content.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
        return content.hexdigest()[:16]


def catalogue() -> tuple[Program, ...]:
    """All programs, the longest build first."""
    containerd_tags = ("no_btrfs", "no_zfs", "no_devmapper", "grpcnotrace")
    containerd = "github.com/containerd/containerd/v2/cmd"
    return (
        Program(
            name="kube",
            package="./cmd/kube",
            tags=("grpcnotrace",),
            ldflags=_kubernetes_version_flags(),
            links=("coredns", "etcd", "etcdctl", "kube-apiserver", "kube-controller-manager", "kube-proxy",
                   "kube-scheduler", "kubeadm", "kubectl", "kubelet"),
            sources=(SOURCE / "go.mod", SOURCE / "go.sum", *sorted((SOURCE / "cmd" / "kube").glob("*.go"))),
        ),
        Program("metrics-server", f"sigs.k8s.io/metrics-server/cmd/metrics-server@{METRICS_SERVER}", ("grpcnotrace",)),
        Program("containerd", f"{containerd}/containerd@{CONTAINERD}", containerd_tags),
        Program("containerd-shim-runc-v2", f"{containerd}/containerd-shim-runc-v2@{CONTAINERD}", containerd_tags),
        Program("ctr", f"{containerd}/ctr@{CONTAINERD}", containerd_tags),
        # Helm's client-go is two minor versions newer than the one that Kubernetes 1.35 is built from: no common
        # module.
        Program("helm", f"helm.sh/helm/v4/cmd/helm@{HELM}", ("grpcnotrace",)),
        Program("local-path-provisioner", f"github.com/rancher/local-path-provisioner@{LOCAL_PATH_PROVISIONER}"),
    )  # fmt: skip


def peers() -> tuple[Program, ...]:
    """What the benchmarks compare with; no lab needs it."""
    sources = (HELMFILE_SOURCE / "go.mod", HELMFILE_SOURCE / "go.sum")
    # Its go.mod replaces modules, so `go install package@version` refuses it.
    return (Program("helmfile", "github.com/helmfile/helmfile", sources=sources, module=HELMFILE_SOURCE),)


def _kubernetes_version_flags() -> tuple[str, ...]:
    """Kubernetes learns its version from the linker; kubeadm compares its parts by it."""
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    values = {
        "gitVersion": KUBERNETES,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "0" * 40,
        "buildDate": "2026-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return tuple(f"-X {package}.{key}={value}" for package in packages for key, value in values.items())
