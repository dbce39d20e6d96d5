"""What a plain word in YAML means, by the rules of Helm.

Helm reads values with go-yaml v2, whose rules are not PyYAML's: `y` is true, `22:22` and a date are text, `1e3` is a
number. Values that pass through here reach a template as they would have from a file that Helm reads itself.
"""

from __future__ import annotations

import math
import re
from typing import Final

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?")
_OCTAL: Final = re.compile(r"([-+]?)0[oO]?([0-7]+)")
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[bB][01]+)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BITS_64: Final = range(-(2**63), 2**64)


def resolve(text: str) -> Scalar:
    """Say what an unquoted word means: text, number, bool or null."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or _DATE.fullmatch(text):
        return text
    plain = text if text[0] == "." else text.replace("_", "")
    number = _whole(plain)
    if number is not None:
        return number
    # Only so many digits: a hostile file has integers of a megabyte, and making them costs quadratic time.
    if len(plain) > 400 or not _FLOAT.fullmatch(plain):
        return text
    fraction = float(plain)
    return text if math.isinf(fraction) else fraction


def _whole(plain: str) -> int | None:
    if len(plain) > 70:
        return None
    if octal := _OCTAL.fullmatch(plain):
        number = int(octal[1] + octal[2], 8)
    elif _INTEGER.fullmatch(plain):
        number = int(plain, 0)
    else:
        return None
    return number if number in _BITS_64 else None
