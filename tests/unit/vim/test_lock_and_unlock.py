"""Lock and unlock of a pure Kubernetes worker, one step after the other."""

from dataclasses import replace

import pytest

from sturnus.core.states import Administrative, Availability, HostAction, ServicesReport
from sturnus.vim.facts import ServiceKind
from sturnus.vim.machine import HostState
from tests.scripted_vim import UUID, ScriptedVim, a_host

pytestmark = pytest.mark.anyio

COMPUTE = {"openstack-compute-node": "enabled"}
CLOSED = frozenset({"NoSchedule", "NoExecute"})


async def asked(vim: ScriptedVim, action: HostAction, **changes: object) -> None:
    vim.inventory.put(a_host(action=action, **changes))
    await vim.hears()


def effects(vim: ScriptedVim) -> frozenset[str]:
    assert vim.cluster.node is not None
    return vim.cluster.node.effects


async def test_a_lock_closes_the_node_evicts_its_pods_taints_it_and_then_says_so(vim: ScriptedVim) -> None:
    vim.cluster.runs("web-0", "web-1")
    await asked(vim, HostAction.LOCK)
    seen = []

    while (place := await vim.place()) and place.place.state is not HostState.DISABLED:
        await vim.step()
        after = await vim.place()
        assert after is not None
        step = after.place.step
        if step not in seen and step is not None:
            seen.append(step)

    assert seen == ["CloseNode", "DrainNode", "TaintNode", "Report services-disabled"]
    assert vim.cluster.evictions == ["web-0", "web-1"]
    assert effects(vim) == CLOSED
    assert vim.inventory.reports[-1] == (ServicesReport.DISABLED, None)


async def test_an_unlock_waits_for_the_node_and_opens_it(vim: ScriptedVim) -> None:
    assert vim.cluster.node is not None
    vim.cluster.node = replace(vim.cluster.node, ready=False, not_ready_because="no CNI", effects=CLOSED)
    await asked(vim, HostAction.UNLOCK, administrative=Administrative.LOCKED)
    for _ in range(4):
        await vim.step()

    assert effects(vim) == CLOSED
    assert (ServicesReport.ENABLE_EXTEND, "node compute-0 is not ready: no CNI") in vim.inventory.reports

    vim.cluster.node = replace(vim.cluster.node, ready=True)
    await vim.settle()
    assert effects(vim) == frozenset()
    assert vim.inventory.reports[-1] == (ServicesReport.ENABLED, None)


async def test_an_unlock_opens_the_node_first_for_nova_compute_is_a_pod_of_it_and_closes_it_when_it_fails(
    vim: ScriptedVim,
) -> None:
    vim.openstack.installed = True
    vim.openstack.known[ServiceKind.COMPUTE].down = True
    assert vim.cluster.node is not None
    vim.cluster.node = replace(vim.cluster.node, effects=CLOSED)
    await asked(vim, HostAction.UNLOCK, labels=COMPUTE, administrative=Administrative.LOCKED)
    for _ in range(8):
        await vim.step()
    assert effects(vim) == frozenset()

    vim.clock.passes(minutes=6)
    for _ in range(8):
        await vim.step()
    assert vim.inventory.reports[-1][0] is ServicesReport.ENABLE_FAILED
    assert effects(vim) == CLOSED


async def test_a_budget_that_holds_up_a_lock_is_named_until_the_lock_fails_and_the_node_opens(
    vim: ScriptedVim,
) -> None:
    vim.cluster.runs("db-0")
    vim.cluster.held["db-0"] = "db"
    await asked(vim, HostAction.LOCK)
    for _ in range(6):
        await vim.step()
    why = "pod default/db-0 may not leave: The disruption budget db needs 1 healthy pods and has 1 currently"
    assert (
        vim.inventory.reports == [(ServicesReport.DISABLE_EXTEND, why)]
        or (
            ServicesReport.DISABLE_EXTEND,
            why,
        )
        in vim.inventory.reports
    )

    vim.clock.passes(minutes=11)
    place = await vim.settle()

    assert place is not None
    assert place.place.state is HostState.ENABLED
    assert effects(vim) == frozenset()
    assert vim.inventory.reports[-1] == (ServicesReport.DISABLE_FAILED, why)


