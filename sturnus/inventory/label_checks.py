"""What may be assigned to a host, and removed from it, now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.core.states import Administrative
from sturnus.inventory.host import Host
from sturnus.inventory.label_syntax import key_fault, value_fault
from sturnus.inventory.labels import ALIASES, ALLOWED_VALUES, CLASS_PREFIX, COMPUTE, GUARDED
from sturnus.inventory.processors.checks import unfit_for_the_role
from sturnus.inventory.processors.model import CpuFunction
from sturnus.inventory.violations import Check, Reason, Violation

KUBERNETES_OWN: Final = frozenset({"kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os"})
"""Kept by the kubelet: two owners would take turns for ever."""


class Existing(StrEnum):
    """What becomes of labels that the host already has."""

    KEEP = "keep"
    """They are in the way: nothing is assigned."""
    OVERWRITE = "overwrite"
    """They get the new value."""


@dataclass(frozen=True, slots=True)
class AssignFacts:
    """All that decides whether labels may be assigned."""

    host: Host
    stored: Mapping[str, str]
    wanted: Mapping[str, str]
    existing: Existing
    functions: tuple[CpuFunction, ...] = ()  # of the host's processors

    @property
    def changed(self) -> frozenset[str]:
        """Keys that would have another value than now."""
        return frozenset(key for key, value in self.wanted.items() if self.stored.get(key) != value)

    @property
    def after(self) -> Mapping[str, str]:
        """The host's labels as they would be."""
        return {**self.stored, **self.wanted}


@dataclass(frozen=True, slots=True)
class RemoveFacts:
    """All that decides whether a label may be removed."""

    host: Host
    key: str
    functions: tuple[CpuFunction, ...] = ()  # of the host's processors


def something_is_assigned(facts: AssignFacts) -> Violation | None:
    """An empty request is a slip, not a wish."""
    if facts.wanted:
        return None
    return Violation(
        Reason.LABEL_INVALID,
        "No label was given.",
        "at least one KEY=VALUE",
        f"system host-label-assign {facts.host.name} KEY=VALUE",
    )


def keys_are_valid(facts: AssignFacts) -> Violation | None:
    """Kubernetes' rules for keys."""
    return _faults("key", ((key, key_fault(key)) for key in facts.wanted))


def values_are_valid(facts: AssignFacts) -> Violation | None:
    """Kubernetes' rules for values."""
    return _faults("value", ((f"{key}={value}", value_fault(value)) for key, value in facts.wanted.items()))


def keys_are_not_kubernetes_own(facts: AssignFacts) -> Violation | None:
    """What the kubelet keeps is not assigned by anybody else."""
    own = sorted(KUBERNETES_OWN & facts.wanted.keys())
    if not own:
        return None
    return Violation(
        Reason.LABEL_RESERVED,
        f"{_named('Label', own)} belong{'s' if len(own) == 1 else ''} to Kubernetes itself.",
        "labels of your own, or of the platform",
        "leave it out",
    )


def keys_are_not_the_platforms_own(facts: AssignFacts) -> Violation | None:
    """Classes of hosts are computed; a label assigned by hand would choose what a host runs."""
    own = sorted(key for key in facts.wanted if key.startswith(CLASS_PREFIX))
    if not own:
        return None
    return Violation(
        Reason.LABEL_RESERVED,
        f"{_named('Label', own)} belong{'s' if len(own) == 1 else ''} to the platform itself.",
        f"labels of your own, that do not begin with {CLASS_PREFIX}",
        "leave it out: the class of a host follows from what it is made of",
    )


def values_mean_something(facts: AssignFacts) -> Violation | None:
    """Labels that the platform reads have values that it knows."""
    faults = [
        f"Label {key}={value} means nothing: one of {', '.join(ALLOWED_VALUES[key])} is expected."
        for key, value in sorted(facts.wanted.items())
        if key in ALLOWED_VALUES and value.lower() not in ALLOWED_VALUES[key]
    ]
    if not faults:
        return None
    return Violation(Reason.LABEL_INVALID, " ".join(faults), "a value that the platform knows", "use one of these")


