"""What a snapshot does not hold and a reason is better with: last log lines, and the room that hosts have left.

Reasons name what they would like to know (`evidence_wanted`); the engine fetches it, once for each unchanged cause, and
asks again. Both are optional: without them a reason is shorter, not wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sturnus.kubernetes.room import Room


@dataclass(frozen=True, slots=True, order=True)
class LogOf:
    """A run of a container whose last line would help: the run before a restart, else the only one."""

    pod: str
    container: str
    restarts: int  # which run: another number, another log
    ended: bool  # True: the run that ended last; False: the one that runs


@dataclass(frozen=True, slots=True)
class Evidence:
    """What has been fetched so far."""

    logs: Mapping[LogOf, str] = field(default_factory=dict)  # the last line that is not empty
    room: Mapping[str, Room] = field(default_factory=dict)  # by host


NONE = Evidence()
