"""What keeps a container from running: its image, its configuration, its own errors, its probes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sturnus.applications.readiness.evidence import Evidence, LogOf
from sturnus.applications.readiness.objects import events_of, moment, name_of, spec_of, status_of
from sturnus.applications.readiness.reason import Cause
from sturnus.kubernetes.quantities import bytes_in_words, quantity
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched

_PULLING: Final = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
    "ImageInspectError", "SignatureValidationFailed",
})  # fmt: skip
_MAKING: Final = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"})
_SOURCES: Final = re.compile(
    r"""^(?:Back-off\ pulling\ image\ "[^"]*":?\s*|(?:ErrImagePull|ImagePullBackOff|InvalidImageName):\s*
    |Failed\ to\ pull\ image\ "[^"]*":\s*|rpc\ error:\ code\ =\ \w+\ desc\ =\s*
    |failed\ to\ (?:pull\ and\ unpack|resolve|pull)\ (?:image|reference)\ "[^"]*":\s*
    |failed\ to\ resolve\ image:\s*)""",
    re.VERBOSE,
)
_STAMP: Final = re.compile(r"^\W*\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\W*(?:\d+\s)?\s*")
_FIELD: Final = re.compile(r"\{(?P<container>[^}]*)\}")
LONGEST_LINE: Final = 160
"""Characters of a log line or message in a reason."""

Found = tuple[Cause, str]


def statuses(pod: Json, *, init: bool) -> Iterable[Json]:
    """The statuses of a pod's containers, in the order in which they are declared."""
    found: Iterable[Json] = status_of(pod).get("initContainerStatuses" if init else "containerStatuses") or ()
    names = [one.get("name") for one in spec_of(pod).get("initContainers" if init else "containers") or ()]
    return sorted(found, key=lambda one: names.index(one["name"]) if one["name"] in names else len(names))


def trouble(pod: Json, status: Json, snapshot: Snapshot, evidence: Evidence) -> Found | None:
    """What is wrong with one container, in words that continue "pod keystone-api-x2x"; None: nothing is."""
    waiting: Json = (status.get("state") or {}).get("waiting") or {}
    reason = str(waiting.get("reason") or "")
    if reason in _PULLING:
        return Cause.IMAGE, f"cannot pull image {image_of(pod, status)}: {_pull_words(pod, waiting, snapshot)}"
    if reason in _MAKING:
        return Cause.CONFIGURATION, f"cannot start container {status['name']}: {_making_words(waiting)}"
    return _crash(pod, status, snapshot, evidence)


def image_of(pod: Json, status: Json) -> str:
    """The image as the pod asks for it."""
    both = (*(spec_of(pod).get("initContainers") or ()), *(spec_of(pod).get("containers") or ()))
    return next((str(one.get("image")) for one in both if one.get("name") == status["name"]), str(status.get("image")))


def _pull_words(pod: Json, waiting: Json, snapshot: Snapshot) -> str:
    """The registry's words, without what is said around them. They are the same while pulling and while backing off."""
    messages = [str(waiting.get("message") or "")]
    messages += [
        str(event.get("message")) for event in events_of(pod, Watched.POD, snapshot) if event.get("reason") == "Failed"
    ]
    for message in messages:
        bare = message
        while (shorter := _SOURCES.sub("", bare)) != bare:
            bare = shorter
        if bare and not bare.startswith(("Error:", "Back-off")):
            return cut(bare)
    return "the registry does not give it"


def _making_words(waiting: Json) -> str:
    message = str(waiting.get("message") or waiting.get("reason"))
    # The runtime tells its whole way down; what matters is where it got stuck.
    runtime = re.search(r'exec: "[^"]*": .*|exec format error', message)
    return cut(runtime[0] if runtime else message.removeprefix("failed to generate container spec: "))


def last_error(status: Json) -> Json:
    """How the container ended last, if it was with an error."""
    for state in (status.get("state") or {}, status.get("lastState") or {}):
        ended: Json = state.get("terminated") or {}
        if ended and ended.get("exitCode") != 0:
            return ended
    return {}


