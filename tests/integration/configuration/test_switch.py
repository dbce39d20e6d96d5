"""The fact that OpenStack is installed, the targets of the hosts and the notices: together, or not at all."""

import pytest
from sqlalchemy import update

from sturnus.api.application_parts import hooks
from sturnus.applications.engine.hooks import Hooks, hooks_of
from sturnus.configuration.service import Attempt, Presence
from sturnus.core.errors import Unavailable
from sturnus.store.database import Database
from sturnus.store.models import HostRow
from tests.configuration_facts import PASSWORD
from tests.integration.configuration.platform import Platform

pytestmark = pytest.mark.anyio


@pytest.fixture
async def platform(database: Database) -> Platform:
    made = Platform(database)
    await made.prepare()
    await made.settle()
    return made


async def flip(platform: Platform, presence: Presence, application: str = "openstack") -> None:
    async with platform.database.write() as session:
        await platform.configuration.openstack_changed(session, application, presence)


async def test_hosts_with_a_role_have_a_target_and_the_others_have_none(platform: Platform) -> None:
    targets = await platform.targets()

    assert targets["controller-0"] is not None
    assert targets["compute-0"] not in {None, targets["controller-0"]}
    assert targets[None] is None


async def test_one_transaction_flips_the_fact_moves_the_controllers_target_and_tells_its_agent(
    platform: Platform,
) -> None:
    before = await platform.targets()

    await flip(platform, Presence.INSTALLED)

    assert await platform.installed() == "openstack"
    assert await platform.out_of_date() == ["controller-0"]
    assert await platform.told() == ["controller-0"]
    assert (await platform.targets())["compute-0"] == before["compute-0"]


async def test_a_process_that_dies_in_the_middle_leaves_nothing_flipped_and_the_next_one_flips_it(
    platform: Platform,
) -> None:
    before = await platform.targets()

    async def dies() -> None:
        async with platform.database.write() as session:
            await platform.configuration.openstack_changed(session, "openstack", Presence.INSTALLED)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await dies()

    assert (await platform.installed(), await platform.targets(), await platform.told()) == (None, before, [])
    await flip(platform, Presence.INSTALLED)
    assert await platform.told() == ["controller-0"]


async def test_flipping_again_changes_nothing(platform: Platform) -> None:
    await flip(platform, Presence.INSTALLED)
    await platform.settle()

    await flip(platform, Presence.INSTALLED)

    assert (await platform.out_of_date(), await platform.told()) == ([], [])


async def test_after_the_removal_the_target_is_that_of_before_the_installation(platform: Platform) -> None:
    before = await platform.targets()
    await flip(platform, Presence.INSTALLED)
    await platform.settle()

    await flip(platform, Presence.REMOVED)

    assert await platform.installed() is None
    assert await platform.targets() == before
    assert await platform.told() == ["controller-0"]


async def test_another_applications_removal_leaves_the_fact_alone(platform: Platform) -> None:
    await flip(platform, Presence.INSTALLED)

    await flip(platform, Presence.REMOVED, "other-openstack")

    assert await platform.installed() == "openstack"


async def test_the_loop_follows_a_change_of_which_nobody_told(platform: Platform) -> None:
    async with platform.database.write() as session:
        await session.execute(update(HostRow).where(HostRow.hostname == "compute-0").values(mgmt_ip="192.168.204.9"))

    assert await platform.configuration.has_moved()
    await platform.configuration.follow()

    assert await platform.out_of_date() == ["compute-0"]
    assert not await platform.configuration.has_moved()


async def test_an_applied_target_ends_it_and_a_failed_one_is_shown_with_the_resource(platform: Platform) -> None:
    await flip(platform, Presence.INSTALLED)
    uuid = await platform.uuid("controller-0")
    delivery = await platform.configuration.delivery(uuid)
    assert delivery is not None

    failure = (("File[/etc/nfv/vim/config.ini]", "No space left on device"),)
    await platform.configuration.attempted(uuid, Attempt(delivery.target, 3, failure))
    (left,) = await platform.configuration.unapplied()
    assert (left.uuid, left.failed) == (uuid, True)

    await platform.configuration.attempted(uuid, Attempt(delivery.target, 1, ()))
    assert await platform.configuration.unapplied() == []
    assert await platform.configuration.wanted(uuid) is None


async def test_a_failure_at_a_target_that_was_overtaken_says_nothing_about_the_new_one(platform: Platform) -> None:
    uuid = await platform.uuid("controller-0")
    old = await platform.configuration.delivery(uuid)
    await flip(platform, Presence.INSTALLED)
    assert old is not None

    await platform.configuration.attempted(uuid, Attempt(old.target, 0, (("catalogue", "late"),)))

    (left,) = await platform.configuration.unapplied()
    assert not left.failed


async def test_the_password_is_delivered_to_the_controller_only_and_in_secret_files_only(platform: Platform) -> None:
    await flip(platform, Presence.INSTALLED)

    controller = await platform.configuration.delivery(await platform.uuid("controller-0"))
    worker = await platform.configuration.delivery(await platform.uuid("compute-0"))

    assert controller is not None
    assert worker is not None
    with_password = [each.name for each in (*controller.files, *worker.files) if PASSWORD in each.text]
    assert with_password == ["secure_system.yaml"]


@pytest.mark.parametrize("why", ["gone", "down"])
async def test_a_password_that_cannot_be_had_delays_the_delivery(platform: Platform, why: str) -> None:
    await flip(platform, Presence.INSTALLED)
    if why == "gone":
        platform.secrets.password = None
    platform.secrets.down = why == "down"

    with pytest.raises(Unavailable):
        await platform.configuration.delivery(await platform.uuid("controller-0"))


async def test_the_engines_hooks_of_an_application_that_ends_in_openstack_throw_the_switch(platform: Platform) -> None:
    known = hooks(Hooks(), platform.configuration)

    async with platform.database.write() as session:
        await hooks_of("wr-openstack", known).installed(session, "wr-openstack")
    assert await platform.installed() == "wr-openstack"

    async with platform.database.write() as session:
        await hooks_of("wr-openstack", known).removing(session, "wr-openstack")
    assert await platform.installed() is None
