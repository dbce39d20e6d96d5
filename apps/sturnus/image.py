"""Builds the image: the product from this checkout, at the versions of its lock, on the base of OpenStack's images.

For `sturnus serve inventory`, `sturnus serve vim`, `sturnus db upgrade`, and the commands. Not in it: Puppet (the agent
belongs on hosts, as root) and Keystone (docs/how-to/install.md).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from apps.openstack.images import build as images
from apps.openstack.images.recipes import Recipe, recipe
from lab.ground.progress import Progress
from lab.platform.packages import PRODUCT_LOCK, locked_packages, product_package
from lab.programs.build import built
from sturnus import __version__

BASE: Final[Recipe] = recipe("base")
NAME: Final = f"sturnus:{__version__}"
SCRIPT: Final = Path(__file__).parent / "inside.sh"
USER: Final = 42420


def containerfile(base: Path) -> str:
    """One layer on the base's archive."""
    return "\n".join(
        (
            f"FROM oci-archive:{base}",
            f"RUN bash -eu {images.INPUTS}/inside.sh",
            "ENV PATH=/opt/sturnus/bin:/usr/local/bin:/usr/bin:/bin",
            'ENTRYPOINT ["tini", "--", "sturnus"]',
            'CMD ["--help"]',
            f"USER {USER}:{USER}",
            "WORKDIR /var/lib/sturnus",
            "",
        )
    )


def build(into: Path, progress: Progress) -> Path:
    """Build it; return the OCI archive.

    Raises:
        LabError: the base could not be built, or this is not root.
        CommandFailed: a program failed; its output says why.

    """
    images.build(progress, [BASE.name])
    into.mkdir(parents=True, exist_ok=True)
    target = into / f"sturnus-image-{__version__}.tar"
    with (
        tempfile.TemporaryDirectory(prefix=".build-sturnus-", dir=into) as scratch,
        progress.step(f"build image {NAME}"),
    ):
        place = Path(scratch)
        (place / "context").mkdir()
        _write_inputs(place / "inputs")
        (place / "Containerfile").write_text(containerfile(images.archive(BASE)))
        images.assemble(place, f"localhost/{NAME}")
        (place / "image.tar").rename(target)
    return target


def _write_inputs(inputs: Path) -> None:
    packages = inputs / "packages"
    shutil.copytree(locked_packages(PRODUCT_LOCK), packages)
    product_package(packages)
    shutil.copyfile(PRODUCT_LOCK, inputs / "lock")
    shutil.copyfile(SCRIPT, inputs / "inside.sh")
    shutil.copyfile(built() / "helm", inputs / "helm")
