"""Baseboard controllers: what they know of their hosts, and what they do with their power."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from lab.ground.description import Host
from lab.ground.errors import LabError
from lab.ground.power import PowerState
from lab.rack.blocking import BlockingCalls
from lab.rack.credentials import BmcCredentials
from lab.rack.ports import PowerSwitch

ACTION_DEADLINE: Final = timedelta(seconds=30)
LOOKS_AT_ONCE: Final = 8


class ResetType(StrEnum):
    """What can be asked for (schema Resource, ResetType)."""

    ON = "On"
    FORCE_OFF = "ForceOff"
    GRACEFUL_SHUTDOWN = "GracefulShutdown"
    GRACEFUL_RESTART = "GracefulRestart"
    FORCE_RESTART = "ForceRestart"


@dataclass(frozen=True, slots=True)
class Controller:
    """One host's baseboard controller."""

    host: Host
    credentials: BmcCredentials


class Racked:
    """The controllers by the addresses that they answer on, and the power that they switch.

    A host is switched by one request at a time, in the order in which they came: two that power it on at once would
    otherwise both find it without power. Hosts do not wait for each other.
    """

    def __init__(self, power: PowerSwitch) -> None:
        self.controllers: Mapping[str, Controller] = {}
        self._power = power
        self._looks = BlockingCalls(LOOKS_AT_ONCE)
        self._switching: defaultdict[str, BlockingCalls] = defaultdict(partial(BlockingCalls, 1))

    async def state(self, host: Host) -> PowerState:
        """What the host's power is now.

        Raises:
            TimeoutError: it could not be seen within `ACTION_DEADLINE`.

        """
        return await self._looks.run(lambda: self._power.state(host), deadline=ACTION_DEADLINE)

    async def reset(self, host: Host, kind: ResetType) -> None:
        """Do what was asked. Whatever is so already is left alone.

        Raises:
            LabError: not possible as the host's power is now, or it did not work.
            TimeoutError: not done within `ACTION_DEADLINE`.

        """
        await self._switching[host.name].run(lambda: self._switch(host, kind), deadline=ACTION_DEADLINE)

    def abandon(self) -> None:
        """Answer whoever waits that it did not come in time: the rack ends."""
        for calls in (self._looks, *self._switching.values()):
            calls.abandon()

    def _switch(self, host: Host, kind: ResetType) -> None:
        if reason := impossible(self._power.state(host), kind):
            raise LabError(f"{kind} of {host.name}", reason)
        actions: Mapping[ResetType, Callable[[Host], None]] = {
            ResetType.ON: self._power.power_on,
            ResetType.FORCE_OFF: self._power.force_off,
            ResetType.GRACEFUL_SHUTDOWN: self._power.graceful_shutdown,
            ResetType.GRACEFUL_RESTART: self._power.graceful_restart,
            ResetType.FORCE_RESTART: self._power.force_restart,
        }
        actions[kind](host)


def impossible(state: PowerState, kind: ResetType) -> str | None:
    """Why this cannot be done in this state, and what to do; None when it can.

    Power on is refused while a host shuts down, instead of waiting for it: what waits here would hold up a later
    ForceOff, and a host that was fenced would then come back.
    """
    if kind is ResetType.ON and state is PowerState.POWERING_OFF:
        return "it is shutting down: ask again when PowerState is Off, or ask for ForceRestart"
    if kind is ResetType.GRACEFUL_RESTART and state is PowerState.POWERING_OFF:
        return "it is shutting down: ask for On when PowerState is Off, or for ForceRestart now"
    if kind is ResetType.GRACEFUL_RESTART and state is PowerState.OFF:
        return "it has no power: ask for On"
    return None
