"""What is wrong with a bundle, and where: everything is gathered before anyone is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sturnus.core.errors import Invalid

SHOWN: Final = 5
"""Faults in the one-line message; all of them are in the details."""
KEPT: Final = 200
"""A hostile file may have a million faults; nobody reads more than these."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the bundle: `file` from its top; line and column count from 1; 0: the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`, as compilers write it and editors open it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps the bundle from being accepted."""

    place: Place | None  # None: the bundle as a whole
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        """What was found, after its place."""
        return f"{self.place}: {self.found}" if self.place else self.found


@dataclass(slots=True)
class Findings:
    """Gathers faults, which refuse the bundle, and notes, which are only kept."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: int = 0  # faults that were found and not kept

    def fault(self, place: Place | None, found: str, *, expected: str, remedy: str) -> None:
        """Remember what is wrong. The same words at the same place count once."""
        fault = Fault(place, found, expected, remedy)
        if len(self.faults) >= KEPT:
            self.more += 1
        elif fault not in self.faults:
            self.faults.append(fault)

    def note(self, place: Place | None, text: str) -> None:
        """Remember what the operator might want to know."""
        note = f"{place}: {text}" if place else text
        if len(self.notes) < KEPT and note not in self.notes:
            self.notes.append(note)

    def refuse_if_any(self) -> None:
        """Raise Invalid with all faults, if there is one."""
        if self.faults:
            raise invalid(self.faults, self.more)


def invalid(faults: list[Fault], more: int = 0) -> Invalid:
    """Make one error of many faults: the first few in the message, all in the details."""
    words = [str(fault) for fault in faults]
    hidden = len(words) + more - SHOWN
    return Invalid(
        "; ".join(words[:SHOWN]) + (f"; and {hidden} more" if hidden > 0 else ""),
        expected="; ".join(dict.fromkeys(fault.expected for fault in faults[:SHOWN])),
        remedy="; ".join(dict.fromkeys(fault.remedy for fault in faults[:SHOWN])),
        details=(*words, f"and {more} more") if more else tuple(words),
    )
