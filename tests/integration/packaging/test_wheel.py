"""The wheel: installed into an environment of its own, and used from there.

What the product depends on is lent by the environment of the tests, so no index is asked.
"""

import os
import site
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from lab.platform.packages import product_package

CHECKOUT = Path(__file__).parents[3]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
SCRIPTS = sorted(set(PROJECT["scripts"]) - {"lab"})  # a lab is made from a checkout
FOR_DEVELOPERS = ("/requirements.in", "/script.py.mako")
"""What Keystone's lock is resolved from, and what a new migration is made from."""


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Away from the checkout, and without a hint where it is."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "STURNUS_", "OS_"))}
    return subprocess.run(
        command, cwd="/", env=clean | environment, check=False, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return product_package(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def prefix(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that it was installed into."""
    made = tmp_path_factory.mktemp("environment") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", made)
    python = made / "bin/python"
    installed = run(
        sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel
    )
    assert installed.returncode == 0, installed.stderr
    # Their path only: a .pth file in there, which an editable installation of ours is, is not read.
    (packages,) = made.glob("lib/python3*/site-packages")
    (packages / "lent.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    where = run(python, "-c", "import sturnus; print(sturnus.__file__)").stdout
    assert where.startswith(str(made))
    return made


@pytest.mark.parametrize("script", SCRIPTS)
def test_commands_work_from_it(prefix: Path, script: str) -> None:
    helped = run(prefix / "bin" / script, "--help")

    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith(f"usage: {script} ")


def test_it_brings_what_the_agent_applies(prefix: Path) -> None:
    puppet = CHECKOUT / "puppet"
    wanted = {path.relative_to(puppet) for path in puppet.rglob("*") if path.is_file()}
    there = prefix / "share/sturnus/puppet"

    assert {path.relative_to(there) for path in there.rglob("*") if path.is_file()} == wanted


def test_it_brings_every_file_of_the_product(wheel: Path) -> None:
    product = CHECKOUT / "sturnus"
    files = {str(path.relative_to(CHECKOUT)) for path in product.rglob("*") if path.is_file()}
    wanted = {name for name in files if "__pycache__" not in name and not name.endswith(FOR_DEVELOPERS)}

    assert sorted(wanted - set(zipfile.ZipFile(wheel).namelist())) == []


def test_a_database_is_made_by_the_migrations_in_it(prefix: Path, tmp_path: Path) -> None:
    database = tmp_path / "sturnus.db"

    made = run(
        prefix / "bin/sturnus",
        "db",
        "upgrade",
        STURNUS_DATABASE_URL=f"sqlite+aiosqlite:///{database}",
        STURNUS_CONFIG=str(tmp_path / "none.toml"),
    )

    assert made.returncode == 0, made.stderr
    assert database.stat().st_size > 0


def test_keystone_is_installed_from_the_lock_in_it(prefix: Path) -> None:
    python = "from sturnus.identity.keystone import installation as i; print(i.__file__)"
    (lock,) = prefix.glob("lib/python3*/site-packages/sturnus/identity/keystone/requirements.lock")

    assert "keystone==" in lock.read_text()
    assert run(prefix / "bin/python", "-c", python).returncode == 0
    assert run(prefix / "bin/python", "-m", "sturnus.identity.keystone", "--help").returncode == 0
