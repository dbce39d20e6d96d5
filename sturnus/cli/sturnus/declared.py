"""The commands of `sturnus` that are modules of their own: how they are called. Each is imported only when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

KUBECONFIG_CREATE: Final = """\
Make the account that the inventory uses in a Kubernetes cluster, and write a kubeconfig for it.

The account is the service account sturnus/sturnus-inventory. It may get, list, watch and patch nodes, and get, list and
watch the leases in kube-node-lease: all that the inventory does, and nothing else. The kubeconfig and its token
(FILE.token) are readable by their owner only. Name the kubeconfig in /etc/sturnus/sturnus.toml:

    kubeconfig = "/etc/sturnus/kubeconfig"

With --account applications it is the service account sturnus/sturnus-applications instead, which may do everything,
since the charts of applications may bring everything:

    applications_kubeconfig = "/etc/sturnus/applications-kubeconfig"

Run it again at any time, from a timer, say: what differs is put right, and the token is renewed once a third of its
time is over. A running inventory takes the new one by itself. `sturnus doctor` warns a month before the end.
To revoke the account: kubectl delete namespace sturnus
"""

DOCTOR: Final = """\
Look at the platform's part on this host, and say line by line what is fine, what is wrong and what to do.

On a controller: settings, certificate, disk, database, Keystone and the service user, the cluster and what we may do
there, clocks, notices that wait, enrolment, the inventory. On a host with an agent: its rights, network, key, the
way to the inventory and its enrolment, by the options of the agent that runs.

Changes nothing. Run it as root, or as the user who runs the inventory: then it sees what that user sees.
Status 1 if something is wrong, 0 otherwise, also with warnings.
"""


def add_commands(commands: Any) -> None:
    """Declare them."""
    _kubeconfig_create(commands)
    _doctor(commands)


def _kubeconfig_create(commands: Any) -> None:
    add = _command(
        commands,
        "kubeconfig-create",
        "make the inventory's own account in a cluster, and a kubeconfig for it",
        KUBECONFIG_CREATE,
    )
    add("--admin-kubeconfig", required=True, type=Path, metavar="FILE", help="of an administrator of the cluster")
    add("--account", choices=("inventory", "applications"), default="inventory", help="(%(default)s)")
    add("--output", type=Path, metavar="FILE", help="(/etc/sturnus/kubeconfig, /etc/sturnus/applications-kubeconfig)")
    add("--owner", metavar="USER", help="who runs the inventory (default: who runs this)")
    add("--server", metavar="URL", help="where the inventory reaches the cluster (default: as the administrator)")
    add("--lifetime", type=int, default=365, metavar="DAYS", help="of the token (%(default)s)")


def _doctor(commands: Any) -> None:
    add = _command(commands, "doctor", "say what is fine, what is wrong, and what to do", DOCTOR)
    add("--format", choices=("table", "json"), default="table", help="(%(default)s)")


def _command(commands: Any, name: str, short: str, explained: str) -> Any:
    """Declare one; the module that runs it is called as it is. Returns what adds an option."""
    parser = commands.add_parser(
        name, help=short, description=explained, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(module=f"sturnus.cli.sturnus.{name.replace('-', '_')}")
    return parser.add_argument
