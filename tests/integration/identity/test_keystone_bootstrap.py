import asyncio
import fcntl
import subprocess
from pathlib import Path

import pytest

from sturnus.core.errors import Conflict
from sturnus.identity.keystone import database
from sturnus.identity.keystone.installation import Installation

from .conftest import Keystone


def processes_of(keystone: Keystone) -> list[str]:
    """Command lines that name the state directory or a file in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(keystone.settings.state) in words:
            found.append(words)
    return found


def test_from_nothing_and_then_nothing(empty: Keystone) -> None:
    changes = empty.bootstrap()
    assert "make the administrator (keystone-manage bootstrap)" in changes
    assert "add role operator" in changes
    assert "add internal endpoint of platform: http://127.0.0.1:6385/v1" in changes
    assert empty.bootstrap() == []


def test_killed_at_any_point_it_goes_on_from_there(empty: Keystone) -> None:
    # A line is written before its change is made, so the kill comes in the middle of it. What a killed Keystone still
    # did is chance, so the later kills count lines.
    first = [("write a key", 1), ("bring the database", 1), ("make the administrator", 1)]
    for words, lines in [*first, *[("", number) for number in (4, 3, 5, 2, 6)]]:
        with subprocess.Popen(empty.command("bootstrap"), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            seen = [line for _, line in zip(range(lines), (x for x in process.stdout if words in x), strict=False)]
            process.kill()
        assert len(seen) == lines, words
        assert process.returncode == -9
    assert empty.bootstrap() != []
    assert empty.bootstrap() == []
    assert processes_of(empty) == []


def test_what_drifted_is_put_right_and_nothing_else(served: Keystone) -> None:
    vim, fm, services = (
        served.id_of("users", name="vim"),
        served.id_of("users", name="fm"),
        served.id_of("projects", name="services"),
    )
    reader, member = served.id_of("roles", name="reader"), served.id_of("roles", name="member")
    platform = served.id_of("services", type="platform")
    endpoint = served.id_of("endpoints", service_id=platform, interface="public")
    served.ask("PATCH", f"/users/{vim}", {"user": {"password": "somebody-elses"}})
    served.ask("PATCH", f"/users/{fm}", {"user": {"enabled": False}})
    served.ask("PUT", f"/projects/{services}/users/{vim}/roles/{member}")
    served.ask("DELETE", f"/projects/{services}/users/{vim}/roles/{reader}")
    served.ask("PATCH", f"/endpoints/{endpoint}", {"endpoint": {"url": "http://elsewhere"}})
    served.ask("POST", "/services", {"service": {"type": "nfv", "name": "impostor"}})
    served.settings.password_file("fm").chmod(0o644)

    changes = [line.rpartition(" (")[0] if "second service" in line else line for line in served.bootstrap()]

    assert changes == [
        f"set mode of {served.settings.password_file('fm')} to 0600: it is 0644",
        "correct user vim: the password in its file is refused",
        "correct user fm: it is disabled",
        "grant reader in services to vim",
        "revoke member in services from vim",
        "correct public endpoint of platform: http://127.0.0.1:6385/v1; it is http://elsewhere",
        "remove the second service nfv",
    ]
    assert served.bootstrap() == []
    assert served.login("vim", "services").status_code == 201


def test_a_chosen_password_takes_effect_and_is_shown_nowhere(set_up: Keystone) -> None:
    chosen = "chosen-by-the-operator"
    changes = set_up.bootstrap({"OS_BOOTSTRAP_PASSWORD": chosen})
    assert changes == [
        f"write the given password to {set_up.settings.password_file('admin')}: it differs",
        "make the administrator (keystone-manage bootstrap)",
    ]
    assert set_up.bootstrap() == []
    logged = (set_up.settings.transient / "bootstrap.log").read_text()
    assert chosen not in logged
    with set_up.serving():
        assert set_up.login(password=chosen).status_code == 201


def test_everything_is_for_its_owner_alone(served: Keystone) -> None:
    state = served.settings.state
    open_to_others = [path for path in (state, *state.rglob("*")) if path.stat().st_mode & 0o077 and path.is_dir()]
    assert open_to_others == []
    assert served.settings.database.stat().st_mode & 0o777 == 0o600


def test_two_at_once_are_refused(empty: Keystone) -> None:
    empty.settings.state.mkdir(mode=0o700)
    lock = empty.settings.state / "bootstrap.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = empty.run("bootstrap")
    assert done.returncode == 1
    assert "another bootstrap is running" in done.stderr


def test_a_database_is_migrated_as_a_copy_and_keeps_what_it_held(set_up: Keystone, installation: Installation) -> None:
    before = set_up.settings.database.stat().st_ino
    asyncio.run(database.migrate(set_up.settings, installation))
    assert set_up.settings.database.stat().st_ino != before
    assert set_up.bootstrap() == []


def test_a_database_that_is_served_is_not_replaced(served: Keystone, installation: Installation) -> None:
    before = served.settings.database.stat().st_ino
    with pytest.raises(Conflict, match="Keystone's database has to be migrated"):
        asyncio.run(database.migrate(served.settings, installation))
    assert served.settings.database.stat().st_ino == before


def test_what_is_not_ready_is_not_served(empty: Keystone) -> None:
    done = empty.run("run")
    assert done.returncode == 1
    assert done.stderr.startswith("keystone: Keystone is not ready to be served: make directory ")


def test_health_is_a_token_and_says_why_there_is_none(served: Keystone, empty: Keystone) -> None:
    assert served.run("health").returncode == 0
    nobody = empty.run("health")
    assert nobody.returncode == 1
    assert f"{empty.settings.password_file('sturnus')}: No such file or directory" in nobody.stderr
    empty.settings.passwords.mkdir(parents=True)
    empty.settings.password_file("sturnus").write_text("x")
    silent = empty.run("health")
    assert f"ConnectError at {empty.settings.url}" in silent.stderr


def test_no_secret_is_in_the_serving_process(served: Keystone) -> None:
    secrets = [file.read_text().encode() for file in served.settings.passwords.iterdir()]
    workers = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    shown = b""
    for process in workers:
        try:
            environment = (process / "environ").read_bytes()
            if str(served.settings.state).encode() in environment:
                shown += environment + (process / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    assert shown != b""
    assert [secret for secret in secrets if secret in shown] == []
