"""`lab exec`."""

from __future__ import annotations

import argparse

from lab.ground.records import existing
from lab.machine import inside
from lab.network import namespaces, switch


def run(parsed: argparse.Namespace) -> None:
    """Become a program on a host, or in the network of who stands outside; its exit status is the command's."""
    lab = existing(parsed.name)
    if station := switch.station_file(lab, parsed.host):
        namespaces.become(station, parsed.argv)
    inside.become(lab, lab.host(parsed.host), parsed.argv)
