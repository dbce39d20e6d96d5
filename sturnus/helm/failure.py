# ruff: noqa: E501 -- Helm's sentences, each in one line
"""Why a Helm operation failed: a closed set, read from what Helm wrote last.

Helm tells failures by sentences only. Each row of `_SIGNS` is one of them; the first that matches decides, so that what
is certain stands before what is likely. Kubernetes repeats whole pod templates in its refusals: of those only the
object and the field are kept, and nothing passes that the values mark as secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.core.errors import SturnusError
from sturnus.helm.process import Ended, Ending
from sturnus.helm.scrubbing import Scrubber
from sturnus.kubernetes.refusals import without_values

LONGEST: Final = 1000
"""Characters of a message."""


class Failure(StrEnum):
    """What went wrong."""

    DOES_NOT_RENDER = "does not render"
    """A template fails, or makes no YAML."""
    INVALID_VALUES = "invalid values"
    """The chart's schema refuses the values."""
    INVALID_CHART = "invalid chart"
    """The archive is no chart, or not one for this Kubernetes."""
    HOOK_FAILED = "hook failed"
    """A hook's Job or pod failed; `where` names it."""
    HOOK_TIMED_OUT = "hook timed out"
    """A hook's Job or pod did not end in time; `where` names it."""
    IMMUTABLE_FIELD = "immutable field"
    """Kubernetes does not let a field of an object change: the object has to be made anew; `where` names it."""
    FIELD_CONFLICT = "field conflict"
    """Somebody else owns a field that would change; `where` names the object."""
    NOT_OWNED = "not owned"
    """An object of that name exists and belongs to no release, or to another; `where` names it."""
    KIND_NOT_SERVED = "kind not served"
    """The cluster does not know a kind that the chart contains."""
    REFUSED = "refused"
    """Kubernetes, a quota, a policy or a webhook refuses an object; `where` names it, if it is known."""
    NO_NAMESPACE = "no namespace"
    """The namespace does not exist, or is being deleted."""
    RECORD_TOO_LARGE = "record too large"
    """Helm's record does not fit into a Secret (1 MiB): too many host-specific overrides, mostly."""
    BUSY = "busy"
    """The last revision is pending: another Helm is at work, or died (`sturnus.helm.repair`)."""
    NAME_IN_USE = "name in use"
    """A release of that name exists."""
    NO_RELEASE = "no release"
    """No release of that name, or no such revision of it."""
    CLUSTER_AWAY = "cluster away"
    """Kubernetes does not answer, or not for long enough."""
    TIMED_OUT = "timed out"
    """The operation's deadline passed."""
    KILLED = "killed"
    """Something ended the process: the machine ran out of memory, mostly."""
    UNKNOWN = "unknown"
    """None of the above; the message is Helm's own."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to tell an operator about a failure."""

    expected: str
    remedy: str


_ADVICE: Final = {
    Failure.DOES_NOT_RENDER: Advice("templates that render with these values", "correct the values: system helm-override-show"),
    Failure.INVALID_VALUES: Advice("values that the chart's schema allows", "correct the values: system helm-override-show"),
    Failure.INVALID_CHART: Advice("a chart for this Kubernetes", "upload an application that contains one"),
    Failure.HOOK_FAILED: Advice("a hook that succeeds", "see its log: kubectl logs"),
    Failure.HOOK_TIMED_OUT: Advice("a hook that ends in time", "see what it waits for: kubectl describe"),
    Failure.IMMUTABLE_FIELD: Advice("an object that may change", "delete the object, then try again"),
    Failure.FIELD_CONFLICT: Advice("no other owner of what the chart sets", "find who set it: kubectl get -o yaml --show-managed-fields"),
    Failure.NOT_OWNED: Advice("objects that belong to this release", "delete the object, or give the release another name"),
    Failure.KIND_NOT_SERVED: Advice("kinds that the cluster serves", "install what defines it: kubectl api-resources"),
    Failure.REFUSED: Advice("objects that Kubernetes accepts", "correct the values, or the policy that refuses"),
    Failure.NO_NAMESPACE: Advice("the release's namespace", "kubectl get namespaces"),
    Failure.RECORD_TOO_LARGE: Advice("a record below 1 MiB", "give hosts equal overrides, so that they share a class"),
    Failure.BUSY: Advice("no other operation at this release", "wait for it: helm history"),
    Failure.NAME_IN_USE: Advice("a name that is free", "helm list --all-namespaces"),
    Failure.NO_RELEASE: Advice("a release that is installed", "helm list --all"),
    Failure.CLUSTER_AWAY: Advice("an API server that answers", "kubectl get nodes"),
    Failure.TIMED_OUT: Advice("an end before the deadline", "see what it waits for: kubectl get pods"),
    Failure.KILLED: Advice("a process that is left alone", "see the kernel's log: dmesg"),
    Failure.UNKNOWN: Advice("success", "see the platform's log"),
}  # fmt: skip


