"""The closed set of failures that an operator can act on.

Each says what was found, what was expected and what to do. The API turns the kind into a status, the CLI into one line
and an exit code. Anything else that is raised is a defect: it is logged with an id, and only the id is shown.
"""

from __future__ import annotations


class SturnusError(Exception):
    """Base of the closed set; never raised itself.

    `message` is what was found, `expected` what would have been accepted, `remedy` what to do, with the command.
    """

    def __init__(self, message: str, *, expected: str, remedy: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.remedy = remedy
        self.details = details
        """Every violation in words, when there were several; `message` then joins them."""


class Invalid(SturnusError):
    """The request cannot be accepted as things are: its form is wrong, or a check refuses it."""


class NotFound(SturnusError):
    """The thing named in the request does not exist."""


class Conflict(SturnusError):
    """Something else already has this name, or changed the same thing at the same time."""


class Stale(Conflict):
    """The caller decided from an older version of the thing than the one that is stored. Read again, then decide."""


class Forbidden(SturnusError):
    """The caller is known, and may not do this."""


class Unavailable(SturnusError):
    """Something that is needed does not answer. Nothing was changed; trying again later may help."""
