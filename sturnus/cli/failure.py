"""How a command ends when it cannot do what was asked."""

from __future__ import annotations


class CommandError(Exception):
    """One line for the operator, and what to do about it. The exit status is 1."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class HttpError(CommandError):
    """The platform refused a request, in its own words."""

    def __init__(self, status: int, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.status = status
