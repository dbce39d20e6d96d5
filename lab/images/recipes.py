"""What is in each image. Nothing is downloaded: programs of the lab, and a few of the machine's distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lab.programs import catalogue

REPOSITORY: Final = "kubernetes"
"""Where kubeadm looks for its images in the lab's registry."""
PAUSE_TAG: Final = "3.10.1"
ETCD_TAG: Final = catalogue.ETCD.removeprefix("v") + "-0"
BUSYBOX: Final = "busybox:1"
LOCAL_PATH_PROVISIONER: Final = f"local-path-provisioner:{catalogue.LOCAL_PATH_PROVISIONER}"
PROTOCOLS: Final = "tcp 6 TCP\nudp 17 UDP\nsctp 132 SCTP\n"
"""/etc/protocols. Without it nft lists protocols by number, kube-proxy does not know its own entries again, and each
full look (hourly, and at its start) deletes all Services but the newest."""
METRICS_SERVER: Final = f"metrics-server:{catalogue.METRICS_SERVER}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image."""

    name: str
    published_as: tuple[str, ...]  # repository:tag in the lab's registry
    programs: Mapping[str, str] = field(default_factory=dict)  # path in the image → one of the lab's programs
    machine_programs: Mapping[str, str] = field(default_factory=dict)  # likewise, the machine's, with libraries
    links: Mapping[str, str] = field(default_factory=dict)  # path in the image → what it points to
    files: Mapping[str, str] = field(default_factory=dict)  # path in the image → its text
    configuration: tuple[str, ...] = ()  # instructions of a Containerfile, after the files are in

    @property
    def containerfile(self) -> str:
        """One layer, from nothing."""
        return "\n".join(("FROM scratch", "COPY . /", *self.configuration)) + "\n"


def recipes() -> tuple[Recipe, ...]:
    """All images of the lab's Kubernetes."""
    return (_kube(), _pause(), _busybox(), _local_path_provisioner(), _metrics_server())


def _kube() -> Recipe:
    """Control plane, kube-proxy, etcd and CoreDNS: one image, so that a host holds one copy of what they share."""
    parts = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    programs = ("kubectl", "etcd", "etcdctl", "coredns", *parts)
    return Recipe(
        name="kube",
        published_as=(
            *(f"{REPOSITORY}/{part}:{catalogue.KUBERNETES}" for part in parts),
            f"{REPOSITORY}/etcd:{ETCD_TAG}",
            f"{REPOSITORY}/coredns:{catalogue.COREDNS}",
        ),
        programs={"/usr/local/bin/kube": "kube"},
        machine_programs={"/bin/busybox": "busybox", "/usr/sbin/nft": "nft"},
        links={f"/usr/local/bin/{name}": "kube" for name in programs} | _applets("sh", "ip", "cat", "cmp", "mv", "awk"),
        files={"/etc/protocols": PROTOCOLS},
        # Every user of the image names its program, but for the CoreDNS that kubeadm deploys: so that is the default.
        configuration=("ENV PATH=/usr/local/bin:/usr/sbin:/bin", 'ENTRYPOINT ["/usr/local/bin/coredns"]'),
    )


def _pause() -> Recipe:
    """Holds a pod's namespaces and buries its dead."""
    return Recipe(
        name="pause",
        published_as=(f"{REPOSITORY}/pause:{PAUSE_TAG}",),
        machine_programs={"/catatonit": "catatonit"},
        configuration=('ENTRYPOINT ["/catatonit", "-P"]',),
    )


def _busybox() -> Recipe:
    """A shell and the small tools, for tests and for the storage provisioner's own pods."""
    names = ("cat", "chmod", "cp", "date", "env", "hostname", "httpd", "id", "ip", "ls", "mkdir", "nc", "nslookup",
             "ping", "ps", "rm", "seq", "sh", "sleep", "stat", "sync", "tail", "tee", "test", "touch", "true", "false",
             "wget", "echo", "grep", "mount", "kill")  # fmt: skip
    return Recipe(
        name="busybox",
        published_as=(BUSYBOX,),
        machine_programs={"/bin/busybox": "busybox"},
        links=_applets(*names),
        configuration=("ENV PATH=/bin", 'CMD ["sh"]'),
    )


def _local_path_provisioner() -> Recipe:
    return Recipe(
        name="local-path-provisioner",
        published_as=(LOCAL_PATH_PROVISIONER,),
        programs={"/local-path-provisioner": "local-path-provisioner"},
        configuration=('ENTRYPOINT ["/local-path-provisioner"]',),
    )


def _metrics_server() -> Recipe:
    return Recipe(
        name="metrics-server",
        published_as=(METRICS_SERVER,),
        programs={"/metrics-server": "metrics-server"},
        configuration=('ENTRYPOINT ["/metrics-server"]', "USER 65534"),
    )


def _applets(*names: str) -> dict[str, str]:
    return {f"/bin/{name}": "busybox" for name in names}