class HelmFailed(SturnusError):
    """An operation of Helm's failed. What it did is in the cluster; its record says `failed` or `pending-*`."""

    def __init__(self, kind: Failure, message: str, *, where: str | None = None) -> None:
        advice = _ADVICE[kind]
        super().__init__(message, expected=advice.expected, remedy=advice.remedy)
        self.kind = kind
        self.where = where
        """What it failed at: "Job openstack/keystone-db-sync", or "keystone/templates/job.yaml:12"; None: not known."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sentence of Helm's. `where` is made from the pattern's groups, `message` likewise; None: Helm's own words."""

    pattern: re.Pattern[str]
    kind: Failure
    where: str | None = None
    message: str | None = None


def _sign(pattern: str, kind: Failure, where: str | None = None, message: str | None = None) -> _Sign:
    return _Sign(re.compile(pattern, re.DOTALL), kind, where, message)


_APPLIED: Final = r"(?:object|to apply) (?P<ns>[^\s/]*)/(?P<name>\S+) \S+, Kind=(?P<kind>\w+)"
_OBJECT: Final = "{kind} {ns}/{name}"

_SIGNS: Final = (
    # The cluster is away: first, since the sentences around it vary with the moment.
    _sign(r"ubernetes cluster unreachable", Failure.CLUSTER_AWAY),
    _sign(r"connection refused|connection reset|no route to host|i/o timeout|TLS handshake timeout|unexpected EOF"
          r"|etcdserver: |the server is currently unable|apiserver not ready|failed to download openapi|no such host|http2: client connection lost",
          Failure.CLUSTER_AWAY),
    # Hooks.
    _sign(r"resource (?P<kind>\w+)/(?P<ns>[^/\s]*)/(?P<name>\S+) not ready\. status: Failed, message: (?P<why>[^\n]*)",
          Failure.HOOK_FAILED, _OBJECT, "hook {kind} {name} failed: {why}"),
    _sign(r"resource (?P<kind>\w+)/(?P<ns>[^/\s]*)/(?P<name>\S+) not ready\. status: (?P<state>\w+).*deadline exceeded",
          Failure.HOOK_TIMED_OUT, _OBJECT, "hook {kind} {name} did not end in time: {state}"),
    # Objects that Kubernetes does not let change, or not take.
    _sign(_APPLIED + r": .*?is invalid: (?P<field>[\w.\[\]]+): .*?(?:is immutable|immutable after creation)",
          Failure.IMMUTABLE_FIELD, _OBJECT, "{kind} {name}: {field} cannot be changed"),
    _sign(_APPLIED + r": .*?updates to \w+ spec for fields other than",
          Failure.IMMUTABLE_FIELD, _OBJECT, "{kind} {name}: spec cannot be changed, but for replicas, template and a few others"),
    _sign(r"may not be more than 1048576 bytes|Too long: may not be more than", Failure.RECORD_TOO_LARGE, None,
          "Helm's record of the release is larger than 1 MiB"),
    _sign(r"conflict occurred while applying " + _APPLIED + r": Apply failed with (?P<why>.*)",
          Failure.FIELD_CONFLICT, _OBJECT, "{kind} {name}: {why}"),
    _sign(r"(?P<kind>\w+) \"(?P<name>[^\"]+)\" in namespace \"(?P<ns>[^\"]*)\" exists and cannot be imported[^:]*: (?P<why>.*)",
          Failure.NOT_OWNED, _OBJECT, "{kind} {name} exists and does not belong to this release: {why}"),
    _sign(r"no matches for kind \"(?P<kind>[^\"]+)\" in version \"(?P<version>[^\"]+)\"", Failure.KIND_NOT_SERVED,
          "{kind}", "the cluster does not serve {version} {kind}"),
    _sign(r"namespaces \"(?P<name>[^\"]+)\" not found|because it is being terminated|unable to create new content in namespace",
          Failure.NO_NAMESPACE),
    _sign(_APPLIED + r": (?P<why>.*(?:is invalid|is forbidden|denied the request|unknown field|exceeded quota|failed to create typed patch object|field not declared).*)",
          Failure.REFUSED, _OBJECT, "{kind} {name} is refused: {why}"),
    _sign(r"is forbidden|denied the request|exceeded quota|unknown field", Failure.REFUSED),
    # Helm itself.
    _sign(r"another operation \(install/upgrade/rollback\) is in progress", Failure.BUSY),
    _sign(r"cannot reuse a name that is still in use", Failure.NAME_IN_USE),
    _sign(r"has no deployed releases|release: not found|Release not loaded|release has no \d+ version", Failure.NO_RELEASE),
    # Charts.
    _sign(r"values don't meet the specifications of the schema\(s\)[^:]*:\n(?P<why>.*)", Failure.INVALID_VALUES, None,
          "the chart's schema refuses the values: {why}"),
    _sign(r"(?:execution|parse) error at \((?P<template>[^:)]+):(?P<line>\d+)[^)]*\): (?P<why>.*)",
          Failure.DOES_NOT_RENDER, "{template}:{line}", "{template}, line {line}: {why}"),
    _sign(r"YAML parse error on (?P<template>\S+): .*?line (?P<line>\d+): (?P<why>.*)",
          Failure.DOES_NOT_RENDER, "{template}:{line}", "{template}, line {line} of what it renders to: {why}"),
    _sign(r"YAML parse error on (?P<template>\S+): (?P<why>.*)", Failure.DOES_NOT_RENDER, "{template}", "{template}: {why}"),
    _sign(r"Error: (?:\w+ FAILED: )?(?P<template>[^\s:]+):(?P<line>\d+):\d+\s+executing .*? at <(?P<at><.*>|[^>]*)>:\s*(?P<why>.*)",
          Failure.DOES_NOT_RENDER, "{template}:{line}", "{template}, line {line}, at {at}: {why}"),
    _sign(r"chart requires kubeVersion|does not appear to be a gzipped archive|Chart\.yaml file is missing|path \"[^\"]*\" not found"
          r"|validation: chart\.metadata|missing in charts/ directory|cannot load (?:Chart|values)\.yaml|Chart\.ya?ml",
          Failure.INVALID_CHART),
    _sign(r"context deadline exceeded|timed out waiting", Failure.TIMED_OUT),
    _sign(r"context canceled", Failure.KILLED),
)  # fmt: skip


