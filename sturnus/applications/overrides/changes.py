"""What becomes of a chart's user overrides when somebody changes them: pure, the store comes after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from sturnus.applications.overrides.ports import Reapply
from sturnus.applications.overrides.secret_values import MASK
from sturnus.applications.overrides.set_syntax import with_settings
from sturnus.applications.overrides.values import Values, laid_over, leaves, spelled
from sturnus.applications.overrides.values_text import read_values
from sturnus.core.errors import Invalid


class Start(StrEnum):
    """What a change begins with."""

    KEEP = "keep"
    """Values stay as they are; only attributes change."""
    REUSE = "reuse"
    """The stored overrides, with the new ones on top."""
    RESET = "reset"
    """Nothing: without new ones, the overrides are cleared."""


class Unknown(StrEnum):
    """What becomes of names that no lower layer knows."""

    REFUSE = "refuse"
    """They are slips."""
    ALLOW = "allow"
    """The operator knows better: `--force`."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator asks for."""

    start: Start
    files: tuple[str, ...] = ()  # YAML texts, in order
    settings: tuple[str, ...] = ()  # KEY=VALUE, in order, on top of the files
    enabled: bool | None = None  # None: as it is
    unknown: Unknown = Unknown.REFUSE
    reapply: Reapply = Reapply.LATER


def changed_values(before: Mapping[str, Any], change: Change) -> Values:
    """Return the user overrides as they would be.

    Raises:
        Invalid: a file or a setting cannot be read, or is a masked secret.

    """
    match change.start:
        case Start.KEEP:
            if change.files or change.settings:
                raise Invalid(
                    "Values were given, and not what becomes of the stored ones.",
                    expected="reuse or reset",
                    remedy="say --reuse-values or --reset-values",
                )
            return dict(before)
        case Start.REUSE:
            result = dict(before)
        case Start.RESET:
            result = {}
        case _:
            assert_never(change.start)
    for number, text in enumerate(change.files, 1):
        result = laid_over(result, read_values(text, f"--values {number}"))
    result = with_settings(result, change.settings)
    _refuse_masks(result)
    return result


def _refuse_masks(values: Mapping[str, Any]) -> None:
    """What `helm-override-show` prints is sometimes saved, edited and sent back."""
    masks = [spelled(path) for path, value in leaves(values) if isinstance(value, str) and MASK in value]
    if masks:
        raise Invalid(
            f"{masks[0]} is {MASK}: that hides a secret, and is not its value.",
            expected="the secret itself, or nothing there",
            remedy="leave it out; --reuse-values keeps what is stored",
        )
