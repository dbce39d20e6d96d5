"""Builds what is not in the cache, one OCI archive an image, named by content.

All that a build mounts lies in a mount namespace of its own and all that it writes in a directory of its own: killed at
any moment it leaves neither a mount nor half an archive. Buildah's storage lives only as long as one image's build; a
parent is read from its archive (2 s, the fat one 8 s), which is cheaper than keeping a storage sound.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from apps.openstack.images.digests import digest, repository
from apps.openstack.images.recipes import RECIPES, SOURCE, Recipe, ancestry, recipe
from lab.ground import paths
from lab.ground.commands import CommandFailed, run
from lab.ground.errors import LabError
from lab.ground.progress import Progress
from lab.images.build import policy_file
from lab.programs.build import go_program

BUILD_DEADLINE: Final = timedelta(minutes=45)  # the fat image takes 90 s on two idle cores, 12 min where five labs run
INPUTS: Final = "/mnt"  # where the image being built sees the recipe's inputs: empty in Debian
PIP_SETTINGS: Final = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT")


def directory() -> Path:
    """Where the archives and their record are."""
    return paths.cache() / "openstack"


def archive(of: Recipe) -> Path:
    """Where an image is, or will be: an OCI archive."""
    return directory() / f"{of.name}-{digest(of)}.tar"


def missing(names: Sequence[str] = ()) -> list[Recipe]:
    """The recipes whose archives have to be made, each after what it lies on.

    Args:
        names: of the images wanted; empty: all that are published.

    """
    wanted = [recipe(name) for name in names] or [each for each in RECIPES if each.published]
    needed: list[Recipe] = []
    for each in wanted:
        if not archive(each).exists():
            needed += [part for part in ancestry(each) if part not in needed and not archive(part).exists()]
    return needed


def build(progress: Progress, names: Sequence[str] = ()) -> list[Recipe]:
    """Build what is missing; return what was built.

    Raises:
        LabError: a build failed (its log is kept), somebody else builds now, or this is not root.

    """
    if not missing(names):
        return []
    if os.geteuid() != 0:
        raise LabError("images are built by root", "sudo .venv/bin/python -m apps.openstack.images build")
    with _alone():
        built = missing(names)
        for each in built:
            with progress.step(f"build image {each.name}: {each.what}"):
                _build_one(each)
        return built


@contextmanager
def _alone() -> Iterator[None]:
    """Be the only one who builds; clear away what a killed build left."""
    directory().mkdir(parents=True, exist_ok=True)
    with (directory() / "lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as busy:
            raise LabError("another process builds OpenStack's images", "wait for it to end") from busy
        for left in directory().glob(".build-*"):
            shutil.rmtree(left)
        yield


def _build_one(of: Recipe) -> None:
    target = archive(of)  # named by the files as they are now, whatever is written while it is built
    with tempfile.TemporaryDirectory(prefix=".build-", dir=directory()) as scratch:
        place = Path(scratch)
        _write_inputs(of, place / "inputs")
        (place / "context").mkdir()
        (place / "Containerfile").write_text(containerfile(of))
        try:
            if of.on_machine:
                _fill_context(of, place)
            assemble(place, f"localhost/{repository(of)}")
        except CommandFailed as failed:
            log = directory() / f"build-{of.name}.log"
            log.write_text(failed.output)
            raise LabError(f"building image {of.name} failed: {failed.remedy}", f"see {log}, then again") from failed
        (place / "image.tar").rename(target)


def containerfile(of: Recipe) -> str:
    """One layer on top of the parent's. The recipe's own instructions may start a further stage from `made`."""
    start = "scratch" if of.parent is None else f"oci-archive:{archive(recipe(of.parent))}"
    lines = [f"FROM {start} AS made"]
    if of.on_machine:
        # An archive, since COPY would give every file to root.
        lines.append("ADD root.tar /")
    if of.parent:
        # A parent's USER does not build.
        lines.append("USER 0:0")
        lines.append(f"RUN bash -eu {INPUTS}/layer.sh")
    return "\n".join((*lines, *of.configuration)) + "\n"


def _write_inputs(of: Recipe, inputs: Path) -> None:
    inputs.mkdir()
    (inputs / "users").write_text("".join(f"{name} {number}\n" for name, number in of.users.items()))
    (inputs / "packages").write_text("".join(f"{name}\n" for name in of.packages))
    settings = [f"export {name}='{os.environ[name]}'\n" for name in PIP_SETTINGS if name in os.environ]
    (inputs / "environment").write_text("".join(settings))
    shutil.copyfile(SOURCE / "scripts" / "layer.sh", inputs / "layer.sh")
    if of.inside:
        shutil.copyfile(SOURCE / "scripts" / of.inside, inputs / "inside.sh")
    for name in of.files:
        (inputs / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SOURCE / name, inputs / name)


def _fill_context(of: Recipe, place: Path) -> None:
    root = place / "root"
    root.mkdir(mode=0o755)
    script = str(SOURCE / "scripts" / str(of.on_machine))
    environment = os.environ | {"TMPDIR": str(place)}
    if any(name.endswith("go.mod") for name in of.files):
        environment["GO"] = go_program()
    _run_apart(["bash", "-eu", script, str(root), str(place / "inputs")], environment)
    _run_apart(["tar", "--numeric-owner", "--sort=name", "-C", str(root), "-cf", f"{place}/context/root.tar", "."])
    shutil.rmtree(root)


def assemble(place: Path, name: str) -> None:
    """Let buildah make an image of a Containerfile, and write its archive.

    Args:
        place: a directory with Containerfile, context/ and inputs/, which the build sees at `INPUTS`; gets image.tar.
        name: of the image, in the archive.

    Raises:
        CommandFailed: it could not; its output says why.

    """
    storage = ["--root", f"{place}/storage", "--runroot", f"{place}/run", "--storage-driver", "overlay"]
    policy = ["--signature-policy", str(policy_file())]
    volumes = ["--volume", f"{place}/inputs:{INPUTS}:ro"]
    if (certificates := Path("/etc/ssl/certs")).is_dir():  # a mirror may have an authority that only this machine knows
        volumes += ["--volume", f"{certificates}:/run/machine-certificates:ro"]
    environment = os.environ | {"TMPDIR": str(place)}
    _run_apart(
        ["buildah", *storage, "bud", *policy, "--isolation", "chroot", "--layers=false", *volumes,
         "-f", f"{place}/Containerfile", "-t", name, f"{place}/context"],
        environment,
    )  # fmt: skip
    _run_apart(
        ["buildah", *storage, "push", *policy, "--quiet", "--compression-format", "zstd", name,
         f"oci-archive:{place}/image.tar:{name}"],
        environment,
    )  # fmt: skip


def _run_apart(argv: Sequence[str], environment: dict[str, str] | None = None) -> None:
    """Run a program with mounts, processes and /dev of its own, all of which end with it, and it with us."""
    apart = [
        "setpriv", "--pdeathsig", "KILL",
        "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
        "bash", str(SOURCE / "scripts" / "private-dev.sh"), *argv,
    ]  # fmt: skip
    run(apart, deadline=BUILD_DEADLINE, env=environment)
