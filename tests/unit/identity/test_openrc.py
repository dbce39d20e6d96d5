import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.identity.openrc import CLOUD, ClientFacts, render_clouds, render_openrc, render_secure

SHELLS = ["sh", "bash"]
PASSWORD = 'it\'s $HOME `x` "y" \\n'


@pytest.fixture
def facts(tmp_path: Path) -> ClientFacts:
    password_file = tmp_path / "a dir's" / "admin"
    password_file.parent.mkdir()
    password_file.write_text(PASSWORD)
    return ClientFacts(auth_url="http://192.0.2.1:5000/v3", password_file=password_file)


def source(shell: str, text: str, tmp_path: Path, then: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "openrc"
    file.write_text(text)
    environment = {"PATH": "/usr/bin:/bin", "OS_SERVICE_TOKEN": "left over"}
    command = [shell, "-uc", then, shell, str(file)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("shell", SHELLS)
def test_sourcing_exports_what_clients_read(shell: str, facts: ClientFacts, tmp_path: Path) -> None:
    done = source(shell, render_openrc(facts), tmp_path, 'f=$1; shift; . "$f" && env -0')
    exported = dict(line.split("=", 1) for line in done.stdout.split("\0") if line.startswith(("OS_", "CINDER_")))
    assert done.stderr == ""
    assert exported == {
        "OS_ENDPOINT_TYPE": "internalURL",
        "CINDER_ENDPOINT_TYPE": "internalURL",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": PASSWORD,
        "OS_AUTH_TYPE": "password",
        "OS_AUTH_URL": "http://192.0.2.1:5000/v3",
        "OS_PROJECT_NAME": "admin",
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_REGION_NAME": "RegionOne",
        "OS_INTERFACE": "internal",
    }


@pytest.mark.parametrize("shell", SHELLS)
def test_without_the_password_sourcing_fails_and_says_why(shell: str, facts: ClientFacts, tmp_path: Path) -> None:
    facts.password_file.unlink()
    then = 'f=$1; shift; . "$f"; echo "$? ${OS_PASSWORD-unset} $OS_USERNAME"'
    done = source(shell, render_openrc(facts), tmp_path, then)
    assert done.stdout == "1 unset admin\n"
    assert done.stderr == "openrc: the password is available only on the active controller, to its administrator\n"


def test_no_credentials_leaves_the_password_out(facts: ClientFacts, tmp_path: Path) -> None:
    then = '. "$1" --no_credentials; echo "$? ${OS_PASSWORD-unset} $OS_USERNAME"'
    assert source("bash", render_openrc(facts), tmp_path, then).stdout == "0 unset admin\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_value_is_never_run(shell: str, facts: ClientFacts, tmp_path: Path) -> None:
    region = "$(touch owned); 'x'"
    done = source(
        shell, render_openrc(replace(facts, region=region)), tmp_path, 'f=$1; shift; . "$f"; echo "$OS_REGION_NAME"'
    )
    assert done.stdout == region + "\n"


def test_an_interactive_shell_shows_who_it_is(facts: ClientFacts, tmp_path: Path) -> None:
    file = tmp_path / "openrc"
    file.write_text(render_openrc(facts))
    command = ["bash", "--norc", "-ic", '. "$0"; echo "$PS1"', str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "[\\u@\\h \\W(keystone_admin)]\\$ \n"


def test_no_file_for_everybody_holds_the_password(facts: ClientFacts) -> None:
    assert PASSWORD not in render_openrc(facts) + render_clouds({CLOUD: facts})


def test_whom_to_trust_is_said_or_unsaid(facts: ClientFacts, tmp_path: Path) -> None:
    then = 'export OS_CACERT=left-over; . "$1"; echo "${OS_CACERT-unset}"'
    private = replace(facts, ca_file=tmp_path / "a dir's" / "ca.crt")

    assert source("bash", render_openrc(facts), tmp_path, then).stdout == "unset\n"
    assert source("bash", render_openrc(private), tmp_path, then).stdout == f"{private.ca_file}\n"
    assert json.loads(render_clouds({CLOUD: private}))["clouds"]["platform"]["cacert"] == str(private.ca_file)


def test_clouds_and_secure_name_the_same_cloud(facts: ClientFacts) -> None:
    clouds, secure = json.loads(render_clouds({CLOUD: facts})), json.loads(render_secure(PASSWORD))
    assert clouds["clouds"]["platform"]["auth"]["auth_url"] == "http://192.0.2.1:5000/v3"
    assert clouds["clouds"]["platform"]["interface"] == "internal"
    assert secure == {"clouds": {"platform": {"auth": {"password": PASSWORD}}}}
