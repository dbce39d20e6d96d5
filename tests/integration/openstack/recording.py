"""What reached OpenStack: counted at the API server, the platform's only way to it, and read in the services' logs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from sturnus.cloud.access import REQUEST_MARK, USER_AGENT
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud

PATIENCE: Final = 600
QUIET: Final = 25.0
"""Seconds: longer than the platform takes to see that an application has to follow."""
CALLED: Final = re.compile(
    r'^apiserver_request_total\{.*resource="services".*subresource="proxy".*\} (\d+)$', re.MULTILINE
)

AUDIT: Final = "/v2.1/servers/detail?all_tenants=1&status=ERROR&"


@contextmanager
def nobody_called(cloud: Cloud, about: str) -> Iterator[None]:
    """Assert that during the block no request of the platform reached OpenStack, and none of anybody named a host.

    But for the one a minute that asks which servers have failed, of whatever host; with a new token once an hour.
    """
    at_rest(cloud)
    begun, calls = datetime.now(UTC), called(cloud)
    yield
    made = requests(cloud, begun)
    audits = [line for line in made if AUDIT in line]
    # No other request of anybody went to a Service by the API server, which is the platform's only way to OpenStack.
    assert len(audits) <= called(cloud) - calls <= len(audits) + 1
    assert not [line for line in made if line not in audits and (f"req-{REQUEST_MARK}" in line or about in line)]
    neutron = logged(cloud, "neutron-server", begun)  # it logs changes only
    assert f"req-{REQUEST_MARK}" not in neutron
    assert USER_AGENT not in neutron


def requests(cloud: Cloud, since: datetime) -> list[str]:
    """Nova's log of requests, without kubelet's: those have the id of whoever was served before by the same thread."""
    lines = logged(cloud, "nova-api-osapi", since).splitlines()
    return [line for line in lines if "requestlog" in line and '"GET /"' not in line]


def logged(cloud: Cloud, deployment: str, since: datetime) -> str:
    """What its pods logged since a moment."""
    moment = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return cloud.kubectl("logs", f"deploy/{deployment}", "--all-containers", "--since-time", moment)


def called(cloud: Cloud) -> int:
    """Requests to Services that the API server has passed on since it started."""
    return sum(int(found) for found in CALLED.findall(cloud.kubectl("get", "--raw", "/metrics")))


def at_rest(cloud: Cloud) -> None:
    """The application has followed the labels: nobody has called OpenStack for a while."""
    seen = (called(cloud), time.monotonic())

    def quiet_for() -> float:
        nonlocal seen
        columns = ("--format", "value", "--column", "status")
        status = cloud.system("application-show", "openstack", *columns).stdout.strip()
        if status != "applied" or (now := called(cloud)) != seen[0]:
            seen = (called(cloud) if status != "applied" else now, time.monotonic())
        return time.monotonic() - seen[1]

    eventually(quiet_for, lambda seconds: seconds >= QUIET, PATIENCE)
