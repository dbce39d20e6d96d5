"""Whether a label is what an expression of a selector wants (LabelSelectorRequirement, NodeSelectorRequirement)."""

from __future__ import annotations

from collections.abc import Sequence


def fits(found: str | None, operator: str | None, values: Sequence[str]) -> bool:  # noqa: PLR0911 -- one an operator
    """`found`: the label's value; None: there is no such label. What no operator is, is not fulfilled."""
    match operator:
        case "In":
            return found in values
        case "NotIn":
            return found not in values
        case "Exists":
            return found is not None
        case "DoesNotExist":
            return found is None
        case "Gt":
            return found is not None and int(found) > int(values[0])
        case "Lt":
            return found is not None and int(found) < int(values[0])
        case _:
            return False
