"""The cloud as Nova's lists show it, and the orders that Nova is given."""

from pathlib import Path
from typing import Any

import pytest

from sturnus.cloud import nova_servers
from sturnus.cloud.nova_servers import NovaServers
from sturnus.cloud.nova_view import Ratio, ratio_of, server_of
from sturnus.core.errors import Conflict, NotFound, Unavailable
from sturnus.vim.servers.view import ComputeHost, ServerGroup, ServerStatus, Size
from tests.unit.cloud.scripted_services import NOW, ScriptedServices

pytestmark = pytest.mark.anyio

INVENTORIES = "GET /resource_providers/h1/inventories"


def a_server(number: int = 1, **changes: Any) -> dict[str, Any]:
    flavor = {"vcpus": 2, "ram": 2048, "disk": 20, "ephemeral": 5, "swap": 0, "extra_specs": {"a": "b"}}
    told = {
        "id": f"s{number}",
        "name": f"server-{number}",
        "tenant_id": "p",
        "status": "ACTIVE",
        "metadata": {"k": "v"},
    }
    host = {"OS-EXT-SRV-ATTR:host": "compute-0", "OS-EXT-STS:task_state": None}
    return told | host | {"flavor": flavor, "image": {"id": "i"}} | changes


def a_cloud(servers: list[dict[str, Any]], **answers: Any) -> ScriptedServices:
    service = {"id": "n1", "host": "compute-0", "status": "disabled", "state": "up", "forced_down": False}
    hypervisor = {"id": "h1", "service": {"host": "compute-0"}, "vcpus": 8, "memory_mb": 1000, "local_gb": 100}
    used = {"vcpus_used": 3, "memory_mb_used": 600, "local_gb_used": 7}
    said: dict[str, Any] = {
        "GET /v2.1/servers/detail": {"servers": servers},
        "GET /v2.1/os-hypervisors/detail": {"hypervisors": [hypervisor | used]},
        "GET /v2.1/os-services": {"services": [service, service | {"host": "compute-1", "status": "enabled"}]},
        "GET /v2.1/os-server-groups": {"server_groups": [{"id": "g", "policy": "affinity", "members": ["s1", "s2"]}]},
        INVENTORIES: {"inventories": {"VCPU": {"allocation_ratio": 2.0}, "MEMORY_MB": {"allocation_ratio": 1.5}}},
    }
    return ScriptedServices(said | answers)


def servers_of(services: ScriptedServices, directory: Path) -> NovaServers:
    return NovaServers.of(services.access(directory), services.clock)


async def test_a_view_holds_servers_hosts_and_groups(tmp_path: Path) -> None:
    view = await servers_of(a_cloud([a_server()]), tmp_path).view()

    assert view.taken == NOW
    assert [server.uuid for server in view.on("compute-0")] == ["s1"]
    assert view.groups == [ServerGroup("g", "affinity", frozenset({"s1", "s2"}))]
    room, used = Size(16, 1500, 100), Size(3, 600, 7)
    none = Size(0, 0, 0)
    assert view.hosts == {
        "compute-0": ComputeHost("compute-0", enabled=False, up=True, forced_down=False, total=room, used=used),
        "compute-1": ComputeHost("compute-1", enabled=True, up=True, forced_down=False, total=none, used=none),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"size": Size(2, 2048, 25), "boots_from_volume": False}),
        ({"image": ""}, {"size": Size(2, 2048, 5), "boots_from_volume": True}),
        ({"flavor": {"vcpus": 1, "ram": 64, "disk": 0, "ephemeral": 0, "swap": 512}}, {"size": Size(1, 64, 1)}),
        ({"status": "MIGRATING", "OS-EXT-STS:task_state": "migrating"}, {"task": "migrating"}),
        ({"status": "NEW IN NOVA"}, {"status": ServerStatus.UNKNOWN}),
        ({"OS-EXT-SRV-ATTR:host": None}, {"host": None}),
        ({"status": "ERROR", "fault": {"message": "No valid host"}}, {"fault": "No valid host"}),
    ],
)
async def test_what_nova_says_of_a_server(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    server = server_of(a_server(**changes))

    assert {name: getattr(server, name) for name in expected} == expected


async def test_all_pages_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nova_servers, "PAGE", 2)
    first = {"servers": [a_server(1), a_server(2)], "servers_links": [{"rel": "next", "href": "http://away"}]}
    second = {"GET /v2.1/servers/detail?all_tenants=1&limit=2&marker=s2": {"servers": [a_server(3)]}}
    cloud = a_cloud([], **({"GET /v2.1/servers/detail": first} | second))

    view = await servers_of(cloud, tmp_path).view()

    assert [server.uuid for server in view.servers] == ["s1", "s2", "s3"]


HERE = "GET /v2.1/servers/detail?all_tenants=1&host=compute-0&limit=1000"
GROUPS = "GET /v2.1/os-server-groups"


