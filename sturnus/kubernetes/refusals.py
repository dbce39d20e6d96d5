"""What an error of the API server means for whoever asked: one of the platform's own, with Kubernetes' own words.

Kubernetes shows what it refuses, which may be a whole pod template with a password in its environment. Values are taken
out here, at the one door, so that they are in no log and no reason.
"""

from __future__ import annotations

import re
from typing import Final

from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound, SturnusError, Unavailable

_VALUE: Final = re.compile(r'Invalid value: (?:"(?:[^"\\]|\\.)*"|\{.*\}|\[.*\]|\S+): ', re.DOTALL)


class Expired(Unavailable):
    """The version that a list or watch was to start from is too old for the API server: list anew (HTTP 410)."""


def refusal(code: int, message: str, path: str) -> SturnusError:
    """What an error status of Kubernetes means for the caller, with Kubernetes' own words."""
    message = without_values(message)
    match code:
        case 404:
            return NotFound(message, expected="an object that exists", remedy=f"kubectl get --raw /{path}")
        case 409:
            return Conflict(message, expected="no other change at the same time", remedy="try again")
        case 401 | 403:
            return Forbidden(message, expected="a user with that right", remedy="kubectl auth can-i --list")
        case 400 | 422:
            return Invalid(
                message, expected="an object that Kubernetes accepts", remedy="correct the chart or its values"
            )
        case 410:
            return Expired(message, expected="a version that is still known", remedy="list again")
        case _:
            return unavailable(message)


def unavailable(message: str) -> Unavailable:
    """That Kubernetes does not answer, or not usefully."""
    return Unavailable(
        f"Kubernetes does not answer: {message}", expected="an answer in time", remedy="kubectl get nodes"
    )


def without_values(message: str) -> str:
    """A refusal without the value that is refused."""
    return _VALUE.sub("invalid value: ", message)
