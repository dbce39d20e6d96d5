"""Durations as Go writes them: `30m`, `1h30m`, `1.5h`, `100ms` (time.ParseDuration)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_PART: Final = re.compile(r"(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(h|ms|us|µs|μs|ns|m|s)")
_WHOLE: Final = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration(text: str) -> timedelta | None:
    """Read a duration that is not negative; None if it is none, or longer than a century."""
    if text == "0":
        return timedelta()
    if len(text) > 64 or not _WHOLE.fullmatch(text):
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return timedelta(seconds=seconds) if seconds < 100 * 366 * 86400 else None
