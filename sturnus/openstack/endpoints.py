"""Where services are reached, and the region that they stand under. Passwords are nobody's values: `passwords`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sturnus.openstack.facts import PlatformFacts

USERS: Final[Mapping[str, tuple[str, ...]]] = {
    "keystone": ("admin",),
    "placement": ("admin", "placement"),
    "glance": ("admin", "glance"),
    "nova": ("admin", "nova"),
    "neutron": ("admin", "neutron"),
    "horizon": ("admin",),
}
"""Chart → users under `endpoints.identity.auth`, each of which says its region."""
PUBLIC: Final[Mapping[str, tuple[str, str]]] = {
    "keystone": ("identity", "keystone"),
    "placement": ("placement", "placement"),
    "glance": ("image", "glance"),
    "nova": ("compute", "nova"),
    "neutron": ("network", "neutron"),
    "horizon": ("dashboard", "horizon"),
}
"""Chart → type under `endpoints`, and name within the endpoint domain."""


def region(chart: str, facts: PlatformFacts) -> dict[str, Any]:
    """The region of every user that a chart knows: that of the system."""
    auth = {user: {"region_name": facts.region} for user in USERS.get(chart, ())}
    return {"endpoints": {"identity": {"auth": auth}}} if auth else {}


def public_names(chart: str, facts: PlatformFacts) -> dict[str, Any]:
    """Names under which users outside find a service, if the operator set a domain for them (reference §4.4)."""
    if facts.endpoint_domain is None or chart not in PUBLIC:
        return {}
    kind, name = PUBLIC[chart]
    public = {"public": {"host": f"{name}.{facts.endpoint_domain}"}}
    return {"endpoints": {kind: {"host_fqdn_override": public}}}
