"""What a compute host of the cloud is brought to before, and after, something happens to it."""

from __future__ import annotations

from typing import Final

from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import Server

PATIENCE: Final = 600
SERVICES: Final = """
answer = {each.host: [each.status, each.state, each.is_forced_down]
          for each in cloud.compute.services(binary="nova-compute")}
"""


def on(cloud: Cloud, server: Server, host: str) -> None:
    """Have a server run on a host."""
    cloud.run(
        """
        if server(name).compute_host != host:
            cloud.compute.live_migrate_server(server(name), host=host, block_migration="auto")
            until(lambda: server(name), lambda now: now.compute_host == host and now.status == "ACTIVE")
        """,
        name=server.name,
        host=host,
    )


def shown(cloud: Cloud, host: str, field: str) -> str:
    """A field of a host, as `system` shows it."""
    return str(cloud.system("host-show", host, "--format", "value", "--column", field).stdout).strip()


def unlocked(cloud: Cloud, host: str) -> None:
    """Have a host in service, and its nova-compute."""
    cloud.system("host-unlock", host, "--wait", check=False, seconds=PATIENCE)

    def state() -> str:
        columns = ("--column", "administrative", "--column", "availability")
        return str(cloud.system("host-show", host, "--format", "value", *columns).stdout)

    eventually(state, lambda now: "unlocked" in now and "available" in now, PATIENCE)
    eventually(lambda: cloud.run(SERVICES)[host], lambda now: now == ["enabled", "up", False], PATIENCE)
