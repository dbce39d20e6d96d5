from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sturnus.api.vim_preview import to_wire
from sturnus.core.errors import Unavailable
from sturnus.core.states import Administrative, Availability, HostAction
from sturnus.kubernetes.budgets import Budget, Leaver
from sturnus.vim.facts import InventoryHost
from sturnus.vim.preview import Preview, Previews, target_labels
from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.planner import Reason
from sturnus.vim.servers.view import CloudView, Server, ServerStatus
from tests.cloud_builders import a_compute, a_server
from tests.scripted_vim import COMPUTE, UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

OTHER = "6b3dd953-b678-5f00-a950-31e30eafa016"
HELD = Leaver("shop", "db-0", True, (Budget("shop", "db", 0, 1, 1, holds_unready=True),))
FREE = Leaver("shop", "web-0", True, ())


@dataclass
class ScriptedCloud:
    """Implements `vim.servers.ports.LookedAt`, and `Looks`: a preview takes one of all."""

    view_: CloudView
    calls: list[str] = field(default_factory=list)
    installed: bool = True
    down: bool = False

    async def servers(self) -> "ScriptedCloud | None":
        return self if self.installed else None

    async def view(self) -> CloudView:
        self.calls.append("view")
        if self.down:
            raise Unavailable("Nova does not answer", expected="", remedy="")
        return self.view_

    async def here(self, hostname: str, others: Collection[str]) -> Sequence[Server]:
        raise AssertionError("a preview looks at the whole cloud")

    async def view_of(self, hostname: str, others: Collection[str]) -> CloudView:
        raise AssertionError("a preview looks at the whole cloud")


@dataclass
class ScriptedOccupants:
    pods: Sequence[Leaver] = (FREE,)
    down: bool = False

    async def leavers(self, node: str) -> Sequence[Leaver]:
        if self.down:
            raise Unavailable("Kubernetes does not answer", expected="", remedy="")
        return self.pods


@dataclass
class Scene:
    vim: ScriptedVim
    cloud: ScriptedCloud
    occupants: ScriptedOccupants
    own_hostname: str = "controller-0"

    async def knows(self, *hosts: InventoryHost) -> None:
        for host in hosts:
            await self.vim.places.look_at({host.uuid: host.hostname})
            place = await self.vim.places.find(host.uuid)
            assert place is not None
            await self.vim.places.saw(place, host)

    async def preview(self, reason: Reason = Reason.LOCK) -> Preview:
        found = await Previews(self.vim.places, self.cloud, self.occupants, self.own_hostname).of(UUID, reason)
        assert found is not None
        return found


@pytest.fixture
async def scene(vim: ScriptedVim) -> Scene:
    """compute-0 with one server and one pod, and compute-1 that has room."""
    hosts = [a_compute("compute-0"), a_compute("compute-1")]
    view = CloudView(vim.clock.now(), {h.hostname: h for h in hosts}, [a_server("web", "compute-0")])
    scene = Scene(vim, ScriptedCloud(view), ScriptedOccupants())
    await scene.knows(a_host(labels=COMPUTE), a_host(uuid=OTHER, hostname="compute-1", labels=COMPUTE))
    return scene


async def test_it_says_where_servers_and_pods_would_go(scene: Scene) -> None:
    wire = to_wire(await scene.preview())

    assert (wire["goes_through"], wire["obstacles"], wire["kind"]) == (True, [], "lock")
    assert wire["servers"] == [
        {
            "uuid": "uuid-of-web",
            "name": "web",
            "project": "demo",
            "status": "ACTIVE",
            "vcpus": 1,
            "memory_mib": 1024,
            "disk_gib": 0,
            "way": "live-migration",
            "target": "compute-1",
            "why": None,
            "estimate_seconds": None,
        }
    ]
    assert wire["room_left"] == [{"hostname": "compute-1", "vcpus": 15, "memory_mib": 63 * 1024, "disk_gib": 500}]
    assert wire["pods"] == [{"namespace": "shop", "name": "web-0", "budgets": [], "held_up_by": None}]
    assert (wire["servers_missing"], wire["pods_missing"], wire["estimate_seconds"]) == (None, None, None)


async def test_all_that_a_plain_lock_would_fail_on_is_named(scene: Scene) -> None:
    scene.cloud.view_ = replace(scene.cloud.view_, servers=[a_server("web", "compute-0", status=ServerStatus.RESCUE)])
    scene.occupants.pods = (HELD, FREE)

    assert (await scene.preview()).obstacles == [
        "server web: is being rescued, and Nova moves no such server: openstack server unrescue uuid-of-web",
        "pod shop/db-0: budget db allows no disruption now: 1 healthy, 1 wanted",
    ]
    assert (await scene.preview(Reason.FORCE_LOCK)).obstacles == ()


