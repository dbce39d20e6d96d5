"""Look-alikes of stx-openstack: names, order, sizes and dependencies as in reference/applications.md; 3 MB, 29 charts.

`today()` has the FluxCD graph of §3.3 and waits as in §4.4; `of_2019()` the Armada groups of §4.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.tarballs.applications import ApplicationSpec, GroupSpec, ReleaseSpec
from tests.tarballs.charts import TOOLKIT, ChartApi, ChartSpec, Hook, Kind, PodWait, Waits, Workload, settings

CONTROL = ("openstack-control-plane", "enabled")
COMPUTE = ("openstack-compute-node", "enabled")
VSWITCH = ("openvswitch", "enabled")
DISABLED_TODAY = ("barbican", "ceph-rgw", "dcdbsync", "gnocchi", "ironic", "keystone-api-proxy")
DISABLED_2019 = ("aodh", "barbican", "ceilometer", "ceph-rgw", "gnocchi", "ironic", "panko")
NO_WAIT = frozenset({
    "keystone", "glance", "cinder", "placement", "nova", "neutron", "libvirt", "openvswitch", "pci-irq-affinity-agent",
    "heat", "horizon", "ceilometer",
})  # fmt: skip


@dataclass(frozen=True)
class Size:
    values: int  # bytes of the chart's values.yaml (§7.4)
    static: int  # bytes of the manifest's values (§3.3)


SIZES = {
    "nova": Size(82_000, 88_730), "neutron": Size(78_000, 81_571), "horizon": Size(56_000, 56_162),
    "cinder": Size(50_000, 47_557), "keystone": Size(32_000, 40_051), "ceilometer": Size(51_000, 34_362),
    "heat": Size(35_000, 33_737), "glance": Size(32_000, 32_647), "aodh": Size(19_000, 20_782),
    "mariadb": Size(21_000, 20_232), "placement": Size(15_000, 13_621), "rabbitmq": Size(14_000, 11_258),
    "libvirt": Size(10_000, 11_037), "prometheus-openstack-exporter": Size(6_000, 6_550),
    "openvswitch": Size(8_000, 6_251), "gnocchi": Size(19_000, 5_581), "memcached": Size(6_000, 4_810),
    "ironic": Size(18_000, 4_805), "barbican": Size(19_000, 2_861),
}  # fmt: skip
OTHER_SIZE = Size(6_000, 2_000)

GRAPH: dict[str, tuple[str, ...]] = {
    "ingress-nginx-openstack": (), "nginx-ports-control": (), "mariadb": ("nginx-ports-control",),
    "garbd": ("mariadb",), "memcached": ("mariadb",), "rabbitmq": ("memcached",), "keystone": ("rabbitmq",),
    "barbican": ("keystone",), "keystone-api-proxy": ("keystone",), "glance": ("keystone",), "cinder": ("glance",),
    "ceph-rgw": ("cinder",), "placement": ("cinder",), "dcdbsync": ("cinder",), "ironic": ("cinder",),
    "nova": ("placement",), "nova-api-proxy": ("placement",), "neutron": ("placement",), "libvirt": ("placement",),
    "openvswitch": ("placement",), "heat": ("placement",), "pci-irq-affinity-agent": ("nova",),
    "fm-rest-api": ("heat",), "clients": ("heat",), "horizon": ("fm-rest-api",), "gnocchi": ("horizon",),
    "ceilometer": ("nova", "neutron", "heat"), "prometheus-openstack-exporter": ("nova", "neutron", "heat"),
    "aodh": ("ceilometer",),
}  # fmt: skip
"""dependsOn of StarlingX's master (§3.3): 29 releases, 23 of them enabled, 11 deep."""

