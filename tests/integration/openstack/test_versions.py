"""A newer version of the tarball, and back: data stay."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from apps.openstack.tarball import releases
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import Server, User

WHAT_THERE_IS = """
answer = {
    "servers": sorted((each.name, each.id, each.status) for each in cloud.compute.servers()),
    "images": sorted((each.name, each.checksum) for each in cloud.image.images()),
    "networks": sorted((each.name, each.id) for each in cloud.network.networks()),
    "users": sorted((each.name, each.id) for each in cloud.identity.users()),
}
"""


def newer(tarball: str, directory: Path) -> str:
    """The same application under the next version, which says something else of its database."""
    version = f"{releases.VERSION}.1"
    made = directory / f"openstack-{version}.tgz"
    with tarfile.open(tarball) as old, tarfile.open(made, "w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            if content is None or "checksum" in member.name:
                continue
            data = content.read()
            if member.name.endswith("metadata.yaml"):
                data = data.replace(releases.VERSION.encode(), version.encode())
            if member.name.endswith("mariadb-static-overrides.yaml"):
                data += b"pod:\n  lifecycle: {}\n" if b"\npod:" not in data else b""
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return str(made)


def version(cloud: Cloud) -> str:
    shown = cloud.system("application-show", "openstack", "--format", "value", "--column", "app_version")
    return shown.stdout.strip()


@pytest.mark.usefixtures("servers")
def test_data_outlive_an_update_and_a_rollback(cloud: Cloud, user: User, tmp_path: Path) -> None:
    before = user.cloud.run(WHAT_THERE_IS)

    cloud.system("application-update", newer(cloud.tarball, tmp_path), "--wait", seconds=1500)
    assert version(cloud) == f"{releases.VERSION}.1"
    assert user.cloud.run(WHAT_THERE_IS) == before

    cloud.system("application-rollback", "openstack", "--wait", seconds=1500)
    assert version(cloud) == releases.VERSION
    assert user.cloud.run(WHAT_THERE_IS) == before


def test_servers_of_before_still_answer(user: User, servers: tuple[Server, Server]) -> None:
    for server in servers:
        assert user.uptime(server) > 0
