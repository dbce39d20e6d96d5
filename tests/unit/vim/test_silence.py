"""An OpenStack service that is needed and does not answer is an alarm, until it answers or is removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sturnus.vim.alarms import Alarms
from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.ports import Alarm
from sturnus.vim.silence import LASTS, Silence
from tests.scripted_cloud import RecordedFaults
from tests.scripted_vim import RecordedService

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 11, 29, tzinfo=UTC)
KEY = (Alarm.OPENSTACK_SILENT, "service=nova")
QUIET = HostFacts(host=None, hostname="compute-0", node=None)
SILENT = replace(QUIET, services_unknown={ServiceKind.COMPUTE: "Keystone refused the VIM's credentials"})
ANSWERS = replace(QUIET, services={ServiceKind.COMPUTE: ServiceState.ENABLED})


@pytest.fixture
def faults() -> RecordedFaults:
    return RecordedFaults()


@pytest.fixture
def silence(faults: RecordedFaults) -> Silence:
    return Silence(Alarms(faults))


async def hear(silence: Silence, *facts: HostFacts, every: timedelta = LASTS) -> None:
    for number, each in enumerate(facts):
        await silence.heard(each, BEGAN + number * every)


async def test_who_is_silent_for_a_while_is_an_alarm_that_says_why(silence: Silence, faults: RecordedFaults) -> None:
    await hear(silence, SILENT, SILENT)

    assert faults.raised == {KEY: "Keystone refused the VIM's credentials"}


async def test_a_moments_silence_is_none(silence: Silence, faults: RecordedFaults) -> None:
    await hear(silence, SILENT, ANSWERS, SILENT, every=LASTS / 2)

    assert faults.raised == {}


async def test_the_next_answer_ends_it(silence: Silence, faults: RecordedFaults) -> None:
    await hear(silence, SILENT, SILENT, ANSWERS)

    assert faults.raised == {}


async def test_a_host_that_asks_nobody_changes_nothing(silence: Silence, faults: RecordedFaults) -> None:
    await hear(silence, SILENT, SILENT, QUIET)

    assert KEY in faults.raised


@pytest.mark.parametrize(
    ("services", "lasts"),
    [
        ({ServiceKind.COMPUTE: RecordedService(ServiceKind.COMPUTE, [])}, False),
        ({ServiceKind.COMPUTE: RecordedService(ServiceKind.COMPUTE, [], down=True)}, True),
        ({}, False),  # OpenStack was removed
    ],
)
async def test_an_audit_asks_again_who_was_silent_also_in_a_new_process(
    faults: RecordedFaults, services: dict[ServiceKind, RecordedService], lasts: object
) -> None:
    await faults.raise_(*KEY, "of another process")

    await Silence(Alarms(faults)).ask_again({KEY}, services, "controller-0")

    assert (KEY in faults.raised) is lasts


async def test_an_audit_asks_nobody_who_was_not_silent(silence: Silence) -> None:
    asked: list[str] = []

    await silence.ask_again(set(), {ServiceKind.COMPUTE: RecordedService(ServiceKind.COMPUTE, asked)}, "controller-0")

    assert asked == []
