"""What is done to a release: install, upgrade, roll back, uninstall.

Helm runs the hooks and does not wait for workloads (`--wait=hookOnly`): charts whose pods wait for their hooks would
never become ready otherwise (reference/applications.md §6.4). The engine waits, by watching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sturnus.helm.failure import failed
from sturnus.helm.process import Ground, run
from sturnus.helm.scrubbing import Scrubber

HISTORY: Final = 5
"""Revisions that Helm keeps of a release: its records live in Secrets of up to 1 MiB each."""

_SERVER_SIDE: Final = "--server-side=true"
"""Also for releases that an older Helm made by client-side apply: their fields are taken over once."""


class Hooks(StrEnum):
    """Whether Helm runs the hooks of a chart. Same words as `applications.release.Hooks`."""

    RUN = "run"
    """As the chart says."""
    SKIP = "skip"
    """The manifest disables them."""


class Conflicts(StrEnum):
    """What to do about fields that somebody else set."""

    REFUSE = "refuse"
    """Fail (`FIELD_CONFLICT`) and name them."""
    FORCE = "force"
    """Take them over."""


class History(StrEnum):
    """What stays of a release that is uninstalled."""

    DELETE = "delete"
    """Nothing."""
    KEEP = "keep"
    """Its records."""


@dataclass(frozen=True, slots=True, order=True)
class HookName:
    """Names a hook while it runs."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class HookProgress:
    """The hook that Helm has just begun."""

    number: int  # from 1
    total: int
    hook: HookName


@dataclass(frozen=True, slots=True)
class Options:
    """How an operation is done."""

    deadline: timedelta  # for the whole operation, and for each hook
    hooks: Hooks = Hooks.RUN
    description: str = ""  # in the record; Helm allows 512 characters
    labels: Mapping[str, str] = field(default_factory=dict)  # on the record; values of at most 63 characters
    conflicts: Conflicts = Conflicts.REFUSE
    expected_hooks: Sequence[
        HookName
    ] = ()  # in Helm's order (`render.hooks_in_order`): what progress is counted against
    on_hook: Callable[[HookProgress], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a release is to be made of."""

    chart: Path  # archive or directory
    values: Mapping[str, Any]  # everything that is to differ from the chart's own
    secrets: Collection[str] = ()  # that errors must not repeat, beside those that the names in `values` tell

    @property
    def scrubber(self) -> Scrubber:
        """Takes all of them out of what Helm says."""
        return Scrubber.of(self.values, self.secrets)


class Helm:
    """The releases of one cluster.

    Every method raises `HelmFailed`, whose `kind` is of a closed set, and `Unavailable` if there is no helm program. A
    caller that is cancelled returns when the process is gone, `GRACE` seconds later at most. What a process that was
    ended left in its record is for `repair.repairs`.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def install(self, namespace: str, name: str, contents: Contents, options: Options) -> None:
        """Install a release that is not there, or was removed and its history kept. The namespace has to exist."""
        await self._run(
            ["install", name, str(contents.chart), "--replace", _SERVER_SIDE, *_contents(), *_labels(options),
            *_common(options)], namespace, name, options, contents,
        )  # fmt: skip

    async def upgrade(self, namespace: str, name: str, contents: Contents, options: Options) -> None:
        """Make a release what `contents` say, whatever its values were: also after a first install that failed."""
        arguments = [
            "upgrade",
            name,
            str(contents.chart),
            _SERVER_SIDE,
            *_contents(),
            *_labels(options),
            *_common(options),
        ]
        # Without --reset-values Helm takes the values of the revision before when it is given none.
        arguments += ["--reset-values", "--history-max", str(HISTORY), *_conflicts(options)]
        await self._run(arguments, namespace, name, options, contents)

    async def rollback(self, namespace: str, name: str, revision: int, options: Options) -> None:
        """Make a release what it was at a revision, as a new revision. The record gets that revision's labels."""
        arguments = [
            "rollback",
            name,
            str(revision),
            _SERVER_SIDE,
            "--history-max",
            str(HISTORY),
            *_conflicts(options),
            *_common(options),
        ]
        await self._run(arguments, namespace, name, options, None)

    async def uninstall(self, namespace: str, name: str, history: History, options: Options) -> None:
        """Delete a release's objects. Objects marked to be kept, hooks, and volumes of StatefulSets stay.

        A release that is not there is no failure.
        """
        arguments = ["uninstall", name, "--ignore-not-found", "--cascade", "background", *_common(options)]
        if history is History.KEEP:
            arguments.append("--keep-history")
        await self._run(arguments, namespace, name, options, None)

    async def _run(
        self,
        arguments: Sequence[str],
        namespace: str,
        name: str,
        options: Options,
        contents: Contents | None,
    ) -> None:
        subject = f"{namespace}/{name}"
        ended = await run(
            self._ground,
            [*arguments, "--namespace", namespace, "--debug"],
            subject=subject,
            deadline=options.deadline,
            values=None if contents is None else contents.values,
            on_line=HookTracker(options.expected_hooks, options.on_hook).line,
        )
        if not ended.succeeded:
            raise failed(ended, subject, Scrubber() if contents is None else contents.scrubber)


class HookTracker:
    """Tells hooks from the debug lines in which Helm says what it has created."""

    _CREATED: Final = re.compile(
        r'msg="Created resource via patch" .*?name=(?P<name>\S+) gvk="[^"]*Kind=(?P<kind>\w+)"'
    )

    def __init__(self, expected: Sequence[HookName], tell: Callable[[HookProgress], None]) -> None:
        self._numbers = {hook: number for number, hook in enumerate(expected, start=1)}
        self._tell = tell

    def line(self, text: str) -> None:
        """Take one line of standard error."""
        if not (found := self._CREATED.search(text)):
            return
        hook = HookName(found["kind"], found["name"])
        if number := self._numbers.get(hook):
            self._tell(HookProgress(number, len(self._numbers), hook))


def _contents() -> list[str]:
    return ["--values", "-", "--hide-notes"]


def _labels(options: Options) -> list[str]:
    return [argument for key, value in sorted(options.labels.items()) for argument in ("--labels", f"{key}={value}")]


def _conflicts(options: Options) -> list[str]:
    return ["--force-conflicts"] if options.conflicts is Conflicts.FORCE else []


def _common(options: Options) -> list[str]:
    arguments = ["--wait=hookOnly", "--timeout", f"{int(options.deadline.total_seconds())}s"]
    if options.hooks is Hooks.SKIP:
        arguments.append("--no-hooks")
    if options.description:
        arguments += ["--description", options.description]
    return arguments
