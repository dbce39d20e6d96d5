"""What is in each image: one table.

An image is made in up to two steps. A script on the machine makes its files (`on_machine`: a base system, a program);
then, inside of the image, users and packages are put in and a script finishes it (`inside`). Sources of the settings:
reference/openstack.md §1, §3.6, §4.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab.ground.errors import LabError

SOURCE: Final = Path(__file__).parent
REGISTRY: Final = "registry.local:9001"
"""How hosts and charts call the platform's registry."""
PREFIX: Final = "openstack"

SERVICE_USERS: Final = {
    "keystone": 42424,
    "glance": 42425,
    "placement": 42426,
    "nova": 42427,
    "neutron": 42428,
    "horizon": 42429,
}
"""Fixed numbers, so that a volume written by one version of an image is readable by the next."""
SERVICES_FIRST: Final = "ENV PATH=/var/lib/openstack/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image."""

    name: str
    what: str  # a sentence for `list`
    parent: str | None = None  # the recipe that it lies on; None: from nothing
    published: bool = True  # a base that others lie on is not
    on_machine: str | None = None  # script under scripts/ that fills the context, which becomes / of the image
    users: Mapping[str, int] = field(default_factory=dict)  # made before the packages, which then keep the number
    packages: tuple[str, ...] = ()  # of the base's distribution
    inside: str | None = None  # script under scripts/ that runs in the image after the packages
    files: tuple[str, ...] = ()  # files and directories of this room that the scripts read
    configuration: tuple[str, ...] = ()  # instructions of a Containerfile, at the end


RECIPES: Final = (
    Recipe(
        name="base",
        what="Debian 12, minimal, with tini as the process that reaps",
        published=False,
        on_machine="base.sh",
    ),
    Recipe(
        name="entrypoint",
        what="the init container that waits for services, jobs, pods and sockets (kubernetes-entrypoint)",
        on_machine="entrypoint.sh",
        files=("entrypoint/go.mod", "entrypoint/main.go", "entrypoint/cluster.go", "entrypoint/dependency.go"),
        configuration=('ENTRYPOINT ["/usr/local/bin/kubernetes-entrypoint"]', "USER 65534:65534"),
    ),
    Recipe(
        name="mariadb",
        what="MariaDB 10.11",
        parent="base",
        users={"mysql": 42430},
        packages=("mariadb-server",),
        inside="mariadb.sh",
        configuration=("USER 42430:42430",),
    ),
    Recipe(
        name="rabbitmq",
        what="RabbitMQ 3.10",
        parent="base",
        users={"rabbitmq": 42431},
        packages=("rabbitmq-server",),
        inside="rabbitmq.sh",
        configuration=("USER 42431:42431",),
    ),
    Recipe(
        name="memcached",
        what="memcached 1.6",
        parent="base",
        users={"memcache": 42432},
        packages=("memcached",),
        configuration=("USER 42432:42432",),
    ),
    Recipe(
        name="ovn",
        what="Open vSwitch 3.1 with its userspace datapath, OVN 23.03",
        parent="base",
        # Not openvswitch-switch-dpdk: with its interface types Neutron would wire ports as vhostuser (§3.3).
        packages=("openvswitch-switch", "ovn-central", "ovn-host", "ethtool", "iproute2", "procps"),
        inside="ovn.sh",
    ),
    Recipe(
        name="libvirt",
        what="libvirt 9.0 and QEMU 7.2, whose guests outlive their pod",
        parent="base",
        packages=("libvirt-daemon-system", "libvirt-clients", "qemu-system-x86", "qemu-utils", "iproute2", "procps"),
        inside="libvirt.sh",
        files=("files/qemu-wrapper.sh",),
    ),
    Recipe(
        name="openstack",
        what="Keystone, Placement, Glance, Nova, Neutron, Horizon and the client, 2026.2, in one virtual environment",
        parent="base",
        users=SERVICE_USERS,
        # Neutron's API runs ovsdb-client when it starts, and does not start without.
        packages=("python3", "python3-venv", "netbase", "openvswitch-common"),
        inside="openstack.sh",
        files=("pins.txt", "files/horizon_build_settings.py", "files/horizon_check.py"),
        configuration=(SERVICES_FIRST,),
    ),
    Recipe(
        name="nova-compute",
        what="the OpenStack image with what a compute host needs: libvirt's binding, qemu-img",
        parent="openstack",
        # genisoimage writes config drives; haproxy and iptables serve OVN's metadata agent.
        packages=("python3-libvirt", "qemu-utils", "iproute2", "procps", "genisoimage", "haproxy", "iptables"),
        inside="nova-compute.sh",
    ),
    Recipe(
        name="guest",
        what="a small Linux for test servers: /guest.qcow2, and cp to hand it on",
        parent="base",
        packages=(
            "busybox-static",
            "cpio",
            "dosfstools",
            "fdisk",
            "mtools",
            "qemu-utils",
            "syslinux",
            "syslinux-common",
        ),
        inside="guest.sh",
        files=("files/guest-init.sh", "files/guest-udhcpc.sh"),
        configuration=("FROM scratch", "COPY --from=made /out/ /"),  # the rest was tools
    ),
)


def recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        LabError: there is none.

    """
    for each in RECIPES:
        if each.name == name:
            return each
    raise LabError(f"no image is called {name}", f"one of {', '.join(each.name for each in RECIPES)}")


def ancestry(of: Recipe) -> tuple[Recipe, ...]:
    """The recipes that one lies on, the lowest first, itself last."""
    return (of,) if of.parent is None else (*ancestry(recipe(of.parent)), of)