async def test_a_look_at_one_host_asks_for_its_servers_and_one_by_one_for_those_that_have_left(tmp_path: Path) -> None:
    moved = {"GET /v2.1/servers/s2": {"server": a_server(2, **{"OS-EXT-SRV-ATTR:host": "compute-1"})}}
    cloud = a_cloud([], **({HERE: {"servers": [a_server(1)]}, "GET /v2.1/servers/s3": 404} | moved))

    here = await servers_of(cloud, tmp_path).here("compute-0", ["s1", "s2", "s3"])

    assert {server.uuid: server.host for server in here} == {"s1": "compute-0", "s2": "compute-1"}
    asked = [each.said for each in cloud.requests if each.method == "GET"]
    assert asked == [HERE, "GET /v2.1/servers/s2", "GET /v2.1/servers/s3"]


async def test_a_look_at_one_host_shows_those_that_its_servers_are_to_be_apart_from(tmp_path: Path) -> None:
    groups = [
        {"id": "apart", "policy": "anti-affinity", "members": ["s1", "s2"]},
        {"id": "together", "policy": "affinity", "members": ["s1", "s3"]},
        {"id": "of-others", "policy": "anti-affinity", "members": ["s4", "s5"]},
    ]
    far = {"GET /v2.1/servers/s2": {"server": a_server(2, **{"OS-EXT-SRV-ATTR:host": "compute-1"})}}
    cloud = a_cloud([], **({HERE: {"servers": [a_server(1)]}, GROUPS: {"server_groups": groups}} | far))

    view = await servers_of(cloud, tmp_path).view_of("compute-0", [])

    assert {server.uuid: server.host for server in view.servers} == {"s1": "compute-0", "s2": "compute-1"}
    assert set(view.hosts) == {"compute-0", "compute-1"}
    assert view.taken == NOW
    assert "GET /v2.1/servers/detail?all_tenants=1&limit=1000" not in {each.said for each in cloud.requests}


async def test_where_many_are_to_be_kept_apart_all_servers_are_listed(tmp_path: Path) -> None:
    members = [f"s{number}" for number in range(1, nova_servers.COMPANIONS + 3)]
    groups = {"server_groups": [{"id": "g", "policy": "soft-anti-affinity", "members": members}]}
    cloud = a_cloud([a_server(number) for number in range(1, 9)], **{HERE: {"servers": [a_server(1)]}, GROUPS: groups})

    view = await servers_of(cloud, tmp_path).view_of("compute-0", [])

    assert len(view.servers) == 8
    assert not any(each.said.startswith("GET /v2.1/servers/s") for each in cloud.requests)


async def test_ratios_are_asked_for_once_in_a_while_and_no_look_fails_without_them(tmp_path: Path) -> None:
    cloud = a_cloud([], **{INVENTORIES: 503})
    servers = servers_of(cloud, tmp_path)

    views = [await servers.view(), await servers.view()]

    assert [view.hosts["compute-0"].total for view in views] == [Size(32, 1000, 100)] * 2
    assert sum(each.said == INVENTORIES for each in cloud.requests) == 1


@pytest.mark.parametrize(
    ("order", "target", "body"),
    [
        ("live_migrate", "compute-1", {"os-migrateLive": {"host": "compute-1", "block_migration": "auto"}}),
        ("live_migrate", None, {"os-migrateLive": {"host": None, "block_migration": "auto"}}),
        ("cold_migrate", "compute-1", {"migrate": {"host": "compute-1"}}),
        ("cold_migrate", None, {"migrate": None}),
        ("evacuate", "compute-1", {"evacuate": {"host": "compute-1"}}),
        ("evacuate", None, {"evacuate": {}}),
        ("confirm", "", {"confirmResize": None}),
        ("stop", "", {"os-stop": None}),
        ("start", "", {"os-start": None}),
    ],
)
async def test_an_order_is_one_request(tmp_path: Path, order: str, target: str | None, body: dict[str, Any]) -> None:
    services = ScriptedServices()
    called = getattr(servers_of(services, tmp_path), order)

    await (called("s1") if target == "" else called("s1", target))

    assert services.changes == [("POST /v2.1/servers/s1/action", body)]
    assert services.requests[-1].headers["OpenStack-API-Version"] == "compute 2.90"


@pytest.mark.parametrize("answer", [{}, 404, 400, 409], ids=["in time", "gone", "too late", "it is over"])
async def test_a_live_migration_is_given_up_unless_it_is_over(tmp_path: Path, answer: Any) -> None:
    migrations = [{"id": 7, "migration_type": "live-migration"}, {"id": 8, "migration_type": "evacuation"}]
    services = ScriptedServices(
        {
            "GET /v2.1/servers/s1/migrations": {"migrations": migrations},
            "DELETE /v2.1/servers/s1/migrations/7": answer,
        }
    )

    await servers_of(services, tmp_path).abort_live_migration("s1")

    assert services.changes == [("DELETE /v2.1/servers/s1/migrations/7", None)]


AWAY = {"OS-EXT-SRV-ATTR:host": "compute-1"}
BUSY = {"status": "REBUILD", "OS-EXT-STS:task_state": "rebuilding"}


