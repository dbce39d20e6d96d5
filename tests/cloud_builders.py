"""A cloud for tests: everything has a default, a test says what matters to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sturnus.vim.servers.view import CloudView, ComputeHost, Server, ServerGroup, ServerStatus, Size
from tests.builders import NOW


def size(vcpus: int = 1, gib: int = 1, disk_gib: int = 0) -> Size:
    return Size(vcpus, gib * 1024, disk_gib)


def a_server(name: str = "web", host: str | None = "compute-1", **changes: Any) -> Server:
    """It runs, is small and has its disk in a volume. Its uuid is made of its name."""
    values: dict[str, Any] = {
        "uuid": f"uuid-of-{name}",
        "project": "demo",
        "status": ServerStatus.ACTIVE,
        "task": None,
        "size": size(),
        "boots_from_volume": True,
    }
    return Server(name=name, host=host, **values | changes)


def a_compute(hostname: str, total: Size | None = None, used: Size | None = None, **changes: Any) -> ComputeHost:
    values: dict[str, Any] = {"enabled": True, "up": True, "forced_down": False}
    return ComputeHost(
        hostname=hostname, total=total or size(16, 64, 500), used=used or size(0, 0, 0), **values | changes
    )


def a_group(policy: str, *servers: Server) -> ServerGroup:
    return ServerGroup(f"group-{policy}", policy, frozenset(server.uuid for server in servers))


def a_cloud(servers: Sequence[Server], *hosts: ComputeHost, groups: Sequence[ServerGroup] = ()) -> CloudView:
    """Those hosts and compute-1, which is left in most tests."""
    named: Mapping[str, ComputeHost] = {host.hostname: host for host in (a_compute("compute-1"), *hosts)}
    return CloudView(NOW, named, servers, groups)