GROUPS_2019 = (
    GroupSpec("kube-system-ingress", ("kube-system-ingress",), sequenced=False),
    GroupSpec("openstack-ingress", ("ingress", "nginx-ports-control"), sequenced=False),
    GroupSpec("openstack-mariadb", ("mariadb", "garbd")),
    GroupSpec("openstack-memcached", ("memcached",)),
    GroupSpec("openstack-rabbitmq", ("rabbitmq",)),
    GroupSpec("openstack-keystone", ("keystone",)),
    GroupSpec("openstack-barbican", ("barbican",)),
    GroupSpec("openstack-glance", ("glance",)),
    GroupSpec("openstack-cinder", ("cinder",)),
    GroupSpec("openstack-ceph-rgw", ("ceph-rgw",)),
    GroupSpec(
        "openstack-compute-kit",
        ("libvirt", "openvswitch", "nova", "nova-api-proxy", "neutron", "placement", "ironic"),
        sequenced=False,
    ),
    GroupSpec("openstack-heat", ("heat",)),
    GroupSpec("openstack-horizon", ("horizon",), sequenced=False),
    GroupSpec("openstack-telemetry", ("aodh", "gnocchi", "panko", "ceilometer")),
)


def today(seed: int = 0, version: str = "26.10-0") -> ApplicationSpec:
    """stx-openstack as of today: FluxCD."""
    return ApplicationSpec(
        "stx-openstack",
        version=version,
        namespace="openstack",
        document_prefix="openstack-",
        releases=tuple(_release_today(name, after, seed) for name, after in GRAPH.items()),
        groups=tuple(GroupSpec(f"openstack-{name}", (name,)) for name in GRAPH),
        disabled=DISABLED_TODAY,
        metadata=METADATA_TODAY,
        plugin="k8sapp_openstack",
        extra_charts=(TOOLKIT,),
    )


def of_2019(seed: int = 0, version: str = "1.0-17-centos-stable-versioned") -> ApplicationSpec:
    """stx-openstack of 2019: Armada."""
    return ApplicationSpec(
        "stx-openstack",
        version=version,
        namespace="openstack",
        document_prefix="openstack-",
        releases=tuple(_release_2019(name, seed) for group in GROUPS_2019 for name in group.releases),
        groups=GROUPS_2019,
        disabled=DISABLED_2019,
        metadata={"patch_dependencies": []},
        extra_charts=(TOOLKIT, *(_chart(name, seed, ChartApi.V1, "0.1.0") for name in ("keystone-api-proxy",))),
    )


METADATA_TODAY = {
    "maintain_user_overrides": True,
    "class": "optional",
    "upgrades": {"auto_update": False, "from_version": [r"^26\.03.*", r"^25\.09.*"]},
    "supported_k8s_version": {"minimum": "1.32"},
    "behavior": {
        "platform_managed_app": True,
        "evaluate_reapply": {
            "triggers": [
                {"type": "unlock"},
                {"type": "force-unlock"},
                {"type": "runtime-apply-puppet"},
                {"type": "host-availability-updated"},
                {"type": "kube-upgrade-complete", "filters": [{"availability": "services-enabled"}]},
                {"type": "host-delete", "filters": [{"openstack_worker": True}]},
            ]
        },
    },
    "dependent_apps": [{"name": "prometheus", "version": r"^26\.10.*", "action": "ignore"}],
}


def _release_today(name: str, after: tuple[str, ...], seed: int) -> ReleaseSpec:
    chart = _chart(name, seed, ChartApi.V2, "2026.1.0+c665eedf")
    return ReleaseSpec(
        chart,
        after=after,
        values=_static(name, seed),
        helm_name=_HELM_NAMES.get(name, ""),
        timeout=300 if name == "ceph-rgw" else 1800,
        disable_wait=name in NO_WAIT,
    )


_HELM_NAMES = {
    "ingress-nginx-openstack": "ingress-nginx-openstack",
    "prometheus-openstack-exporter": "osh-prometheus-openstack-exporter",
}
"""All others are osh-openstack-NAME (§3.3)."""


def _release_2019(name: str, seed: int) -> ReleaseSpec:
    in_kube_system = name == "kube-system-ingress"
    chart = _chart("ingress" if in_kube_system else name, seed, ChartApi.V1, "0.1.0")
    return ReleaseSpec(
        chart,
        name=name,
        release="kube-system-ingress" if in_kube_system else "",
        namespace="kube-system" if in_kube_system else "",
        values=_static(name, seed),
        timeout=300 if name == "ceph-rgw" else 1800,
        disable_wait=name == "nginx-ports-control",
    )


