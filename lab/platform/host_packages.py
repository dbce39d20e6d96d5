"""The platform's packages on a host, installed as a user would: from a directory, into an environment of its own.

The next host gets a copy of that environment: it would be the same, file by file.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground.commands import run
from lab.ground.description import Host, Lab
from lab.ground.progress import Progress
from lab.machine import disk, inside
from lab.platform import environments
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.programs import HOME, PACKAGES, SERVICES

INSTALLED: Final = f"{HOME}/installed"
INSTALL_DEADLINE: Final = timedelta(minutes=5)

INSTALL: Final = f"""
set -e
/usr/bin/python3 -m venv {HOME}
pip="{HOME}/bin/pip install --quiet --disable-pip-version-check --no-index --find-links {PACKAGES}"
$pip --require-hashes --requirement {PACKAGES}/requirements.lock
$pip --no-deps --force-reinstall {PACKAGES}/sturnus-*.whl
"""
LINK: Final = f"""
for program in config_controller fm sturnus sw-manager system; do ln -sf {HOME}/bin/$program /usr/local/bin/; done
"""
COPY: Final = f"cd {HOME} && rm -rf bin include lib lib64 pyvenv.cfg share && tar -x"


def have_packages(lab: Lab, host: Host, packages: Path, progress: Progress) -> None:
    """Install what is in the directory, unless the host has exactly that; its services begin anew with it."""
    digest = _digest(packages)
    if inside.run(lab, host, ["sh", "-c", f"cat {INSTALLED} 2>/dev/null || true"]) == digest:
        return
    with progress.step(f"{host.name}: install the platform's packages"):
        inside.run(lab, host, ["rm", "-rf", PACKAGES])
        inside.put_tree(lab, host, packages, PACKAGES)
        _have_environment(lab, host, packages)
        inside.run(lab, host, ["sh", "-c", LINK])
        restart(lab, host, *SERVICES, "agent")
        inside.put(lab, host, [HostFile(INSTALLED, digest)])


def _have_environment(lab: Lab, host: Host, packages: Path) -> None:
    kept = environments.kept(packages)
    if kept.exists():
        run(inside.command(lab, host, ["sh", "-c", COPY]), stdin=kept.read_bytes(), deadline=INSTALL_DEADLINE)
        return
    inside.run(lab, host, ["sh", "-c", INSTALL], deadline=INSTALL_DEADLINE)
    environments.keep(disk.root(lab, host) / HOME.lstrip("/"), kept)


def restart(lab: Lab, host: Host, *services: str) -> None:
    """Restart those services that run. The supervisor starts new ones by itself."""
    names = " ".join(services)
    script = f"for s in {names}; do [ ! -e /etc/service/$s/supervise/ok ] || sv restart $s; done"
    inside.run(lab, host, ["sh", "-c", script])


def _digest(packages: Path) -> str:
    names = sorted(packages.iterdir())
    product = next(path for path in names if path.name.startswith("sturnus-"))
    content = "\n".join(path.name for path in names).encode() + product.read_bytes()
    return hashlib.sha256(content).hexdigest()
