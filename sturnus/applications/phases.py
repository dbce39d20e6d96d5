"""How far a release has come in an operation, in the words of `application-show`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sturnus.applications.decisions import Step


class Phase(StrEnum):
    """What is going on with one release."""

    WAITING = "waiting"
    """Others come first."""
    REPAIRING = "repairing"
    """The record of a Helm process that died is put right."""
    REPLACING_JOBS = "replacing jobs"
    """Jobs that cannot be changed in place are deleted."""
    INSTALLING = "installing"
    """Helm installs it."""
    UPGRADING = "upgrading"
    """Helm upgrades it."""
    ROLLING_BACK = "rolling back"
    """Helm brings an earlier revision back."""
    UNINSTALLING = "uninstalling"
    """Helm removes it."""
    AWAITING = "awaiting"
    """Helm is done, and its workloads are not ready yet."""
    READY = "ready"
    """Done: all that it made is ready."""
    UNCHANGED = "unchanged"
    """Done: it was as wanted, and nothing was written."""
    REMOVED = "removed"
    """Done: it is gone."""
    FAILED = "failed"
    """It could not go on."""
    ABORTED = "aborted"
    """The operator stopped the operation before it was done."""


DONE: Final = frozenset({Phase.READY, Phase.UNCHANGED, Phase.REMOVED})
ENDED: Final = DONE | {Phase.FAILED, Phase.ABORTED}

PHASE_OF_STEP: Final[dict[Step, Phase]] = {
    Step.WAIT: Phase.WAITING,
    Step.REPAIR: Phase.REPAIRING,
    Step.REPLACE_JOBS: Phase.REPLACING_JOBS,
    Step.INSTALL: Phase.INSTALLING,
    Step.UPGRADE: Phase.UPGRADING,
    Step.ROLL_BACK: Phase.ROLLING_BACK,
    Step.UNINSTALL: Phase.UNINSTALLING,
    Step.AWAIT: Phase.AWAITING,
    Step.FINISH: Phase.READY,
    Step.FAIL: Phase.FAILED,
}
"""The phase while a step is done. A release that finishes without a step is `UNCHANGED`, one that goes `REMOVED`."""