def _static(name: str, seed: int) -> str:
    size = SIZES.get(name, OTHER_SIZE).static
    return f"conf:\n  message: {name} of the manifest\n" + settings(size - 80, f"{name}/static/{seed}", "static")


def _chart(name: str, seed: int, api: ChartApi, version: str) -> ChartSpec:
    return ChartSpec(
        name,
        version=version,
        workloads=_WORKLOADS[name]() if name in _WORKLOADS else _service(name),
        values_bytes=SIZES.get(name, OTHER_SIZE).values,
        dependencies=(TOOLKIT,),
        files={"templates/networkpolicy.yaml": _POLICY} if name == "nginx-ports-control" else {},
        api=api,
        seed=seed,
    )


_POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: nginx-ports-control
  labels:
    release_group: {{ .Release.Name | quote }}
spec:
  podSelector: {}
  ingress: [{}]
"""


def _job(name: str, weight: int, *, services: tuple[str, ...] = (), jobs: tuple[str, ...] = ()) -> Workload:
    return Workload(name, Kind.JOB, Waits(services=services, jobs=jobs), Hook(weight=weight), node_selector=CONTROL)


def _jobs(name: str) -> tuple[Workload, ...]:
    """The Jobs that every service of OpenStack has (§4.4)."""
    return (
        _job(f"{name}-db-init", -5, services=("mariadb",)),
        _job(f"{name}-db-sync", -4, services=("mariadb",), jobs=(f"{name}-db-init",)),
        _job(f"{name}-rabbit-init", -4, services=("rabbitmq",)),
        _job(f"{name}-ks-service", -3, services=("keystone-api",)),
        _job(f"{name}-ks-endpoints", -2, services=("keystone-api",), jobs=(f"{name}-ks-service",)),
        _job(f"{name}-ks-user", -1, services=("keystone-api",)),
    )


_DONE = ("db-sync", "rabbit-init", "ks-user", "ks-endpoints")


def _api(name: str, server: str = "", services: tuple[str, ...] = ()) -> Workload:
    waits = Waits(("mariadb", "rabbitmq", "keystone-api", *services), tuple(f"{name}-{job}" for job in _DONE))
    return Workload(server or f"{name}-api", waits=waits, node_selector=CONTROL)


def _service(name: str) -> tuple[Workload, ...]:
    return (*_jobs(name), _api(name))


def _alone(name: str, *services: str) -> tuple[Workload, ...]:
    return (Workload(name, waits=Waits(services), node_selector=CONTROL),)


def _agent(name: str, waits: Waits, label: tuple[str, str] = COMPUTE) -> Workload:
    return Workload(name, Kind.DAEMONSET, waits, node_selector=label)


def _on_node(application: str, component: str) -> PodWait:
    return PodWait({"application": application, "component": component})


def _keystone() -> tuple[Workload, ...]:
    jobs = ("keystone-db-sync", "keystone-credential-setup", "keystone-fernet-setup")
    return (
        _job("keystone-db-init", -5, services=("mariadb",)),
        _job("keystone-fernet-setup", -5),
        _job("keystone-credential-setup", -5),
        _job("keystone-db-sync", -4, services=("mariadb",), jobs=("keystone-db-init", "keystone-fernet-setup")),
        _job("keystone-rabbit-init", -4, services=("rabbitmq",)),
        _job("keystone-domain-manage", 0, services=("keystone-api",)),
        _job("keystone-bootstrap", 5, services=("keystone-api",), jobs=("keystone-domain-manage",)),
        Workload("keystone-api", waits=Waits(("memcached", "mariadb"), jobs), node_selector=CONTROL),
        Workload("keystone-fernet-rotate", Kind.CRONJOB, Waits(jobs=("keystone-fernet-setup",))),
    )


def _nova() -> tuple[Workload, ...]:
    wanted = ("rabbitmq", "glance-api", "nova-api", "nova-metadata", "neutron-server")
    pods = (_on_node("libvirt", "libvirt"), _on_node("neutron", "ovs-agent"))
    jobs = ("nova-db-sync", "nova-rabbit-init")
    return (
        *_jobs("nova"),
        _api("nova"),
        _api("nova", "nova-metadata"),
        _api("nova", "nova-conductor"),
        _api("nova", "nova-scheduler"),
        _agent("nova-compute", Waits(wanted, jobs, pods=pods)),
        Workload(
            "nova-cell-setup",
            Kind.JOB,
            Waits(
                ("rabbitmq", "mariadb", "keystone-api", "nova-api"),
                jobs,
                pods=(PodWait({"application": "nova", "component": "compute"}, same_node=False),),
            ),
        ),
    )


def _neutron() -> tuple[Workload, ...]:
    agent = Waits(("rabbitmq", "neutron-server", "nova-api"), pods=(_on_node("neutron", "ovs-agent"),))
    ovs = Waits(("rabbitmq", "neutron-server"), ("neutron-rabbit-init",), pods=(_on_node("openvswitch", "server"),))
    return (
        *_jobs("neutron"),
        _api("neutron", "neutron-server", ("memcached",)),
        _agent("neutron-ovs-agent", ovs, VSWITCH),
        _agent("neutron-dhcp-agent", agent),
        _agent("neutron-l3-agent", agent),
        _agent("neutron-metadata-agent", agent),
    )


def _cinder() -> tuple[Workload, ...]:
    volume = _api("cinder", "cinder-volume")
    bootstrap = Waits(
        ("cinder-api",), pods=(PodWait({"application": "cinder", "component": "volume"}, same_node=False),)
    )
    return (
        *_service("cinder"),
        volume,
        Workload("cinder-bootstrap", Kind.JOB, bootstrap, Hook(weight=5), node_selector=CONTROL),
    )


def _horizon() -> tuple[Workload, ...]:
    waits = Waits(("memcached", "mariadb", "keystone-api"), ("horizon-db-sync",))
    return (
        _job("horizon-db-init", -5, services=("mariadb",)),
        _job("horizon-db-sync", -4, services=("mariadb",), jobs=("horizon-db-init",)),
        Workload("horizon", waits=waits, node_selector=CONTROL),
    )


_WORKLOADS: dict[str, Callable[[], tuple[Workload, ...]]] = {
    "ingress": lambda: _alone("ingress"),
    "ingress-nginx-openstack": lambda: _alone("ingress-nginx-openstack"),
    "nginx-ports-control": lambda: (),
    "mariadb": lambda: (Workload("mariadb", Kind.STATEFULSET, node_selector=CONTROL),),
    "garbd": lambda: _alone("garbd", "mariadb"),
    "memcached": lambda: _alone("memcached"),
    "rabbitmq": lambda: (
        Workload("rabbitmq", Kind.STATEFULSET, node_selector=CONTROL),
        _job("rabbitmq-cluster-wait", 5, services=("rabbitmq",)),
    ),
    "keystone": _keystone,
    "keystone-api-proxy": lambda: _alone("keystone-api-proxy", "keystone-api"),
    "cinder": _cinder,
    "nova": _nova,
    "nova-api-proxy": lambda: _alone("nova-api-proxy", "nova-api"),
    "neutron": _neutron,
    "libvirt": lambda: (_agent("libvirt", Waits(pods=(_on_node("neutron", "ovs-agent"),))),),
    "openvswitch": lambda: (_agent("openvswitch-server", Waits(), VSWITCH),),
    "pci-irq-affinity-agent": lambda: (_agent("pci-irq-affinity-agent", Waits(("rabbitmq", "nova-api"))),),
    "horizon": _horizon,
    "clients": lambda: (_agent("clients", Waits(("keystone-api",)), CONTROL),),
    "prometheus-openstack-exporter": lambda: _alone("prometheus-openstack-exporter", "keystone-api"),
}
