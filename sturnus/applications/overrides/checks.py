"""Which overrides may change now. Spec: "prevent label and override modifications for unlocked hosts"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.overrides.authorship import same
from sturnus.applications.overrides.host_entries import Entry, entries, faults
from sturnus.core.few import few_in_words
from sturnus.core.states import Administrative
from sturnus.inventory.violations import Check, Reason, Violation

_SHOWN: Final = 3
"""Hosts, and entries of one host, that a message names; the others are counted."""


@dataclass(frozen=True, slots=True)
class OverriddenHost:
    """What matters of a host here."""

    name: str
    administrative: Administrative
    labels: Mapping[str, str]  # as on its node: a role under all of its names


@dataclass(frozen=True, slots=True)
class OverrideFacts:
    """All that decides whether a chart's overrides may change."""

    chart: str
    before: Mapping[str, Any]  # all layers merged
    after: Mapping[str, Any]
    hosts: tuple[OverriddenHost, ...]


def entries_can_be_read(facts: OverrideFacts) -> Violation | None:
    """A chart fails over a malformed entry, or leaves it out in silence."""
    known = set(faults(facts.before))
    new = [fault for fault in faults(facts.after) if fault not in known]
    if not new:
        return None
    return Violation(
        Reason.OVERRIDE_INVALID,
        " ".join(f"{fault.place} cannot be read: {fault.expected} is expected there." for fault in new[:_SHOWN]),
        "entries as OpenStack-Helm reads them",
        "system help helm-override-update",
    )


def unlocked_hosts_keep_what_they_run(facts: OverrideFacts) -> Violation | None:
    """An entry that chooses an unlocked host is neither added nor changed nor taken away."""
    before, after = entries(facts.before), entries(facts.after)
    disturbed = {}
    for host in facts.hosts:
        if host.administrative is Administrative.UNLOCKED:
            changes = list(dict.fromkeys(_changes(_chosen(before, host), _chosen(after, host))))
            if changes:
                disturbed[host.name] = changes
    if not disturbed:
        return None
    names = list(disturbed)
    return Violation(
        Reason.HOST_NOT_LOCKED,
        f"Host{'' if len(names) == 1 else 's'} {few_in_words(names, _SHOWN)} must be locked. "
        + " ".join(f"{name}: {few_in_words(disturbed[name], _SHOWN)}." for name in names[:_SHOWN]),
        f"locked hosts, since overrides of chart {facts.chart} that choose them change what runs there",
        "; ".join(f"system host-lock {name}" for name in names[:_SHOWN]),
    )


OVERRIDE_CHECKS: Final[tuple[Check[OverrideFacts], ...]] = (
    entries_can_be_read,  # what the chart cannot read has no effect, or breaks it
    unlocked_hosts_keep_what_they_run,  # nothing that runs changes under the operator's feet
)
"""Asked before a chart's overrides change."""


def _chosen(all_entries: tuple[Entry, ...], host: OverriddenHost) -> list[Entry]:
    return [entry for entry in all_entries if entry.selector.matches(host.name, host.labels)]


def _changes(before: list[Entry], after: list[Entry]) -> Iterator[str]:
    """Say how what a host runs changes; nothing if it does not. The order counts: later entries win over earlier."""
    if len(before) == len(after) and all(map(_same, before, after)):
        return
    gone = [entry for entry in before if not any(_same(entry, other) for other in after)]
    new = [entry for entry in after if not any(_same(entry, other) for other in before)]
    for entry in new:
        there = any(_same_place(entry, other) for other in gone)
        yield f"{entry} is {'changed' if there else 'added'}"
    for entry in gone:
        if not any(_same_place(entry, other) for other in new):
            yield f"{entry} is taken away"
    if not gone and not new:
        yield f"{after[0] if after else before[0]} changes its place"


def _same(one: Entry, other: Entry) -> bool:
    """Whom else an entry chooses matters too: charts name DaemonSets after it, and a new name restarts pods."""
    return _same_place(one, other) and same(one.conf, other.conf)


def _same_place(one: Entry, other: Entry) -> bool:
    return one.daemonset == other.daemonset and one.selector == other.selector
