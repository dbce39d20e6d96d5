"""`lab power`."""

from __future__ import annotations

import argparse
import sys

from lab.ground.progress import progress_for_this_output
from lab.ground.records import existing
from lab.machine import power


def run(parsed: argparse.Namespace) -> None:
    """Use a host's power switch. Orderly stops are waited for."""
    lab = existing(parsed.name)
    host = lab.host(parsed.host)
    match parsed.action:
        case "on":
            power.power_on(lab, host)
        case "off":
            power.force_off(lab, host)
        case "reset":
            power.force_restart(lab, host)
        case "reboot":
            with progress_for_this_output().step(f"{host.name} reboots"):
                power.reboot(lab, host)
        case "shutdown":
            with progress_for_this_output().step(f"{host.name} shuts down"):
                power.graceful_shutdown(lab, host)
                power.await_off(lab, host)
    sys.stdout.write(f"{host.name}: {power.power_state(lab, host)}\n")