def roles_agree_with_themselves(facts: AssignFacts) -> Violation | None:
    """One role has one value, whatever it is called."""
    for names in ALIASES:
        values = {name: facts.after[name] for name in sorted(names) if name in facts.after}
        if len(set(values.values())) > 1 and names & facts.wanted.keys():
            pairs = " and ".join(f"{name}={value}" for name, value in values.items())
            return Violation(
                Reason.LABELS_DISAGREE,
                f"{pairs} disagree: they are two names of one role.",
                "one value for both",
                f"system host-label-assign --overwrite {facts.host.name} "
                + " ".join(f"{name}=VALUE" for name in sorted(names)),
            )
    return None


def labels_are_new(facts: AssignFacts) -> Violation | None:
    """What the host has is overwritten only when somebody says so (reference/inventory.md §2.3)."""
    there = sorted(facts.stored.keys() & facts.wanted.keys())
    if facts.existing is Existing.OVERWRITE or not there:
        return None
    return Violation(
        Reason.LABEL_EXISTS,
        f"{_named('Label', there)} already exist{'s' if len(there) == 1 else ''} on host {facts.host.name}.",
        "labels that the host does not have, or the option to overwrite",
        f"system host-label-assign --overwrite {facts.host.name} ...",
    )


def guarded_labels_need_a_lock(facts: AssignFacts) -> Violation | None:
    """Spec: "semantic checks to prevent label [...] modifications for unlocked hosts"."""
    return _needs_lock(facts.host, facts.changed)


def guarded_label_stays_while_unlocked(facts: RemoveFacts) -> Violation | None:
    """Removing a label changes what runs on the host as much as assigning it does."""
    return _needs_lock(facts.host, {facts.key})


def cores_allow_another_role(facts: AssignFacts) -> Violation | None:
    """Another value of the compute label takes the role away as removing it does."""
    return unfit_for_the_role(facts.host, facts.after, facts.functions) if COMPUTE in facts.changed else None


def cores_allow_the_removal(facts: RemoveFacts) -> Violation | None:
    """Isolated cores beside a virtual switch or shared ones are for compute hosts (reference/inventory.md §1.7 [M])."""
    return unfit_for_the_role(facts.host, {}, facts.functions) if facts.key == COMPUTE else None


LABEL_CHECKS: Final[tuple[Check[AssignFacts], ...]] = (
    something_is_assigned,  # a request without labels is a slip
    keys_are_valid,  # Kubernetes' own rules, also before the node is there
    values_are_valid,  # the same for values
    keys_are_not_kubernetes_own,  # two owners would take turns for ever
    keys_are_not_the_platforms_own,  # what a host runs is not chosen by a class that it is not in
    values_mean_something,  # a misspelt policy would be ignored in silence
    roles_agree_with_themselves,  # spec's name and StarlingX's name are one role
    labels_are_new,  # overwriting is said, not guessed
    guarded_labels_need_a_lock,  # nothing that runs changes under the operator's feet
    cores_allow_another_role,  # cores that only compute hosts may have are given back first
)
"""Asked before labels are assigned, several at once: all of them or none."""

LABEL_REMOVAL_CHECKS: Final[tuple[Check[RemoveFacts], ...]] = (
    guarded_label_stays_while_unlocked,  # as above
    cores_allow_the_removal,  # as above
)
"""Asked before a label is removed."""


def _needs_lock(host: Host, keys: Iterable[str]) -> Violation | None:
    guarded = sorted(GUARDED.intersection(keys))
    if not guarded or host.administrative is Administrative.LOCKED:
        return None
    return Violation(
        Reason.HOST_NOT_LOCKED,
        f"Host {host.name} must be locked.",  # word for word: reference/clients.md §1
        f"a locked host, since {', '.join(guarded)} decide{'s' if len(guarded) == 1 else ''} what runs on it",
        f"system host-lock {host.name}",
    )


def _faults(part: str, faults: Iterable[tuple[str, str | None]]) -> Violation | None:
    # Long keys are cut: the message has to be read, and names what it means well enough.
    found = [f"Label {part} {name[:80]!r} {fault}." for name, fault in faults if fault]
    if not found:
        return None
    return Violation(
        Reason.LABEL_INVALID,
        " ".join(found),
        "KEY=VALUE as Kubernetes allows it: [DNS-PREFIX/]NAME=VALUE, name and value at most 63 characters",
        "correct it and repeat the command",
    )


def _named(word: str, keys: list[str]) -> str:
    return f"{word}{'' if len(keys) == 1 else 's'} {', '.join(keys)}"
