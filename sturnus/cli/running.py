"""How a command of an operator runs and ends: `system`, `fm`, `sw-manager`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from sturnus.cli.failure import CommandError


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell that asks what could be typed next, and end; otherwise nothing."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete  # only the shell's completion needs it

        argcomplete.autocomplete(parser)


def status_of(command: Callable[[], int | None]) -> int:
    """Run a command: its exit status; 1, with what was wrong and what to do on standard error, if it was refused."""
    try:
        status = command() or 0
        sys.stdout.flush()
    except CommandError as error:
        sys.stderr.write(f"{error.message}\n" + (f"To do: {error.remedy}\n" if error.remedy else ""))
        return 1
    except BrokenPipeError:  # `system host-list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 0  # as StarlingX's
    return status