async def test_a_forced_lock_does_not_wait_for_budgets_for_long(vim: ScriptedVim) -> None:
    vim.cluster.runs("db-0")
    vim.cluster.held["db-0"] = "db"
    await asked(vim, HostAction.LOCK)
    for _ in range(6):
        await vim.step()

    vim.inventory.ask(HostAction.FORCE_LOCK)
    await vim.hears()
    vim.clock.passes(seconds=31)
    place = await vim.settle()

    assert place is not None
    assert place.place.state is HostState.DISABLED
    assert effects(vim) == CLOSED


async def test_a_host_that_does_not_answer_is_locked_without_a_drain(vim: ScriptedVim) -> None:
    vim.cluster.runs("web-0")
    await asked(vim, HostAction.LOCK, availability=Availability.OFFLINE)

    place = await vim.settle()

    assert place is not None
    assert place.place.state is HostState.DISABLED
    assert vim.cluster.evictions == []
    assert effects(vim) == CLOSED


async def test_a_host_without_a_node_is_locked_and_unlocked(vim: ScriptedVim) -> None:
    vim.cluster.node = None
    await asked(vim, HostAction.LOCK)
    await vim.settle()
    assert vim.inventory.reports[-1] == (ServicesReport.DISABLED, None)

    await asked(vim, HostAction.UNLOCK, administrative=Administrative.LOCKED)
    await vim.settle()
    assert vim.inventory.reports[-1] == (ServicesReport.ENABLED, None)


async def test_a_lock_with_the_cluster_away_fails_in_time_and_says_why(vim: ScriptedVim) -> None:
    vim.cluster.down = True
    await asked(vim, HostAction.LOCK)
    for _ in range(5):
        await vim.step()
    vim.clock.passes(minutes=3)
    for _ in range(3):
        await vim.step()
    vim.cluster.down = False
    await vim.settle()

    assert vim.inventory.reports[-1] == (ServicesReport.DISABLE_FAILED, "Kubernetes does not answer")


async def test_a_deleted_host_lets_go_of_its_node(vim: ScriptedVim) -> None:
    await asked(vim, HostAction.LOCK)
    await vim.settle()
    vim.inventory.known.clear()
    await vim.hears()

    assert await vim.settle() is None
    assert effects(vim) == frozenset()


@pytest.mark.parametrize("steps", range(12))
async def test_a_vim_that_dies_after_any_step_finishes_with_the_next_process(vim: ScriptedVim, steps: int) -> None:
    vim.cluster.runs("web-0")
    await asked(vim, HostAction.LOCK)
    for _ in range(steps):
        await vim.step()

    vim.start()
    place = await vim.settle()

    assert place is not None
    assert place.place.state is HostState.DISABLED
    assert effects(vim) == CLOSED
    assert vim.inventory.known[place.uuid].administrative is Administrative.LOCKED


async def test_an_inventory_that_is_away_does_not_undo_a_lock(vim: ScriptedVim) -> None:
    await asked(vim, HostAction.LOCK)
    for _ in range(5):
        await vim.step()
    vim.inventory.down = True
    vim.clock.passes(hours=2)
    place = await vim.place()
    assert place is not None
    assert place.place.state is HostState.DISABLING

    vim.inventory.down = False
    place = await vim.settle()
    assert place is not None
    assert place.place.state is HostState.DISABLED


async def test_news_that_a_killed_process_had_seen_is_acted_on_by_the_next(vim: ScriptedVim) -> None:
    await asked(vim, HostAction.UNLOCK, administrative=Administrative.LOCKED)
    await vim.step()  # it is seen
    while (place := await vim.place()) and place.has_news:
        await vim.step()
    vim.start()

    await vim.driver.audit()
    assert UUID in await vim.places.with_work()
    await vim.settle()
    assert vim.inventory.reports[-1] == (ServicesReport.ENABLED, None)
