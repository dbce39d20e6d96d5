"""Settings and services of a controller, as programs read them."""

from __future__ import annotations

import tomllib
from ipaddress import ip_network

import pytest

from sturnus.configuration.bare import steps
from sturnus.configuration.bare.host import HostFile, ProgramFailed, ThisHost
from sturnus.configuration.bare.programs import (
    SETTINGS,
    VIM_SETTINGS,
    ControllerFacts,
    agent_files,
    digest_file,
    service_files,
    settings_files,
)
from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings

FACTS = ControllerFacts("controller-0", "10.0.0.2", "cloud.example", {"system_mode": "simplex"})
SECRET = "of-this-site"


def files(*of: HostFile) -> dict[str, HostFile]:
    return {file.path: file for file in of}


def test_both_settings_files_are_accepted_by_the_programs_that_read_them() -> None:
    written = files(*settings_files(FACTS))

    inventory = Settings(**tomllib.loads(written[SETTINGS].content))
    vim = Settings(**tomllib.loads(written[VIM_SETTINGS].content))

    assert (inventory.listen_address, inventory.system_mode) == ("10.0.0.2", "simplex")
    assert (vim.inventory_url, inventory.vim_url) == ("https://10.0.0.2:6385", "https://10.0.0.2:30001")
    assert {file.mode for file in written.values()} == {0o640}
    assert [file.group for file in written.values()] == ["sturnus", "sturnus-vim"]


def test_each_program_is_a_service_of_its_own_user() -> None:
    written = files(*service_files(FACTS))

    users = {"keystone": "keystone", "inventory": "sturnus", "faults": "sturnus", "vim": "sturnus-vim"}
    assert {path.split("/")[3] for path in written} == users.keys()
    for service, user in users.items():
        last = written[f"/etc/service/{service}/run"].content.splitlines()[-1]
        assert last.startswith(f"exec setpriv --reuid={user} ")
    assert "--public-host cloud.example" in written["/etc/service/keystone/run"].content


def test_the_secret_of_enrolment_is_in_no_file_but_its_own() -> None:
    every = [*settings_files(FACTS), *service_files(FACTS), *agent_files("https://10.0.0.2:6385"), digest_file(SECRET)]

    assert [file.path for file in every if SECRET in file.content] == []
    assert digest_file(SECRET).mode == 0o640


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        (["r/a:1", "r/b:1", "other:2"], []),
        (["r/a:1"], ["r/b:1"]),
        ([], ["r/a:1", "r/b:1"]),
    ],
)
def test_images_that_the_runtime_lacks_are_named(present: list[str], missing: list[str]) -> None:
    assert steps.missing_images(["r/a:1", "r/b:1"], present) == missing


class Addressed(ThisHost):
    """Has two addresses, whatever runs on it."""

    def run(self, *_: object, **__: object) -> str:
        return (
            '[{"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "scope": "host"}]},'
            ' {"ifname": "eth0", "addr_info": [{"local": "10.0.0.2", "scope": "global"},'
            ' {"local": "fe80::1", "scope": "link"}]}, {"ifname": "eth1"}]'
        )


def test_a_controller_listens_where_it_has_an_address_on_the_management_network() -> None:
    assert steps.address_in(Addressed(), ip_network("10.0.0.0/24")) == "10.0.0.2"


def test_a_controller_without_one_is_told_which_it_has() -> None:
    with pytest.raises(Invalid, match=r"no address in 10\.9\.0\.0/24; it has 10\.0\.0\.2$"):
        steps.address_in(Addressed(), ip_network("10.9.0.0/24"))


def test_a_program_that_fails_is_told_by_its_first_error_and_one_that_is_not_there_by_its_name() -> None:
    with pytest.raises(ProgramFailed) as failed:
        ThisHost().run(["sh", "-c", "echo begun; echo 'error: no room' >&2; echo ended >&2; exit 3"])
    assert (failed.value.problem, failed.value.reason) == ("sh ended with status 3", "error: no room")
    with pytest.raises(ProgramFailed, match="no-such-program is not installed"):
        ThisHost().run(["no-such-program"])
