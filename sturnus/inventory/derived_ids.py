"""Ids of things that are not stored but read from what a host reported: ports, processors, memory, devices.

They have to stay the same from one report to the next, and to lead back to their host without a search. So they are
UUIDs of version 8, whose content is free (RFC 9562 §5.8): the host's number and a digest of what the thing is called.

    HHHHHHHH-DDDD-8DDD-bDDD-DDDDDDDDDDDD     H: the host's number   D: SHA-256 of "uuid of the host/kind/name"
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from sturnus.inventory.host import Host

_OURS: Final = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-8[0-9a-f]{3}-b[0-9a-f]{3}-[0-9a-f]{12}")


def derived_id(host: Host, kind: str, name: str) -> str:
    """The id of a thing of a host, e.g. `derived_id(host, "cpu", "3")`."""
    digest = hashlib.sha256(f"{host.uuid}/{kind}/{name}".encode()).hexdigest()
    return f"{host.id:08x}-{digest[:4]}-8{digest[4:7]}-b{digest[7:10]}-{digest[10:22]}"


def host_number(uuid: str) -> str | None:
    """The number of the host that a derived id belongs to, as a reference; None if it is none of ours."""
    found = _OURS.fullmatch(uuid.lower())
    return None if found is None else str(int(found[1], 16))
