"""`lab bmc`."""

from __future__ import annotations

import argparse
import json
import sys

from lab.cli.tables import print_table
from lab.ground.records import existing
from lab.rack import credentials
from lab.rack.process import BMC_OUTSIDE_PORT


def run(parsed: argparse.Namespace) -> None:
    """Print how to reach a host's baseboard controller."""
    lab = existing(parsed.name)
    host = lab.host(parsed.host)
    login = credentials.ensure(lab, host)
    facts = {
        "url": f"https://{lab.outside(host)}:{BMC_OUTSIDE_PORT}",
        "url in the lab": f"https://{host.bmc_address}",
        "user": login.user,
        "password in file": str(credentials.file(lab, host)),
        "system": f"/redfish/v1/Systems/{host.name}",
        "certificate authority": str(lab.paths.secrets / "ca" / "ca.crt"),
    }
    if parsed.format == "json":
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    else:
        print_table(("property", "value"), list(facts.items()))
