"""Settings and services of a controller, as programs read them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from dataclasses import replace
from ipaddress import ip_network

import pytest

from sturnus.configuration.bare import steps
from sturnus.configuration.bare.host import HostFile, ProgramFailed, ThisHost
from sturnus.configuration.bare.programs import (
    NODES_KUBECONFIG,
    RENEWAL,
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
    assert {path.split("/")[3] for path in written} == {*users, RENEWAL}
    for service, user in users.items():
        last = written[f"/etc/service/{service}/run"].content.splitlines()[-1]
        assert last.startswith(f"exec setpriv --reuid={user} ")
    assert "--public-host cloud.example" in written["/etc/service/keystone/run"].content


def test_every_token_in_the_cluster_is_renewed_by_a_service_and_none_by_its_own_account() -> None:
    """Used to be nobody's: a platform lost its cluster a year after it was made."""
    facts = replace(FACTS, system={"nodes_kubeconfig": NODES_KUBECONFIG})

    run = files(*service_files(facts))[f"/etc/service/{RENEWAL}/run"].content

    assert re.findall(r"--account (\S+) --output (\S+) --owner (\S+) \|\| failed=1", run) == [
        ("inventory", "/etc/sturnus/kubeconfig", "sturnus"),
        ("applications", "/etc/sturnus/applications-kubeconfig", "sturnus"),
        ("vim", "/etc/sturnus/vim-kubeconfig", "sturnus-vim"),
        ("nodes", "/etc/sturnus/nodes-kubeconfig", "sturnus"),
    ]
    assert "--account nodes" not in files(*service_files(FACTS))[f"/etc/service/{RENEWAL}/run"].content


@pytest.mark.parametrize(("ends_with", "status"), [("true", "0"), ("false", "1")])
def test_a_renewal_that_failed_hinders_no_other_and_is_tried_again_after_an_hour(ends_with: str, status: str) -> None:
    run = files(*service_files(FACTS))[f"/etc/service/{RENEWAL}/run"].content
    scripted = f"sleep() {{ echo slept $1; }}\nrenew() {{ echo renewed; {ends_with}; }}\n"
    renewing = re.sub(r"^/opt/\S+ kubeconfig-create .* \|\|", "renew ||", run, flags=re.MULTILINE)
    script = renewing.replace("exec sleep", "sleep")

    done = subprocess.run(["sh", "-c", scripted + script], capture_output=True, text=True, check=False, timeout=20)

    said = done.stdout.split("\n")
    assert said[:4] == ["slept 3600", "renewed", "renewed", "renewed"]
    assert (said[4], str(done.returncode)) == ("slept 82800" if status == "0" else "", status)


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
