"""`lab cut`, `lab mend`, `lab delay`."""

from __future__ import annotations

import argparse

from lab.ground.description import Nic
from lab.ground.records import existing
from lab.network import cables


def run(parsed: argparse.Namespace) -> None:
    """Do something to a host's cables: all three, or those that were named."""
    lab = existing(parsed.name)
    host = lab.host(parsed.host)
    nics = [Nic(name) for name in parsed.nic or Nic]
    match parsed.command:
        case "cut":
            cables.cut(lab, host, nics)
        case "mend":
            cables.mend(lab, host, nics)
        case "delay":
            cables.impair(lab, host, nics, delay=parsed.delay, loss=parsed.loss)
