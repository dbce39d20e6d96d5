"""Puts images into the lab's registry."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground.commands import run, succeeds
from lab.ground.description import Lab
from lab.ground.waiting import until
from lab.images.build import archive, policy_file
from lab.images.recipes import recipes
from lab.machine import inside
from lab.network import namespaces
from lab.network.switch import switch_file
from lab.registry import credentials, service
from sturnus.configuration.bare.host import HostFile

PUBLISHED: Final = "/var/lib/registry/published.json"
"""On the registry's own volume: what was pushed into it. It comes and goes with the images."""
PUSH_DEADLINE: Final = timedelta(minutes=5)


def wanted() -> dict[str, str]:
    """`repository:tag` → name of the archive that it is to be."""
    return {name: archive(recipe).name for recipe in recipes() for name in recipe.published_as}


def missing(lab: Lab) -> dict[str, str]:
    """What of `wanted` is not in the registry yet, or differs."""
    controller = lab.active_controller
    listed = inside.run(lab, controller, ["sh", "-c", f"cat {PUBLISHED} 2>/dev/null || echo '{{}}'"])
    known: dict[str, str] = json.loads(listed)
    return {name: source for name, source in wanted().items() if known.get(name) != source}


def publish(lab: Lab, names: Mapping[str, str]) -> None:
    """Push images, and remember on the registry's volume that they are there."""
    _await_registry(lab)
    directory = archive(recipes()[0]).parent
    for name, source in names.items():
        push(lab, directory / source, name)
    inside.put(lab, lab.active_controller, [HostFile(PUBLISHED, json.dumps(wanted(), indent=1))])


def push(lab: Lab, image: Path, name: str) -> None:
    """Copy one archive into the registry as `repository:tag`."""
    address = f"{lab.active_controller.address}:{credentials.PORT}"
    with tempfile.TemporaryDirectory(dir=lab.paths.run) as scratch:
        login = Path(scratch) / "auth.json"
        login.touch(0o600)
        login.write_text(credentials.ensure(lab).auth_file(address))
        trust = Path(scratch) / "certs"
        trust.mkdir()
        (trust / "ca.crt").write_text(service.authority(lab).certificate.read_text())
        argv = [
            "skopeo", "copy", "--quiet", "--policy", str(policy_file()), "--dest-authfile", str(login),
            "--dest-cert-dir", str(trust), f"oci-archive:{image}", f"docker://{address}/{name}",
        ]  # fmt: skip
        run(namespaces.inside(switch_file(lab), *argv), deadline=PUSH_DEADLINE)


def _await_registry(lab: Lab) -> None:
    address = lab.active_controller.address
    probe = ["bash", "-c", f": </dev/tcp/{address}/{credentials.PORT}"]
    until(
        lambda: None if succeeds(namespaces.inside(switch_file(lab), *probe)) else f"nothing listens on {address}",
        what="registry",
        deadline=timedelta(seconds=20),
        remedy=f"lab logs {lab.active_controller.name} registry --name {lab.name}",
    )