async def test_with_nova_away_the_pods_are_shown_all_the_same(scene: Scene) -> None:
    scene.cloud.down = True

    preview = await scene.preview()

    assert (preview.servers.found, preview.servers.missing) == (None, "Nova does not answer")
    assert preview.pods.found == (FREE,)
    assert preview.obstacles == ["its servers are not known: Nova does not answer"]


async def test_with_kubernetes_away_the_servers_are_shown_all_the_same(scene: Scene) -> None:
    scene.occupants.down = True

    preview = await scene.preview()

    assert preview.servers.found is not None
    assert [each.way for each in preview.servers.found.departures] == [Way.LIVE]
    assert preview.obstacles == ["its pods are not known: Kubernetes does not answer"]


async def test_pure_kubernetes_worker_causes_no_openstack_call(scene: Scene) -> None:
    await scene.knows(a_host(labels={}))

    preview = await scene.preview()

    assert (preview.servers.found, preview.servers.missing, preview.obstacles) == (None, None, [])
    assert preview.pods.found == (FREE,)
    assert scene.cloud.calls == []


async def test_without_openstack_there_are_no_servers(scene: Scene) -> None:
    scene.cloud.installed = False

    assert (await scene.preview()).servers.found is None
    assert (await scene.preview()).obstacles == []


async def test_nothing_has_to_leave_the_host_that_runs_us(scene: Scene) -> None:
    scene.own_hostname = "compute-0"

    assert (await scene.preview()).pods.found == ()


async def test_nothing_ends_in_order_on_a_host_that_does_not_answer(scene: Scene) -> None:
    await scene.knows(a_host(labels=COMPUTE, availability=Availability.OFFLINE))

    assert (await scene.preview()).pods.found == ()


DEAD = a_host(labels=COMPUTE, availability=Availability.FAILED, is_surely_down=True)


@pytest.mark.parametrize("kind", [Reason.LOCK, Reason.FORCE_LOCK])
async def test_servers_of_a_host_that_surely_is_down_start_elsewhere_and_nothing_stands_against_it(
    scene: Scene, kind: Reason
) -> None:
    """As the lock has it."""
    await scene.knows(DEAD)
    own = a_compute("compute-0", up=False)
    servers = [a_server("web", "compute-0"), a_server("db", "compute-0", status=ServerStatus.PAUSED)]
    scene.cloud.view_ = replace(scene.cloud.view_, hosts={**scene.cloud.view_.hosts, "compute-0": own}, servers=servers)

    wire = to_wire(await scene.preview(kind))

    assert {each["name"]: each["way"] for each in wire["servers"]} == {"web": "evacuation", "db": "cannot"}
    assert (wire["kind"], wire["goes_through"], wire["obstacles"]) == (kind, True, [])


async def test_a_plain_lock_of_a_dead_host_needs_nova(scene: Scene) -> None:
    await scene.knows(DEAD)
    scene.cloud.down = True

    assert (await scene.preview()).obstacles == ["its servers are not known: Nova does not answer"]
    assert (await scene.preview(Reason.FORCE_LOCK)).obstacles == ()


async def test_a_host_that_is_heard_is_not_down_whatever_was_known_before(scene: Scene) -> None:
    await scene.knows(replace(DEAD, availability=Availability.AVAILABLE))

    preview = await scene.preview()

    assert preview.servers.found is not None
    assert [each.way for each in preview.servers.found.departures] == [Way.LIVE]


async def test_a_host_that_is_not_known_has_no_preview(scene: Scene) -> None:
    cloud, occupants = scene.cloud, scene.occupants

    assert await Previews(scene.vim.places, cloud, occupants, "controller-0").of("none", Reason.LOCK) is None


async def test_a_preview_changes_nothing(scene: Scene) -> None:
    before = await scene.vim.places.all()

    await scene.preview()

    assert await scene.vim.places.all() == before
    assert (scene.cloud.calls, scene.vim.cluster.evictions) == (["view"], [])


TARGETS = [
    ({}, True),
    ({"availability": Availability.DEGRADED}, True),
    ({"availability": Availability.FAILED}, False),
    ({"administrative": Administrative.LOCKED, "availability": Availability.ONLINE}, False),
    ({"action": HostAction.LOCK}, False),
    ({"hostname": None}, False),
]


@pytest.mark.parametrize(("changes", "is_target"), TARGETS)
async def test_only_hosts_in_service_are_targets(scene: Scene, changes: dict[str, Any], *, is_target: bool) -> None:
    other = a_host(uuid=OTHER, hostname="compute-1", labels={"remote-storage": "enabled", "rack": "r1"})
    await scene.knows(replace(other, **changes))

    labels = target_labels(await scene.vim.places.all(), UUID)

    assert labels.get("compute-1") == (frozenset({"remote-storage"}) if is_target else None)


async def test_the_labels_of_the_host_that_is_left_count_whatever_its_state(scene: Scene) -> None:
    await scene.knows(a_host(labels=COMPUTE, availability=Availability.FAILED))

    assert target_labels(await scene.vim.places.all(), UUID)["compute-0"] == frozenset(COMPUTE)
