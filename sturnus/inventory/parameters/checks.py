"""Which service parameters there may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.core.states import Personality
from sturnus.inventory.parameters import catalogue
from sturnus.inventory.violations import Check, Reason, Violation


@dataclass(frozen=True, slots=True)
class Place:
    """Where parameters are."""

    service: str
    section: str
    personality: str | None  # hosts that a custom parameter is for; None: all
    resource: str | None  # what a custom parameter sets; None: what the catalogue says

    @property
    def is_custom(self) -> bool:
        """Whether the operator says himself what it sets: then the catalogue does not have to know it."""
        return self.resource is not None


@dataclass(frozen=True, slots=True)
class ParameterFacts:
    """All that decides whether parameters may be added or changed."""

    place: Place
    values: Mapping[str, str]  # by name
    present: frozenset[str]  # names that the place has already


def something_is_set(facts: ParameterFacts) -> Violation | None:
    """An empty request is a slip."""
    if facts.values:
        return None
    return Violation(
        Reason.FIELD_MISSING, "No parameter was given.", "at least one NAME=VALUE", "system help service-parameter-add"
    )


def parameters_are_known(facts: ParameterFacts) -> Violation | None:
    """A misspelt name would be kept and never read."""
    place = facts.place
    if place.is_custom:
        return None
    found = [catalogue.unknown(place.service, place.section, name) for name in facts.values]
    faults = dict.fromkeys(each for each in found if each is not None)
    if not faults:
        return None
    return Violation(
        Reason.NOT_THERE,
        " ".join(faults),
        catalogue.known(place.service, place.section),
        "correct it, or say by --resource what it sets",
    )


def values_are_fit(facts: ParameterFacts) -> Violation | None:
    """Each parameter has its own rule. What is refused is not repeated: it may be a password in the wrong place."""
    place = facts.place
    faults = {
        name: expected
        for name, value in facts.values.items()
        if (expected := _expected(place, name, value)) is not None
    }
    if not faults:
        return None
    return Violation(
        Reason.FIELD_INVALID,
        " ".join(f"{place.service} {place.section} {name[:64]}: {what} is expected." for name, what in faults.items()),
        "; ".join(faults.values()),
        "correct it and repeat the command",
    )


def custom_parameters_come_alone(facts: ParameterFacts) -> Violation | None:
    """One resource is set by one parameter (StarlingX's rule)."""
    if not (facts.place.resource or facts.place.personality) or len(facts.values) <= 1:
        return None
    return Violation(
        Reason.DISAGREES,
        "Several parameters were given with a personality or a resource.",
        "one parameter at a time",
        "system help service-parameter-add",
    )


def personality_exists(facts: ParameterFacts) -> Violation | None:
    """Hosts have one of three."""
    if facts.place.personality is None or facts.place.personality in list(Personality):
        return None
    return Violation(
        Reason.FIELD_INVALID,
        f"There is no personality {facts.place.personality[:32]!r}.",
        "one of " + ", ".join(Personality),
        "system help service-parameter-add",
    )


def parameters_are_new(facts: ParameterFacts) -> Violation | None:
    """What is there is modified."""
    there = sorted(facts.present & facts.values.keys())
    if not there:
        return None
    place = facts.place
    return Violation(
        Reason.NAME_TAKEN,
        f"Parameter {', '.join(there)} of {place.service} {place.section} exists already.",
        "parameters that are not set",
        f"system service-parameter-modify {place.service} {place.section} {there[0]}=VALUE",
    )


MODIFY_CHECKS: Final[tuple[Check[ParameterFacts], ...]] = (
    something_is_set,
    personality_exists,
    parameters_are_known,  # a misspelt name would never be read
    values_are_fit,
)
"""Asked before a parameter is changed."""

ADD_CHECKS: Final[tuple[Check[ParameterFacts], ...]] = (
    *MODIFY_CHECKS,
    custom_parameters_come_alone,
    parameters_are_new,
)
"""Asked before parameters are added, several at once: all of them or none."""


def _expected(place: Place, name: str, value: str) -> str | None:
    if place.is_custom:
        return None if value.isprintable() and len(value) <= catalogue.LONGEST_VALUE else "printable text"
    return catalogue.expected_of(place.service, place.section, name, value)
