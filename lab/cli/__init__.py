"""The `lab` command: one module per command below `commands/`, read only when it is used."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from lab.cli.parser import parser
from lab.ground.errors import LabError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; ends the process with its exit status."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status: 0, 1 for a failure that was told in a line, 2 for a wrong call."""
    parsed = parser().parse_args(list(arguments))
    try:
        if parsed.needs_root and os.geteuid() != 0:
            problem = f"lab {parsed.command} makes namespaces and mounts, which needs root"
            raise LabError(problem, f"sudo {sys.argv[0]} {' '.join(arguments)}")  # noqa: TRY301 -- it is told below
        module = importlib.import_module(f"lab.cli.commands.{parsed.module}")
        status = module.run(parsed)
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("lab: interrupted; the same command goes on where this one stopped\n")
        return 130
    except BrokenPipeError:  # `lab status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return int(status or 0)
