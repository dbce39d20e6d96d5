"""Kubernetes' quantities: `500m`, `1.5Gi`, `2e3` (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_FORM: Final = re.compile(r"^(?P<number>[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(?P<unit>[numkMGTPE]?|[KMGTPE]i)$")
_FACTORS: Final = {"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3")}
_POWERS: Final = "kMGTPE"
_BINARY: Final = "KMGTPE"


def quantity(text: object) -> Decimal:
    """The number that a quantity stands for; 0 if it is none."""
    found = _FORM.match(str(text))
    if not found:
        return Decimal(0)
    unit = found["unit"]
    if unit.endswith("i"):
        factor = Decimal(1024) ** (_BINARY.index(unit[0]) + 1)
    elif unit in _FACTORS:
        factor = _FACTORS[unit]
    else:
        factor = Decimal(1000) ** (_POWERS.index(unit) + 1)
    return Decimal(found["number"]) * factor


def bytes_in_words(number: int) -> str:
    """`3.2 GiB`, to two digits."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.4g} {unit}" if value >= 1000 else f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:.3g} TiB"
