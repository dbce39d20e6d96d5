"""The host machine: a literal table (reference/vim.md §3.3). Staying is the default.

A host is at rest in `enabled`, `disabled`, `failed` and `initial`; every other state has steps (`plan`), which end by
`task-completed` or `task-failed`. Whether a machine lives is the inventory's to say: it hears two witnesses, and
fences.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class HostState(StrEnum):
    """What the VIM has made of a host's services."""

    INITIAL = "initial"
    """Nothing was done with it yet, or all that was done has been taken back."""
    CONFIGURING = "configuring"
    """Locked, and its OpenStack services are being made to agree with its labels."""
    DISABLED = "disabled"
    """Out of service."""
    ENABLING = "enabling"
    """On its way into service."""
    ENABLED = "enabled"
    """In service."""
    ENABLING_FAILED = "enabling-failed"
    """It could not be taken into service in time: who asked for it is being told."""
    DISABLING = "disabling"
    """On its way out of service."""
    DISABLING_FAILED = "disabling-failed"
    """It could not be taken out of service: who asked for it is being told, then all that was taken is given back."""
    FAILING = "failing"
    """It was in service and is gone: once it surely is off, what ran there is started elsewhere."""
    FAILED = "failed"
    """It is gone, and all that could be done about it is done."""
    DELETING = "deleting"
    """It is gone from the inventory: what belonged to it goes, its node is let go of."""


class HostEvent(StrEnum):
    """What the facts say of a host; `deciding.event_for` finds it."""

    LOCK = "lock"
    """The operator wants it out of service."""
    FORCE_LOCK = "force-lock"
    """The same, without waiting for what does not answer."""
    KEEP_LOCKED = "keep-locked"
    """It is locked, and nobody asks for anything."""
    UNLOCK = "unlock"
    """The operator wants it in service."""
    KEEP_UNLOCKED = "keep-unlocked"
    """It is unlocked and heard, and nobody asks for anything."""
    ENSURE = "ensure"
    """The same, but OpenStack came after it was taken into service, and its label says that it has a part in it."""
    SILENCE = "silence"
    """It is unlocked and not heard, which is no failure yet; and nobody asks for anything."""
    FAILURE = "failure"
    """It is unlocked, was in service, and two witnesses say that it is gone."""
    TRY_AGAIN = "try-again"
    """Not all of its servers could be started elsewhere, and that is a while ago."""
    CONFIGURE = "configure"
    """It is locked, and its OpenStack services are not what its labels say."""
    DELETE = "delete"
    """The inventory does not have it any more."""
    TASK_COMPLETED = "task-completed"
    """All steps of the state are done."""
    TASK_FAILED = "task-failed"
    """A step was not done within its deadline."""


S, E = HostState, HostEvent