def failed(ended: Ended, subject: str, scrubber: Scrubber) -> HelmFailed:
    """What to raise for a process that did not succeed. `subject` is "openstack/keystone"."""
    complaint = last_complaint(ended.complaints)
    match ended.ending:
        case Ending.TIMED_OUT:
            return HelmFailed(Failure.TIMED_OUT, f"{subject}: helm did not end before its deadline")
        case Ending.KILLED:
            return HelmFailed(Failure.KILLED, f"{subject}: helm was ended by signal {-ended.code}")
        case Ending.OVERFLOWED:
            return HelmFailed(Failure.DOES_NOT_RENDER, f"{subject}: the chart renders to more than 64 MiB")
        case Ending.EXITED:
            return read(complaint, subject, scrubber)


def read(complaint: str, subject: str, scrubber: Scrubber) -> HelmFailed:
    """The failure that a sentence of Helm's stands for."""
    complaint = without_values(complaint)
    for sign in _SIGNS:
        if found := sign.pattern.search(complaint):
            groups = {key: value or "" for key, value in found.groupdict().items()}
            words = sign.message.format(**groups) if sign.message else _own_words(complaint)
            where = scrubber.clean(sign.where.format(**groups)) if sign.where else None
            return HelmFailed(sign.kind, f"{subject}: {_short(scrubber.clean(words))}", where=where)
    return HelmFailed(Failure.UNKNOWN, f"{subject}: {_short(scrubber.clean(_own_words(complaint)))}")


def last_complaint(lines: Sequence[str]) -> str:
    """What Helm wrote last: from the line that begins with `Error:` on, or the last lines if none does."""
    starts = [number for number, line in enumerate(lines) if line.startswith("Error:")]
    kept = lines[starts[-1] :] if starts else lines[-5:]
    return "\n".join(line for line in kept if not line.startswith("Use --debug flag")).strip()


def _own_words(complaint: str) -> str:
    return re.sub(r"^Error: (?:[A-Z]+ FAILED: )?", "", complaint)


def _short(text: str) -> str:
    """One line, of no more than anybody reads."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
