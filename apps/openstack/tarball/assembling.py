"""All parts into one tarball."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from apps.openstack.tarball.charts import chart
from apps.openstack.tarball.manifests import manifests
from apps.openstack.tarball.packing import checksums, packed
from apps.openstack.tarball.releases import KUBERNETES, NAME, RELEASES, VERSION


def file_name(version: str = VERSION) -> str:
    """`openstack-2026.2-1.tgz`."""
    return f"{NAME}-{version}.tgz"


def tarball(charts: Path, images: Mapping[str, str], version: str = VERSION) -> bytes:
    """Return the whole tarball; the same for the same charts, images and version, to the byte.

    Args:
        charts: the directory that has all charts side by side.
        images: name → reference, as the record of images has them.
        version: the application's; an update needs another one than what runs.

    Raises:
        LabError: a release has no chart, or a chart names an image that nothing makes.

    """
    found = {release.chart: chart(charts, release.chart) for release in RELEASES}
    files = {
        "metadata.yaml": metadata(version),
        **{f"charts/{each.archive_name}": each.archive for each in found.values()},
        **manifests(found, images),
    }
    listings = {"checksum.md5": checksums(files, "md5"), "checksum.sha256": checksums(files, "sha256")}
    return packed(files | listings)


def metadata(version: str) -> bytes:
    """What the application says of itself (reference/applications.md §1.3, §1.4)."""
    triggers = [
        {"type": "unlock"},
        {"type": "force-unlock"},
        {"type": "host-delete", "filters": [{"openstack_worker": True}]},
    ]
    about = {
        "app_name": NAME,
        "app_version": version,
        "class": "optional",
        "maintain_user_overrides": True,
        "release_order": "as-declared",
        "upgrades": {"auto_update": False},
        "supported_k8s_version": {"minimum": KUBERNETES},
        "behavior": {"platform_managed_app": True, "evaluate_reapply": {"triggers": triggers}},
    }
    return yaml.safe_dump(about, sort_keys=False).encode()
