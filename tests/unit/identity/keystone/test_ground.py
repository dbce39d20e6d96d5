import stat
from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.identity.keystone import configuration, ground_hand
from sturnus.identity.keystone.ground import (
    Content,
    CorrectMode,
    Found,
    GroundChange,
    GroundFacts,
    MakeDirectory,
    WriteFile,
    decide,
    directories,
    is_key,
    look,
)
from sturnus.identity.keystone.settings import KeystoneSettings

SETTINGS = KeystoneSettings(state=Path("/state"))
KEY = "A" * 43 + "="
ALL = {
    **{path: Found(0o700) for path in directories(SETTINGS)},
    SETTINGS.configuration: Found(0o600, configuration.render(SETTINGS)),
    Path("/state/fernet-keys/0"): Found(0o600, KEY),
    Path("/state/fernet-keys/1"): Found(0o600, KEY),
    Path("/state/credential-keys/0"): Found(0o600, KEY),
    Path("/state/credential-keys/1"): Found(0o600, KEY),
    Path("/state/passwords/admin"): Found(0o600, "secret"),
    Path("/state/passwords/vim"): Found(0o600, "other"),
}
USERS = ["admin", "vim"]


def decided(found: dict[Path, Found], given: str | None = None) -> tuple[GroundChange, ...]:
    return decide(SETTINGS, USERS, GroundFacts(found), given)


def without(*paths: str) -> dict[Path, Found]:
    return {path: found for path, found in ALL.items() if str(path) not in paths}


def having(path: str, found: Found) -> dict[Path, Found]:
    return {**ALL, Path(path): found}


def test_nothing_is_to_be_done_when_all_is_there() -> None:
    assert decided(ALL) == ()


def test_from_nothing_everything_is_made_directories_first() -> None:
    changes = decided({})
    assert changes[: len(directories(SETTINGS))] == tuple(map(MakeDirectory, directories(SETTINGS)))
    assert [str(change.path) for change in changes[len(directories(SETTINGS)) :]] == [
        "/state/etc/keystone.conf",
        "/state/fernet-keys/0",
        "/state/fernet-keys/1",
        "/state/credential-keys/0",
        "/state/credential-keys/1",
        "/state/passwords/admin",
        "/state/passwords/vim",
    ]


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (without("/state/fernet-keys"), MakeDirectory(Path("/state/fernet-keys"))),
        (having("/state/passwords", Found(0o755)), CorrectMode(Path("/state/passwords"), 0o755, 0o700)),
        (
            having("/state/etc/keystone.conf", Found(0o600, "[token]\n")),
            WriteFile(SETTINGS.configuration, Content.CONFIGURATION, "it differs"),
        ),
        (
            without("/state/fernet-keys/0"),
            WriteFile(Path("/state/fernet-keys/0"), Content.KEY, "it is missing"),
        ),
        (
            without("/state/fernet-keys/1"),
            WriteFile(Path("/state/fernet-keys/1"), Content.KEY, "it is missing"),
        ),
        (
            having("/state/fernet-keys/1", Found(0o600, "")),
            WriteFile(Path("/state/fernet-keys/1"), Content.KEY, "what is there is no key"),
        ),
        (
            having("/state/credential-keys/0", Found(0o644, KEY)),
            CorrectMode(Path("/state/credential-keys/0"), 0o644, 0o600),
        ),
        (
            having("/state/passwords/vim", Found(0o600, "\n")),
            WriteFile(Path("/state/passwords/vim"), Content.PASSWORD, "it is empty"),
        ),
        (
            having("/state/passwords/vim", Found(0o640, "other")),
            CorrectMode(Path("/state/passwords/vim"), 0o640, 0o600),
        ),
    ],
)
def test_one_thing_amiss_is_one_change(found: dict[Path, Found], change: GroundChange) -> None:
    assert decided(found) == (change,)


def test_rotated_keys_are_left_alone() -> None:
    rotated = without("/state/fernet-keys/1")
    rotated[Path("/state/fernet-keys/7")] = Found(0o600, KEY)
    rotated[Path("/state/fernet-keys/8")] = Found(0o600, KEY)
    assert decided(rotated) == ()


def test_a_given_password_replaces_the_administrators_and_nobody_elses() -> None:
    path = Path("/state/passwords/admin")
    assert decided(ALL, "chosen") == (WriteFile(path, Content.GIVEN_PASSWORD, "it differs"),)
    assert decided(ALL, "secret") == ()


def test_no_change_shows_a_secret() -> None:
    shown = f"{decided({}, 'chosen')} {decided(ALL, 'chosen')} {GroundFacts(ALL)}"
    assert "chosen" not in shown
    assert "secret" not in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("text", "good"),
    [(KEY, True), (KEY + "\n", True), ("", False), ("A" * 43, False), ("A" * 40, False), ("é", False)],
)
def test_a_key_is_32_bytes_in_base64(text: str, *, good: bool) -> None:
    assert is_key(text) is good


def test_carrying_out_what_was_decided_leaves_nothing_to_decide(tmp_path: Path) -> None:
    settings = replace(SETTINGS, state=tmp_path / "state")
    for change in decide(settings, USERS, look(settings), None):
        ground_hand.carry_out(change, settings, None)
    assert decide(settings, USERS, look(settings), None) == ()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in settings.state.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_stopped_after_any_change_the_rest_is_decided_next_time(tmp_path: Path) -> None:
    settings = replace(SETTINGS, state=tmp_path / "state")
    steps = 0
    while changes := decide(settings, USERS, look(settings), None):
        ground_hand.carry_out(changes[0], settings, None)
        steps += 1
    assert steps == len(decided({}))
