"""Python packages for hosts, which reach no index: downloaded here by the locks, installed there from a directory."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground import paths
from lab.ground.commands import run

CHECKOUT: Final = Path(__file__).parent.parent.parent
PRODUCT_LOCK: Final = CHECKOUT / "requirements-product.lock"
KEYSTONE_LOCK: Final = CHECKOUT / "sturnus" / "identity" / "keystone" / "requirements.lock"
DOWNLOAD_DEADLINE: Final = timedelta(minutes=15)
BUILD_DEADLINE: Final = timedelta(minutes=2)


def locked_packages(lock: Path) -> Path:
    """A directory with every package of a lock file, verified by its hashes; downloaded at the first call."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    target = paths.cache() / "packages" / f"locked-{digest}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".fresh-", dir=target.parent))
        options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
        run(
            [sys.executable, "-m", "pip", "download", *options, "--requirement", str(lock), "--dest", str(fresh)],
            deadline=DOWNLOAD_DEADLINE,
        )
        fresh.chmod(0o755)
        fresh.rename(target)
    return target


def product_package(directory: Path) -> Path:
    """The product itself as a package in `directory`, built from the checkout; the same to the byte from the same."""
    with tempfile.TemporaryDirectory() as scratch:
        # From a copy: building leaves directories behind, and a checkout may be read-only.
        copy = Path(scratch) / "checkout"
        copy.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy2(CHECKOUT / name, copy)
        for name in ("sturnus", "lab", "puppet"):
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
        run(
            [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(directory), str(copy)],
            env=os.environ | {"SOURCE_DATE_EPOCH": "1577836800"},
            deadline=BUILD_DEADLINE,
        )
    (built,) = directory.glob("sturnus-*.whl")
    return built
