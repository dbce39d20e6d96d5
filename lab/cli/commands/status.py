"""`lab status`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from lab.bringup.look import HostStatus, look
from lab.cli.tables import print_table
from lab.ground.records import existing


def run(parsed: argparse.Namespace) -> int:
    """Show every host; 0 when all have power and cables and, if there is a cluster, are ready nodes; else 3."""
    lab = existing(parsed.name)
    hosts = look(lab)
    if parsed.format == "json":
        sys.stdout.write(json.dumps({"name": lab.name, "hosts": [_as_json(host) for host in hosts]}, indent=2) + "\n")
    else:
        columns = ("host", "power", "cables", "node", "memory", "address", "on this machine", "redfish")
        print_table(columns, [_as_row(host) for host in hosts])
    return 0 if all(host.well for host in hosts) else 3


def _as_json(host: HostStatus) -> dict[str, Any]:
    return {
        "name": host.name,
        "power": host.power,
        "cut": sorted(host.cut),
        "node": host.node,
        "memory_used_mib": host.memory_used_mib,
        "memory_mib": host.memory_mib,
        "address": host.address,
        "outside": host.outside,
        "redfish": host.redfish,
        "well": host.well,
    }


def _as_row(host: HostStatus) -> tuple[str, ...]:
    return (
        host.name,
        host.power,
        f"cut: {', '.join(sorted(host.cut))}" if host.cut else "in",
        host.node or "-",
        f"{host.memory_used_mib or 0} of {host.memory_mib} MiB",
        host.address,
        host.outside,
        host.redfish,
    )
