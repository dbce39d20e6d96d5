"""ETag and If-Match: who changes a thing can say which version he decided from, and loses nobody's change."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Header

from sturnus.core.errors import Invalid

_ETAG: Final = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag(revision: int) -> str:
    """The header's value for a revision."""
    return f'"{revision}"'


async def expected_revision(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """Dependency: the revision that the caller decided from; None if he does not care."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Invalid(
            "If-Match is not one of our ETags.", expected='"NUMBER" or *', remedy="send the ETag of the last answer"
        )
    return int(found.group(1))


Revision = Annotated[int | None, Depends(expected_revision)]
