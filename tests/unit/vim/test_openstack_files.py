"""What the VIM makes of its two files, in every state that Puppet leaves them in on its way."""

from pathlib import Path
from typing import cast

import pytest

from sturnus.core.errors import Unavailable
from sturnus.identity.openstack_login import OpenStackLogin
from sturnus.vim.facts import ServiceKind
from sturnus.vim.openstack_files import NFVI_FILE, VIM_FILE, Clients, OpenStackFiles, configured
from sturnus.vim.servers.ports import Servers
from tests.scripted_vim import RecordedService

OFF = "[nfvi]\ncompute_plugin_disabled=True\nnetwork_plugin_disabled=True\nguest_plugin_disabled=True\n"
ON = OFF.replace("True", "False")
COMPUTE_ONLY = OFF.replace("compute_plugin_disabled=True", "compute_plugin_disabled=False")
PLATFORM = "[platform]\nusername=vim\n[nova]\nregion_name=RegionTwo\n"
OPENSTACK = PLATFORM + (
    "[openstack]\nusername=admin\ntenant=admin\nauthorization_protocol=http\n"
    "authorization_ip=keystone-api.openstack.svc.cluster.local\nauthorization_port=5000\n"
    "user_domain_name=Default\nproject_domain_name=Default\npassword_file=/etc/nfv/password\n"
)
ALL = frozenset(ServiceKind)
NONE: frozenset[ServiceKind] = frozenset()
NETWORK_ONLY = OFF.replace("network_plugin_disabled=True", "network_plugin_disabled=False")
SERVERS = cast(Servers, object())


@pytest.mark.parametrize(
    ("vim", "nfvi", "plugins"),
    [
        ("", "", NONE),
        (OFF, PLATFORM, NONE),
        (OFF, OPENSTACK, NONE),  # on the way in: the credentials come first
        (ON, OPENSTACK, ALL),
        (ON, PLATFORM, NONE),  # on the way out: the credentials went first
        (COMPUTE_ONLY, OPENSTACK, frozenset({ServiceKind.COMPUTE})),
        ("[nfvi]\n", OPENSTACK, NONE),
    ],
    ids=["no files", "before", "half in", "installed", "half out", "one plugin", "no flags"],
)
def test_plugins_are_on_only_if_both_files_say_so(vim: str, nfvi: str, plugins: frozenset[ServiceKind]) -> None:
    assert configured(vim, nfvi).plugins == plugins


def test_the_login_is_that_of_the_section_without_its_password() -> None:
    assert configured(ON, OPENSTACK).login == OpenStackLogin(
        auth_url="http://keystone-api.openstack.svc.cluster.local:5000/v3",
        username="admin",
        project="admin",
        user_domain="Default",
        project_domain="Default",
        region="RegionTwo",
        password_file=Path("/etc/nfv/password"),
    )


class Connecting:
    def __init__(self) -> None:
        self.logins: list[OpenStackLogin] = []

    def __call__(self, login: OpenStackLogin) -> Clients:
        self.logins.append(login)
        return Clients({kind: RecordedService(kind, []) for kind in ServiceKind}, SERVERS)


def put(directory: Path, vim: str, nfvi: str) -> None:
    for file, text in ((VIM_FILE, vim), (NFVI_FILE, nfvi)):
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        beside = directory / f"{file}.new"
        beside.write_text(text)
        beside.replace(directory / file)  # as Puppet does


@pytest.mark.anyio
async def test_the_files_are_read_anew_when_they_change_and_clients_are_made_once_a_login(tmp_path: Path) -> None:
    connecting = Connecting()
    files = OpenStackFiles(tmp_path, connecting)
    assert await files.services() == {}

    put(tmp_path, ON, OPENSTACK)
    assert set(await files.services()) == ALL
    assert await files.services() == await files.services()
    assert len(connecting.logins) == 1

    put(tmp_path, COMPUTE_ONLY, OPENSTACK)
    assert set(await files.services()) == {ServiceKind.COMPUTE}
    assert len(connecting.logins) == 1

    put(tmp_path, OFF, PLATFORM)
    assert await files.services() == {}
    assert files.says() == "not installed"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("vim", "nfvi", "known"),
    [
        (ON, OPENSTACK, SERVERS),
        (COMPUTE_ONLY, OPENSTACK, SERVERS),
        (NETWORK_ONLY, OPENSTACK, None),
        (ON, PLATFORM, None),
    ],
    ids=["installed", "compute only", "network only", "removed"],
)
async def test_servers_are_asked_for_while_the_compute_plugin_is_on(
    tmp_path: Path, vim: str, nfvi: str, known: Servers | None
) -> None:
    put(tmp_path, vim, nfvi)

    assert await OpenStackFiles(tmp_path, Connecting()).servers() is known


@pytest.mark.anyio
@pytest.mark.parametrize(
    "nfvi", ["nonsense", OPENSTACK.replace("tenant=admin\n", "")], ids=["no INI", "a key is missing"]
)
async def test_files_that_make_no_sense_are_not_taken_for_an_openstack_that_is_gone(tmp_path: Path, nfvi: str) -> None:
    put(tmp_path, ON, nfvi)
    files = OpenStackFiles(tmp_path, Connecting())

    with pytest.raises(Unavailable, match=f"{NFVI_FILE} cannot be read"):
        await files.services()

    put(tmp_path, ON, OPENSTACK)
    assert set(await files.services()) == ALL
