"""`lab platform`."""

from __future__ import annotations

import argparse
import sys

from lab.ground.errors import LabError
from lab.ground.progress import progress_for_this_output
from lab.ground.records import exclusive, existing
from lab.platform.bare import EXAMPLE, is_bare, prepare
from lab.platform.install import await_platform, has_platform, install


def run(parsed: argparse.Namespace) -> None:
    """Install the platform, or bring to this checkout what `config_controller` has configured.

    Raises:
        LabError: the hosts are bare, and `config_controller` has not run yet.

    """
    with exclusive(parsed.name):
        lab = existing(parsed.name)
        controller, progress = lab.active_controller, progress_for_this_output()
        if not is_bare(lab, controller):
            install(lab, progress)
        elif has_platform(lab, controller):
            prepare(lab, progress)
            await_platform(lab, controller, progress)
        else:
            raise LabError(
                f"lab {lab.name} is bare",
                f"lab exec --name {lab.name} {controller.name} -- config_controller --config-file {EXAMPLE}",
            )
    sys.stdout.write(f"the platform answers; try: . {lab.paths.openrc}; system host-list\n")
