"""Builds what is missing, and gathers all programs in one directory that every host mounts."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from lab.ground import paths
from lab.ground.commands import CommandFailed, run
from lab.ground.errors import LabError
from lab.ground.progress import Progress
from lab.programs.catalogue import Program, catalogue, peers

BUILD_DEADLINE = timedelta(minutes=40)
OLDEST_GO = (1, 21)  # the first that fetches the toolchain that a module asks for


def directory() -> Path:
    """Where all programs of this catalogue are, once built: `…/programs/set-<digest>`."""
    digest = hashlib.sha256("".join(program.digest for program in catalogue()).encode()).hexdigest()[:16]
    return paths.cache() / "programs" / f"set-{digest}"


def built() -> Path:
    """The directory of programs.

    Raises:
        LabError: they have not been built yet.

    """
    if (found := directory()).is_dir():
        return found
    raise LabError("the lab's programs are not built", "make setup (once, 10 to 15 minutes), or: lab programs build")


def build(progress: Progress) -> Path:
    """Build what is not in the cache and return the directory of all. Go's own caches are dropped at the end."""
    if directory().is_dir():
        return directory()
    _build_missing(catalogue(), progress)
    gathered = Path(tempfile.mkdtemp(prefix=".set-", dir=paths.cache() / "programs"))
    for program in catalogue():
        os.link(kept(program), gathered / program.name)
        for name in program.links:
            (gathered / name).symlink_to(program.name)
    gathered.chmod(0o755)
    gathered.rename(directory())
    return directory()


def build_peers(progress: Progress) -> None:
    """Build what the benchmarks compare with, next to the lab's programs and apart from what hosts see."""
    _build_missing(peers(), progress)


def peer(name: str) -> Path:
    """A program that a benchmark compares with.

    Raises:
        LabError: it has not been built yet.

    """
    found = next(kept(program) for program in peers() if program.name == name)
    if found.is_file():
        return found
    raise LabError(f"{name} is not built", "make bench-setup (once, about 6 minutes)")


def _build_missing(programs: Sequence[Program], progress: Progress) -> None:
    if missing := [program for program in programs if not kept(program).is_file()]:
        _build_all(missing, go_program(), progress)


def go_program() -> str:
    """The `go` to build with: the machine's, else the one that `make setup` put beside this Python.

    Raises:
        LabError: none, or one too old to fetch a newer toolchain by itself.

    """
    beside = Path(sys.executable).parent / "go"
    for candidate in (shutil.which("go"), str(beside)):
        if candidate and Path(candidate).exists() and _go_version(candidate) >= OLDEST_GO:
            return candidate
    raise LabError(f"no Go of version {'.'.join(map(str, OLDEST_GO))} or later", "make setup, which brings one")


def _go_version(go: str) -> tuple[int, ...]:
    found = re.search(r"go(\d+)\.(\d+)", run([go, "version"], env=os.environ | {"GOTOOLCHAIN": "local"}))
    return tuple(int(part) for part in found.groups()) if found else (0, 0)


def kept(program: Program) -> Path:
    """Where a program is, or will be."""
    return paths.cache() / "programs" / f"{program.name}-{program.digest}"


def _build_all(programs: Sequence[Program], go: str, progress: Progress) -> None:
    (paths.cache() / "programs").mkdir(parents=True, exist_ok=True)
    scratch = paths.cache() / "go"
    environment = os.environ | {
        "CGO_ENABLED": "0",
        "GOMODCACHE": str(scratch / "modules"),
        "GOCACHE": str(scratch / "build"),
        "GOBIN": str(scratch / "bin"),
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "auto",
    }
    for program in programs:
        with progress.step(f"build {program.name} from {program.package} (once)"):
            _build_one(program, go, environment, scratch / "bin" / program.name)
    # 12 GB of sources and objects that nothing needs once the binaries are kept.
    shutil.rmtree(scratch, ignore_errors=True)


def _build_one(program: Program, go: str, environment: dict[str, str], made: Path) -> None:
    flags = ["-trimpath", "-tags", ",".join(program.tags), "-ldflags", " ".join(["-s", "-w", *program.ldflags])]
    if program.sources:
        argv = [go, "build", "-C", str(program.module), "-mod=readonly", *flags, "-o", str(made), program.package]
    else:
        argv = [go, "install", *flags, program.package]
    try:
        run(argv, env=environment, deadline=BUILD_DEADLINE)
    except CommandFailed as failed:
        log = paths.cache() / f"build-{program.name}.log"
        log.write_text(failed.output)
        raise LabError(f"building {program.name} failed: {failed.remedy}", f"see {log}, then make setup") from failed
    made.rename(kept(program))