TRANSITIONS: Final[Mapping[tuple[HostState, HostEvent], HostState]] = {
    (S.INITIAL, E.LOCK): S.DISABLING,  # the row was lost in the middle of a lock
    (S.INITIAL, E.FORCE_LOCK): S.DISABLING,
    (S.INITIAL, E.KEEP_LOCKED): S.CONFIGURING,  # host-add: nothing unless it has the compute label
    (S.INITIAL, E.CONFIGURE): S.CONFIGURING,
    (S.INITIAL, E.UNLOCK): S.ENABLING,
    (S.INITIAL, E.KEEP_UNLOCKED): S.ENABLING,
    (S.INITIAL, E.ENSURE): S.ENABLING,
    (S.INITIAL, E.SILENCE): S.ENABLING,
    (S.INITIAL, E.FAILURE): S.FAILING,
    (S.CONFIGURING, E.LOCK): S.DISABLING,
    (S.CONFIGURING, E.FORCE_LOCK): S.DISABLING,
    (S.CONFIGURING, E.UNLOCK): S.ENABLING,
    (S.CONFIGURING, E.KEEP_UNLOCKED): S.ENABLING,
    (S.CONFIGURING, E.ENSURE): S.ENABLING,
    (S.CONFIGURING, E.SILENCE): S.ENABLING,
    (S.CONFIGURING, E.FAILURE): S.FAILING,
    (S.CONFIGURING, E.DELETE): S.DELETING,
    (S.CONFIGURING, E.TASK_COMPLETED): S.DISABLED,
    (S.DISABLED, E.LOCK): S.DISABLING,
    (S.DISABLED, E.FORCE_LOCK): S.DISABLING,
    (S.DISABLED, E.UNLOCK): S.ENABLING,
    (S.DISABLED, E.KEEP_UNLOCKED): S.ENABLING,
    (S.DISABLED, E.ENSURE): S.ENABLING,
    (S.DISABLED, E.SILENCE): S.ENABLING,
    (S.DISABLED, E.FAILURE): S.FAILING,
    (S.DISABLED, E.CONFIGURE): S.CONFIGURING,
    (S.DISABLED, E.DELETE): S.DELETING,
    (S.ENABLING, E.LOCK): S.DISABLING,
    (S.ENABLING, E.FORCE_LOCK): S.DISABLING,
    (S.ENABLING, E.KEEP_LOCKED): S.DISABLING,  # the unlock was given up
    (S.ENABLING, E.CONFIGURE): S.DISABLING,
    (S.ENABLING, E.FAILURE): S.FAILING,
    (S.ENABLING, E.DELETE): S.DELETING,
    (S.ENABLING, E.TASK_COMPLETED): S.ENABLED,
    (S.ENABLING, E.TASK_FAILED): S.ENABLING_FAILED,
    (S.ENABLING_FAILED, E.LOCK): S.DISABLING,
    (S.ENABLING_FAILED, E.FORCE_LOCK): S.DISABLING,
    (S.ENABLING_FAILED, E.FAILURE): S.FAILING,
    (S.ENABLING_FAILED, E.DELETE): S.DELETING,
    (S.ENABLING_FAILED, E.TASK_COMPLETED): S.DISABLED,  # a node that was opened is closed again
    (S.ENABLED, E.LOCK): S.DISABLING,
    (S.ENABLED, E.FORCE_LOCK): S.DISABLING,
    (S.ENABLED, E.KEEP_LOCKED): S.DISABLING,
    (S.ENABLED, E.CONFIGURE): S.DISABLING,
    (S.ENABLED, E.UNLOCK): S.ENABLING,  # somebody still waits to hear that it is
    (S.ENABLED, E.ENSURE): S.ENABLING,
    (S.ENABLED, E.FAILURE): S.FAILING,
    (S.ENABLED, E.DELETE): S.DELETING,
    (S.DISABLING, E.UNLOCK): S.ENABLING,
    (S.DISABLING, E.KEEP_UNLOCKED): S.ENABLING,  # the lock was given up
    (S.DISABLING, E.ENSURE): S.ENABLING,
    (S.DISABLING, E.SILENCE): S.ENABLING,
    (S.DISABLING, E.FAILURE): S.FAILING,
    (S.DISABLING, E.DELETE): S.DELETING,
    (S.DISABLING, E.TASK_COMPLETED): S.DISABLED,
    (S.DISABLING, E.TASK_FAILED): S.DISABLING_FAILED,
    (S.DISABLING_FAILED, E.FAILURE): S.FAILING,
    (S.DISABLING_FAILED, E.DELETE): S.DELETING,
    (S.DISABLING_FAILED, E.TASK_COMPLETED): S.ENABLING,  # which gives back what was taken for the lock
    (S.FAILING, E.LOCK): S.DISABLING,
    (S.FAILING, E.FORCE_LOCK): S.DISABLING,
    (S.FAILING, E.KEEP_LOCKED): S.DISABLING,
    (S.FAILING, E.CONFIGURE): S.DISABLING,
    (S.FAILING, E.UNLOCK): S.ENABLING,
    (S.FAILING, E.KEEP_UNLOCKED): S.ENABLING,  # it is back: only silence is waited out
    (S.FAILING, E.ENSURE): S.ENABLING,
    (S.FAILING, E.DELETE): S.DELETING,
    (S.FAILING, E.TASK_COMPLETED): S.FAILED,
    (S.FAILED, E.LOCK): S.DISABLING,
    (S.FAILED, E.FORCE_LOCK): S.DISABLING,
    (S.FAILED, E.KEEP_LOCKED): S.DISABLING,
    (S.FAILED, E.CONFIGURE): S.DISABLING,
    (S.FAILED, E.UNLOCK): S.ENABLING,
    (S.FAILED, E.KEEP_UNLOCKED): S.ENABLING,
    (S.FAILED, E.ENSURE): S.ENABLING,
    (S.FAILED, E.TRY_AGAIN): S.FAILING,
    (S.FAILED, E.DELETE): S.DELETING,
    (S.DELETING, E.TASK_COMPLETED): S.INITIAL,
}

AT_REST: Final = frozenset({S.INITIAL, S.DISABLED, S.ENABLED, S.FAILED})
"""States without steps: a host stays there until its facts change."""


def next_state(state: HostState, event: HostEvent) -> HostState:
    """The state after an event. A pair that is not in the table changes nothing."""
    return TRANSITIONS.get((state, event), state)
