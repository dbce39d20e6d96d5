"""Which phase of a release follows from the step that the engine takes."""

from __future__ import annotations

from typing import Final

from sturnus.applications.engine.decisions import Step
from sturnus.core.application_states import ReleasePhase

DONE: Final = frozenset({ReleasePhase.READY, ReleasePhase.UNCHANGED, ReleasePhase.REMOVED})
ENDED: Final = DONE | {ReleasePhase.FAILED, ReleasePhase.ABORTED}

PHASE_OF_STEP: Final[dict[Step, ReleasePhase]] = {
    Step.WAIT: ReleasePhase.PENDING,
    Step.REPAIR: ReleasePhase.PREPARING,
    Step.REPLACE_JOBS: ReleasePhase.PREPARING,
    Step.INSTALL: ReleasePhase.HELM,
    Step.UPGRADE: ReleasePhase.HELM,
    Step.ROLL_BACK: ReleasePhase.HELM,
    Step.UNINSTALL: ReleasePhase.REMOVING,
    Step.AWAIT: ReleasePhase.WAITING,
    Step.FINISH: ReleasePhase.READY,
    Step.FAIL: ReleasePhase.FAILED,
}
"""The phase while a step is done. A release that finishes without a step is `UNCHANGED`, one that goes `REMOVED`."""
