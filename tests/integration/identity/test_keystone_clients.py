"""The requests that the public StarlingX clients were seen to make (reference/clients.md, "Authentication")."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sturnus.identity.keystone.installation import Installation

from .conftest import Keystone

# What the clients are built on, from Keystone's own environment: the discovery, the token, the look-up in the catalog.
LOOK_UP = """
import json, os
from keystoneauth1 import loading, session
options = {name: os.environ["OS_" + name.upper()] for name in (
    "auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")}
auth = loading.get_plugin_loader("password").load_from_options(**options)
found = session.Session(auth=auth)
print(json.dumps({
    "token": bool(found.get_token()),
    "urls": {kind: found.get_endpoint(service_type=kind, interface=os.environ["OS_INTERFACE"],
                                      region_name=os.environ["OS_REGION_NAME"], **names)
             for kind, names in (("platform", {}), ("nfv", {"service_name": "vim"}), ("faultmanagement", {}))},
}))
"""


def test_discovery_names_a_version_and_an_address(served: Keystone) -> None:
    with served.client() as client:
        version = client.get("/v3").json()["version"]
        versions = client.get("/")
    assert version["status"] == "stable"
    assert version["id"].startswith("v3.")
    assert version["links"] == [{"rel": "self", "href": f"{served.settings.url}/v3/"}]
    assert versions.status_code == 300


def test_the_catalog_has_each_entry_on_each_interface_of_the_region(served: Keystone) -> None:
    catalog = served.login().json()["token"]["catalog"]
    found: dict[tuple[str, str], dict[str, str]] = {
        (entry["type"], entry["name"]): {
            end["interface"]: end["url"] for end in entry["endpoints"] if end["region"] == "RegionOne"
        }
        for entry in catalog
    }
    everywhere = ("admin", "internal", "public")
    assert found == {
        ("identity", "keystone"): dict.fromkeys(everywhere, f"{served.settings.url}/v3"),
        ("platform", "sysinv"): dict.fromkeys(everywhere, "http://127.0.0.1:6385/v1"),
        ("nfv", "vim"): dict.fromkeys(everywhere, "http://127.0.0.1:4545"),
        ("faultmanagement", "fm"): dict.fromkeys(everywhere, "http://127.0.0.1:18002"),
    }


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_openrc_leads_a_client_to_every_service(
    shell: str, served: Keystone, installation: Installation, tmp_path: Path
) -> None:
    openrc = tmp_path / "openrc"
    openrc.write_text(served.run("openrc").stdout)
    program = tmp_path / "look_up.py"
    program.write_text(LOOK_UP)
    python = installation.home / "bin/python"
    done = source_and_run(shell, openrc, str(python), str(program))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "token": True,
        "urls": {
            "platform": "http://127.0.0.1:6385/v1",
            "nfv": "http://127.0.0.1:4545",
            "faultmanagement": "http://127.0.0.1:18002",
        },
    }


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_openrc_is_enough_for_a_token_with_curl(shell: str, served: Keystone, tmp_path: Path) -> None:
    openrc = tmp_path / "openrc"
    openrc.write_text(served.run("openrc").stdout)
    request = tmp_path / "request"
    # From a file, as curl should be given it: arguments can be read by everybody.
    request.write_text(
        'cat <<END | curl --silent --noproxy "*" --include --header "Content-Type: application/json" --data @- '
        '"$OS_AUTH_URL/auth/tokens"\n'
        '{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "$OS_USERNAME",\n'
        '"password": "$OS_PASSWORD", "domain": {"name": "$OS_USER_DOMAIN_NAME"}}}},\n'
        '"scope": {"project": {"name": "$OS_PROJECT_NAME", "domain": {"name": "$OS_PROJECT_DOMAIN_NAME"}}}}}\n'
        "END\n"
    )
    done = source_and_run(shell, openrc, shell, str(request))
    assert done.stdout.startswith("HTTP/1.1 201 CREATED")
    assert "X-Subject-Token: gAAAA" in done.stdout


def source_and_run(shell: str, openrc: Path, *command: str) -> subprocess.CompletedProcess[str]:
    script = f'. "{openrc}" && exec "$@"' if shell == "bash" else f'. "{openrc}"; exec "$@"'
    environment = {"PATH": "/usr/bin:/bin"}
    arguments: list[Any] = [shell, "-uc", script, shell, *command]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60, check=False)
