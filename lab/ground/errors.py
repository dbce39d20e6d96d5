"""The one kind of failure that the lab shows to people."""

from __future__ import annotations


class LabError(Exception):
    """Something an operator can act on: what is wrong, and what to do about it.

    The command line prints it as one line and ends with status 1.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem = problem
        self.remedy = remedy
