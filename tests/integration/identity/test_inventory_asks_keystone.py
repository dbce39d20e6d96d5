"""The inventory as it is served, with a real Keystone behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.inventory.server import Server

from .conftest import Keystone


@pytest.fixture
def server(served: Keystone, tmp_path: Path) -> Iterator[Server]:
    settings = {
        "STURNUS_TOKEN_FILE": "",
        "STURNUS_KEYSTONE_URL": served.settings.url,
        "STURNUS_KEYSTONE_PASSWORD_FILE": str(served.settings.password_file("sturnus")),
    }
    started = Server(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/sturnus.db", settings)
    started.upgrade()
    started.start()
    yield started
    started.stop()


def test_keystones_tokens_open_the_inventory(server: Server, served: Keystone) -> None:
    headers = {"X-Auth-Token": served.token()}
    worker = {"hostname": "compute-0", "personality": "worker"}

    assert server.request("POST", "/v1/ihosts", worker, headers=headers).status == 200
    assert server.request("GET", "/v1/ihosts/compute-0", headers=headers).body["hostname"] == "compute-0"
    assert server.request("GET", "/v1/ihosts", headers={"X-Auth-Token": "made-up"}).status == 401


def test_a_reader_reads_and_hears_who_may_do_more(server: Server, served: Keystone) -> None:
    served.add_user("ann", "secret-of-ann", "admin", "reader")
    headers = {"X-Auth-Token": served.token("ann", "admin", "secret-of-ann")}

    assert server.request("GET", "/v1/ihosts", headers=headers).status == 200
    refused = server.request("POST", "/v1/labels/compute-0", {"rack": "r1"}, headers=headers)
    assert refused.status == 403
    assert refused.fault["faultstring"] == (
        "ann may not assign, overwrite and remove labels: needs the role configurator or admin, has reader in project "
        "admin."
    )