def _crash(pod: Json, status: Json, snapshot: Snapshot, evidence: Evidence) -> Found | None:
    ended = last_error(status)
    if not ended or _runs_and_is_probed(pod, status, ended, snapshot):
        return None
    return crash_in_words(pod, status, evidence)


def crash_in_words(pod: Json, status: Json, evidence: Evidence) -> Found:
    """How a container ended last, with an error."""
    ended, name = last_error(status), status["name"]
    if ended.get("reason") == "OOMKilled":
        return Cause.MEMORY, f"runs out of memory: container {name} is killed at {_limit(pod, name)}"
    text = f"crashes: container {name} ends with {exit_in_words(int(ended.get('exitCode', 0)))}"
    line = last_words(pod, status, ended, evidence)
    return Cause.CRASH, f"{text}: {line}" if line else text


def _runs_and_is_probed(pod: Json, status: Json, ended: Json, snapshot: Snapshot) -> bool:
    """It has been restarted, runs, and a probe has looked since: what the probe says is newer than the crash."""
    if status.get("ready"):
        return True
    if "running" not in (status.get("state") or {}):
        return False
    return any(moment(event) > str(ended.get("finishedAt")) for event in probe_events(pod, status["name"], snapshot))


def exit_in_words(code: int) -> str:
    """`exit code 1`; the codes that a shell gives a meaning are explained."""
    known = {
        126: " (not executable)",
        127: " (command not found)",
        137: " (killed)",
        139: " (segmentation fault)",
        143: " (terminated)",
    }
    return f"exit code {code}{known.get(code, '')}"


def log_of(pod: Json, status: Json) -> LogOf | None:
    """The log whose last line would explain how the container ended; None: it says so itself, or has not ended."""
    ended = last_error(status)
    if not ended or ended.get("message") or ended.get("reason") == "OOMKilled":
        return None
    over = "terminated" in (status.get("state") or {})
    return LogOf(name_of(pod), status["name"], int(status.get("restartCount") or 0), ended=over)


def last_words(pod: Json, status: Json, ended: Json, evidence: Evidence) -> str:
    """What the container said last: its termination message, or the last line of its log."""
    wanted = log_of(pod, status)
    text = str(ended.get("message") or "") or (_log(wanted, evidence) if wanted else "")
    lines = [line for line in text.splitlines() if line.strip()]
    return cut(_STAMP.sub("", lines[-1])) if lines else ""


def _log(wanted: LogOf, evidence: Evidence) -> str:
    """The log of that run, or, until it has been read, of the newest run of the same container that has."""
    same = [log for log in evidence.logs if (log.pod, log.container) == (wanted.pod, wanted.container)]
    return evidence.logs[wanted if wanted in evidence.logs else max(same)] if same else ""


def _limit(pod: Json, name: str) -> str:
    for container in (*(spec_of(pod).get("initContainers") or ()), *(spec_of(pod).get("containers") or ())):
        limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
        if container.get("name") == name and limit:
            return f"its limit of {bytes_in_words(int(quantity(limit)))}"
    return "the host's limit"


def probe_events(pod: Json, name: str, snapshot: Snapshot) -> list[Json]:
    """Failed probes of one container, the newest first."""
    return [
        event
        for event in events_of(pod, Watched.POD, snapshot)
        if event.get("reason") in ("Unhealthy", "ProbeWarning")
        and (found := _FIELD.search(str((event.get("involvedObject") or {}).get("fieldPath"))))
        and found["container"] == name
    ]


def probe_trouble(pod: Json, status: Json, snapshot: Snapshot) -> Found | None:
    """What the newest failed probe of a container that is not ready says."""
    for event in probe_events(pod, status["name"], snapshot):
        kind, _, words = str(event.get("message", "")).partition(" failed: ")
        if words:
            return Cause.PROBE, f"is not ready: {kind.lower()} of container {status['name']} fails: {cut(words)}"
        return Cause.PROBE, f"is not ready: container {status['name']}: {cut(kind)}"
    return None


def cut(text: str) -> str:
    """One line of no more than anybody reads."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
