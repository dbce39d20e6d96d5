from datetime import timedelta
from typing import Any

import pytest

from sturnus.core.states import HostAction
from sturnus.inventory.lifecycle import Done, Failed
from sturnus.inventory.power import DEADLINES, ORDERLY, Ask, AskAgent, Asked, PowerFacts, Step, Wait, next_step
from sturnus.redfish.power import Power, Reset

ON, OFF, REBOOT, RESET = HostAction.POWER_ON, HostAction.POWER_OFF, HostAction.REBOOT, HostAction.RESET


def facts(action: HostAction, **changes: Any) -> PowerFacts:
    values: dict[str, Any] = {
        "action": action, "running_for": timedelta(seconds=5), "asked": None, "asked_for": timedelta(seconds=3),
        "power": Power.ON, "power_unknown": None, "cannot_ask": None, "has_agent": True, "heard": True,
        "booted_anew": False, "is_being_fenced": False,
    }  # fmt: skip
    return PowerFacts(**values | changes)


@pytest.mark.parametrize(
    ("found", "step"),
    [
        (facts(ON), Done()),
        (facts(ON, power=Power.OFF), Ask(Reset.ON)),
        (facts(ON, power=Power.OFF, asked=Reset.ON),
         Wait("its controller (On) was asked 3 s ago, and the power is off")),
        (facts(ON, power=Power.CHANGING), Wait("the power is changing")),
        (facts(ON, power=Power.OFF, is_being_fenced=True), Wait("the host is being fenced")),
        (facts(OFF, power=Power.OFF), Done()),
        (facts(OFF), Ask(Reset.GRACEFUL_SHUTDOWN)),
        (facts(OFF, heard=False), Ask(Reset.FORCE_OFF)),
        (facts(OFF, asked=Reset.GRACEFUL_SHUTDOWN, asked_for=ORDERLY),
         Wait("its controller (GracefulShutdown) was asked 45 s ago, and the power is on")),
        (facts(OFF, asked=Reset.GRACEFUL_SHUTDOWN, asked_for=ORDERLY + timedelta(seconds=1)), Ask(Reset.FORCE_OFF)),
        (facts(OFF, power=None, power_unknown="it does not answer"), Wait("it does not answer")),
        (facts(OFF, power=None, cannot_ask="it has no controller"),
         Failed("power-off was not done: it has no controller")),
        (facts(RESET), Ask(Reset.FORCE_RESTART)),
        (facts(RESET, asked=Reset.FORCE_RESTART),
         Wait("its controller (ForceRestart) was asked 3 s ago, and it has not booted anew")),
        (facts(RESET, booted_anew=True), Ask(Reset.FORCE_RESTART)),
        (facts(RESET, asked=Reset.FORCE_RESTART, booted_anew=True), Done()),
        (facts(RESET, asked=Reset.FORCE_RESTART, has_agent=False, power=Power.OFF),
         Wait("its controller (ForceRestart) was asked 3 s ago, and the power is off")),
        (facts(RESET, asked=Reset.FORCE_RESTART, has_agent=False), Done()),
        (facts(RESET, power=None, cannot_ask="it has no controller"),
         Failed("reset was not done: it has no controller")),
        (facts(REBOOT), AskAgent()),
        (facts(REBOOT, cannot_ask="it has no controller", power=None), AskAgent()),
        (facts(REBOOT, asked=Asked.AGENT), Wait("its agent was asked 3 s ago, and it has not booted anew")),
        (facts(REBOOT, asked=Asked.AGENT, booted_anew=True), Done()),
        (facts(REBOOT, heard=False), Ask(Reset.GRACEFUL_RESTART)),
        (facts(REBOOT, heard=False, power=Power.OFF),
         Failed("reboot was not done: the host has no power: system host-power-on HOST")),
        (facts(REBOOT, heard=False, power=None, power_unknown="it does not answer"), Wait("it does not answer")),
        (facts(REBOOT, heard=False, power=None, cannot_ask="it has no controller"),
         Failed("reboot was not done: the agent is not heard, and it has no controller")),
        (facts(REBOOT, asked=Asked.AGENT, running_for=DEADLINES[REBOOT] + timedelta(seconds=1)),
         Failed("reboot did not end within 10 minutes: its agent was asked 3 s ago, and it has not booted anew")),
    ],
)  # fmt: skip
def test_the_next_step(found: PowerFacts, step: Step) -> None:
    assert next_step(found) == step


@pytest.mark.parametrize("action", DEADLINES)
def test_no_action_goes_on_for_ever(action: HostAction) -> None:
    late = DEADLINES[action] + timedelta(seconds=1)
    unknown = facts(action, running_for=late, power=None, power_unknown="it does not answer", heard=False)

    assert isinstance(next_step(unknown), Failed)
