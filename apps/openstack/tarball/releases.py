"""The releases of the application: one table. From it come the kustomizations and the HelmReleases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

NAME: Final = "openstack"
VERSION: Final = "2026.2-1"
"""OpenStack's release, and which of our builds for it: what `application-update` compares."""
NAMESPACE: Final = "openstack"
KUBERNETES: Final = "1.29"  # the oldest whose API the charts use


@dataclass(frozen=True, slots=True)
class ChartRelease:
    """One Helm release, `openstack-<chart>`."""

    chart: str
    after: tuple[str, ...] = ()  # charts; only for whoever goes by the written order
    timeout: timedelta = timedelta(minutes=30)

    @property
    def name(self) -> str:
        """What Helm calls it."""
        return f"{NAMESPACE}-{self.chart}"


RELEASES: Final = (
    ChartRelease("mariadb"),
    ChartRelease("rabbitmq"),
    ChartRelease("memcached"),
    ChartRelease("ovn"),
    ChartRelease("keystone", after=("mariadb", "rabbitmq", "memcached")),
    ChartRelease("placement", after=("keystone",)),
    ChartRelease("glance", after=("keystone",)),
    ChartRelease("neutron", after=("keystone", "ovn")),
    # nova-compute and libvirt wait for each other's neighbours within their pods; Nova's API needs neither.
    ChartRelease("libvirt", after=("ovn",)),
    ChartRelease("nova", after=("placement", "glance")),
    ChartRelease("horizon", after=("keystone",)),
)
"""Our engine goes by what the pods declare (`release_order: as-declared`) and starts far more at once; StarlingX and
Flux know only `dependsOn`."""
