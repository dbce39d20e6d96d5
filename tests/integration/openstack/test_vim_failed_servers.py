"""A server that Nova has in ERROR is an alarm of the platform, until it is gone."""

from __future__ import annotations

from typing import Final

from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import User
from tests.integration.platform.operator import operator_of

PATIENCE: Final = 180
"""Seconds: the VIM looks once a minute."""
TOO_LARGE: Final = """
flavor = cloud.compute.find_flavor("stranded") or cloud.compute.create_flavor(
    name="stranded", ram=49152, vcpus=1, disk=1)  # more than a host has, and less than the quota
made = cloud.compute.create_server(name="stranded", image_id=cloud.image.find_image("guest").id, flavor_id=flavor.id,
                                   networks="none")
until(lambda: server("stranded"), lambda now: now.status == "ERROR")
answer = {"uuid": made.id, "project": cloud.current_project_id}
"""
GONE: Final = """
cloud.compute.delete_server(uuid)
until(lambda: cloud.compute.find_server(uuid), lambda now: now is None)
"""


def test_it_is_told_where_and_why_and_ends_with_the_server(cloud: Cloud, user: User, lab_command: LabCommand) -> None:
    fm = operator_of(cloud.lab, lab_command, "fm")

    def alarms() -> list[str]:
        return [line for line in fm("alarm-list").stdout.splitlines() if "700.001" in line]

    made = cloud.run(TOO_LARGE)
    try:
        (alarm,) = eventually(alarms, lambda now: len(now) == 1, PATIENCE)
    finally:
        cloud.run(GONE, uuid=made["uuid"])

    assert f"tenant={made['project']}.instance={made['uuid']}" in alarm
    assert "server stranded failed before it came to a host: No valid host" in alarm
    eventually(alarms, lambda now: now == [], PATIENCE)
