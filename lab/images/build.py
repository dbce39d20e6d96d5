"""Builds images into archives named by content: what has not changed is not built again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground import paths
from lab.ground.commands import CommandFailed, run
from lab.ground.errors import LabError
from lab.ground.progress import Progress
from lab.images.recipes import Recipe, recipes
from lab.programs.build import built
from lab.programs.catalogue import catalogue

BUILD_DEADLINE: Final = timedelta(minutes=5)
ACCEPT_ANYTHING: Final = json.dumps({"default": [{"type": "insecureAcceptAnything"}]})
"""Containers' signature policy. The images are made here from local files; there is no signer to ask."""


def archive(recipe: Recipe) -> Path:
    """Where an image is, or will be: an OCI archive."""
    return paths.cache() / "images" / f"{recipe.name}-{digest(recipe)}.tar"


def digest(recipe: Recipe) -> str:
    """Changes when the image would."""
    built_from = {program.name: program.digest for program in catalogue()}
    content = hashlib.sha256(recipe.containerfile.encode())
    content.update(repr(sorted({**recipe.links, **recipe.files}.items())).encode())
    content.update(repr([(path, built_from[name]) for path, name in sorted(recipe.programs.items())]).encode())
    for path, name in sorted(recipe.machine_programs.items()):
        content.update(path.encode() + b"\0" + _on_machine(name).read_bytes())
    return content.hexdigest()[:16]


def build(progress: Progress) -> list[Path]:
    """Build the images that are not in the cache; all archives, in the order of the recipes."""
    for recipe in recipes():
        if not archive(recipe).exists():
            with progress.step(f"build image {recipe.name}"):
                _build_one(recipe)
    return [archive(recipe) for recipe in recipes()]


def require_built() -> None:
    """Make sure that every image is there.

    Raises:
        LabError: names the images that have to be built first.

    """
    if absent := [recipe.name for recipe in recipes() if not archive(recipe).exists()]:
        raise LabError(f"images are not built: {', '.join(absent)}", "make setup, or: lab images build")


def policy_file() -> Path:
    """The signature policy for buildah and skopeo; distributions put theirs at various places, or nowhere."""
    file = paths.cache() / "policy.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ACCEPT_ANYTHING)
    return file


def _build_one(recipe: Recipe) -> None:
    target = archive(recipe)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="image-", dir=paths.cache()) as scratch:
        context = Path(scratch) / "context"
        _fill(context, recipe)
        containerfile = Path(scratch) / "Containerfile"
        containerfile.write_text(recipe.containerfile)
        storage = ["--root", f"{scratch}/storage", "--runroot", f"{scratch}/run", "--storage-driver", "vfs"]
        policy = ["--signature-policy", str(policy_file())]
        name = f"localhost/{recipe.name}:{digest(recipe)}"
        # One layer whose files, times and order depend on nothing but the recipe.
        reproducible = ["--isolation", "chroot", "--timestamp", "0", "--layers=false"]
        fresh = f"{scratch}/image.tar"
        run(
            ["buildah", *storage, "bud", *policy, "--quiet", *reproducible, "-f", str(containerfile), "-t", name,
             str(context)],
            deadline=BUILD_DEADLINE,
        )  # fmt: skip
        run(
            ["buildah", *storage, "push", *policy, "--quiet", "--compression-format", "zstd", name,
             f"oci-archive:{fresh}:{name}"],
            deadline=BUILD_DEADLINE,
        )  # fmt: skip
        Path(fresh).rename(target)


def _fill(context: Path, recipe: Recipe) -> None:
    for directory in ("etc", "tmp"):
        (context / directory).mkdir(parents=True)
    (context / "tmp").chmod(0o1777)
    (context / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
    for path, name in recipe.programs.items():
        _copy(built() / name, context / path.lstrip("/"))
    for path, name in recipe.machine_programs.items():
        _copy(_on_machine(name), context / path.lstrip("/"))
        for library in _libraries(_on_machine(name)):
            _copy(library, context / str(library).lstrip("/"))
    for path, text in recipe.files.items():
        (context / path.lstrip("/")).write_text(text)
    for path, target in recipe.links.items():
        link = context / path.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _libraries(program: Path) -> Iterator[Path]:
    """The shared libraries that a program is loaded with; none for a static one."""
    try:
        listed = run(["ldd", str(program)])
    except CommandFailed:  # "not a dynamic executable"
        return
    for found in re.finditer(r"(/\S+) \(0x", listed):
        yield Path(found.group(1))


def _on_machine(name: str) -> Path:
    found = shutil.which(name, path="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise LabError(f"{name} is not installed", "make setup")
    return Path(found)
