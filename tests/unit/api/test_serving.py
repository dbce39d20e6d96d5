from pathlib import Path
from typing import Any

import pytest

from sturnus.api.listening import listening_socket
from sturnus.api.policy import ACTION_PERMISSIONS
from sturnus.api.serving import authenticator_from
from sturnus.api.token_file import TokenFile
from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings
from sturnus.core.states import HostAction
from sturnus.identity.tokens import TokenValidator


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STURNUS_CONFIG", "/nonexistent")


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"token_file": Path("/tokens")}, TokenFile),
        ({"keystone_url": "http://127.0.0.1:5000"}, TokenValidator),
    ],
)
def test_who_checks_tokens(settings: dict[str, Any], kind: type) -> None:
    assert isinstance(authenticator_from(Settings(**settings)), kind)


def test_a_platform_that_cannot_check_tokens_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sturnus.toml"
    file.write_text("listen_port = 6385\n")
    monkeypatch.setenv("STURNUS_CONFIG", str(file))

    with pytest.raises(Invalid, match="Nobody can check tokens"):
        authenticator_from(Settings())


def test_a_platform_without_its_settings_names_the_file_that_is_missing() -> None:
    with pytest.raises(Invalid) as refused:
        authenticator_from(Settings())

    assert refused.value.message == "There is no /nonexistent."
    assert refused.value.remedy == (
        "write it (docs/how-to/install.md); for the VIM: STURNUS_CONFIG=/etc/sturnus/vim.toml"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"listen_address": "192.0.2.1"}, "Plain HTTP on 192.0.2.1 would send tokens in the open."),
        ({"listen_address": "::"}, "Plain HTTP on :: would send tokens in the open."),
        ({"tls_key": Path("/key")}, "TLS needs a certificate and a key."),
        (
            {"listen_address": "192.0.2.1", "plain_http": "anywhere"},
            "Cannot listen on 192.0.2.1 port 6385: Cannot assign requested address.",
        ),
    ],
)
def test_where_it_does_not_listen(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        listening_socket(Settings(**settings))

    assert refused.value.message == message


def test_every_action_needs_a_permission() -> None:
    assert ACTION_PERMISSIONS.keys() == set(HostAction)