@pytest.mark.parametrize(
    ("statuses", "shown", "goes_on"),
    [
        (["pre-migrating"], {}, True),  # it runs elsewhere, and Nova has not said so yet
        (["done"], AWAY, True),
        (["done"], {}, False),  # an earlier one
        (["failed"], {}, False),
        (["error"], {"status": "ERROR"}, False),
        (["failed"], BUSY, True),
        ([], {}, False),
    ],
)
async def test_an_evacuation_goes_on_until_nova_calls_it_over(
    tmp_path: Path, statuses: list[str], shown: dict[str, Any], *, goes_on: bool
) -> None:
    latest = "GET /v2.1/os-migrations?instance_uuid=s1&source_compute=compute-0&migration_type=evacuation&limit=1"
    server = "GET /v2.1/servers/s1"
    answers = {
        latest: {"migrations": [{"status": each} for each in statuses]},
        server: {"server": a_server(1, **shown)},
    }
    services = ScriptedServices(answers)

    assert await servers_of(services, tmp_path).evacuates("s1", "compute-0") is goes_on

    asked = [each.said for each in services.requests if each.method == "GET"]
    assert asked in ([latest], [latest, server])  # where it is, after whether it is over: not the other way round


async def test_a_server_that_is_gone_and_a_nova_that_is_silent_are_two_things(tmp_path: Path) -> None:
    services = ScriptedServices({"POST /v2.1/servers/s1/action": 404})
    servers = servers_of(services, tmp_path)
    with pytest.raises(NotFound):
        await servers.stop("s1")

    services.silent = True
    with pytest.raises(Unavailable):
        await servers.stop("s1")


async def test_an_order_that_nova_forbids_is_refused_and_not_left_open(tmp_path: Path) -> None:
    services = ScriptedServices({"POST /v2.1/servers/s1/action": 403})

    with pytest.raises(Conflict, match="as it is"):
        await servers_of(services, tmp_path).cold_migrate("s1", None)


IN_A_CELL_THAT_IS_DOWN = {"id": "s9", "status": "UNKNOWN", "tenant_id": "p", "created": "2026-11-28T12:00:00Z"}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"GET /v2.1/servers/detail": {"servers": [IN_A_CELL_THAT_IS_DOWN]}}, "does not reach the cell of server s9"),
        ({"GET /v2.1/servers/detail": "<html>"}, "makes no sense"),
        ({"GET /v2.1/servers/detail": {"servers": [{"id": "s9", "flavor": {}}]}}, "makes no sense"),
        ({"GET /v2.1/os-hypervisors/detail": {"hypervisors": [{"id": "h1"}]}}, "makes no sense"),
        ({"GET /v2.1/os-services": None}, "makes no sense"),
        ({"GET /v2.1/servers/detail": 400}, "nova-api refuses"),  # the last server of the page before is gone
        ({"GET /v2.1/os-services": 403}, "nova-api refuses"),
    ],
    ids=["a cell is down", "no JSON", "half a server", "half a hypervisor", "nothing", "marker", "policy"],
)
async def test_a_view_with_holes_is_none(tmp_path: Path, answers: dict[str, Any], words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        await servers_of(a_cloud([a_server()], **answers), tmp_path).view()


async def test_a_server_that_comes_again_on_the_next_page_is_one_server(tmp_path: Path) -> None:
    view = await servers_of(a_cloud([a_server(1), a_server(2), a_server(1)]), tmp_path).view()

    assert [server.uuid for server in view.servers] == ["s1", "s2"]


@pytest.mark.parametrize(
    ("inventories", "ratio"),
    [
        ({}, Ratio(4.0, 1.0, 1.0)),
        ({"VCPU": {"allocation_ratio": 16.0}, "DISK_GB": {"allocation_ratio": 2.0}}, Ratio(16.0, 1.0, 2.0)),
        ({"PCPU": {"allocation_ratio": 1.0}}, Ratio(1.0, 1.0, 1.0)),
    ],
    ids=["not known", "shared", "dedicated"],
)
def test_what_placement_says_of_a_host(inventories: dict[str, Any], ratio: Ratio) -> None:
    assert ratio_of(inventories) == ratio


async def test_failed_servers_are_one_request_of_all_projects(tmp_path: Path) -> None:
    services = a_cloud([a_server(status="ERROR", fault={"message": "No valid host"})])

    failed = await servers_of(services, tmp_path).failed()

    assert [(server.uuid, server.fault) for server in failed] == [("s1", "No valid host")]
    assert [each.said for each in services.requests if "/servers/detail" in each.path] == [
        "GET /v2.1/servers/detail?all_tenants=1&status=ERROR&limit=1000"
    ]


async def test_what_is_no_list_of_migrations_is_no_answer(tmp_path: Path) -> None:
    services = ScriptedServices({"GET /v2.1/servers/s1/migrations": "<html>"})

    with pytest.raises(Unavailable, match="makes no sense"):
        await servers_of(services, tmp_path).abort_live_migration("s1")
