import asyncio
import subprocess
from pathlib import Path

from sturnus.identity.keystone import database
from sturnus.identity.keystone.installation import Installation


def test_a_half_made_installation_is_made_again(tmp_path: Path) -> None:
    installation = Installation.within(tmp_path)
    installation.uwsgi.parent.mkdir(parents=True)
    installation.uwsgi.write_text("half")

    asyncio.run(installation.install())

    assert installation.complete
    version = subprocess.run([installation.uwsgi, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert version.stdout.startswith("2.")
    assert len(database.wanted_version(installation)) == 2


def test_another_lock_file_or_python_is_another_installation(tmp_path: Path) -> None:
    home = Installation.within(tmp_path).home
    assert home.name.startswith("keystone-")
    assert len(home.name) == len("keystone-") + 16
