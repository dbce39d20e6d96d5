"""The commands of `sturnus` that are modules of their own: how they are called. Each is imported only when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from sturnus.cli import platform

KUBECONFIG_CREATE: Final = """\
Make the account that the inventory uses in a Kubernetes cluster, and write a kubeconfig for it.

The account is the service account sturnus/sturnus-inventory. It may get, list, watch and patch nodes, and get, list and
watch the leases in kube-node-lease: all that the inventory does, and nothing else. The kubeconfig and its token
(FILE.token) are readable by their owner only. Name the kubeconfig in /etc/sturnus/sturnus.toml:

    kubeconfig = "/etc/sturnus/kubeconfig"

With --account applications it is the service account sturnus/sturnus-applications instead, which may do everything,
since the charts of applications may bring everything:

    applications_kubeconfig = "/etc/sturnus/applications-kubeconfig"

With --account nodes it is sturnus/sturnus-nodes, by which unlocked workers become nodes: it may see whether there is a
node, and make bootstrap tokens (Secrets in kube-system, which it cannot read).

With --account vim it is sturnus/sturnus-vim, which taints nodes and evicts pods, and may do nothing else.

Run it again at any time: what differs is put right, and the token is renewed once a third of its time is over. The
service cluster-tokens, which config_controller makes, does so daily for each account; elsewhere it takes a timer. A
program that runs takes the new token by itself. `sturnus doctor` warns a month before the end of each.
To revoke the account: kubectl delete namespace sturnus
"""

DOCTOR: Final = """\
Look at the platform's part on this host, and say line by line what is fine, what is wrong and what to do.

On a controller: settings, certificate, disk, database, Keystone and the service user, the cluster and what we may do
there, the tokens of all kubeconfigs, clocks, notices that wait, enrolment, the inventory itself. On a host with an
agent: its rights, network, key, the way to the inventory and its enrolment, by the options of the agent that runs.

Changes nothing. Run it as root, or as the user who runs the inventory: then it sees what that user sees, which is not
the VIM's kubeconfig.
Status 1 if something is wrong, 0 otherwise, also with warnings.
"""

NODE_JOIN: Final = """\
Make this host a node of the cluster, by kubeadm: what the agent does when a worker is unlocked. Doing it again changes
nothing; what was cut off is undone first. The admission is a file of mode 0600 that ends after a quarter of an hour.

How kubeadm configures machines of this kind is in /etc/sturnus/kubernetes/kubeadm-join.yaml (JoinConfiguration,
without `discovery`), which the site's installer puts there.
"""

NODE_LEAVE: Final = """\
Undo what node-join did: kubeadm reset, and nothing of the cluster's credentials and network is left. A host that was
not let in by the platform is left alone. The node object is removed by the inventory when the host is deleted.

Removed are /etc/kubernetes, kube-proxy's tables of nftables (ip and ip6 kube-proxy), and what the pod network made:
/etc/cni/net.d/10-pods.conflist and its addresses in /var/lib/cni, the bridge cni0 with the pods' veths, and routes of
protocol 83. All else stays: your firewall, routes and other containers, and rules that were written by iptables.
"""

HOST_ADOPT: Final = """\
Take the nodes of an existing Kubernetes cluster into the inventory. Without --yes it says what it would do, and does
nothing. Nothing is changed on the nodes but the annotation sturnus.io/labels.

  personality   controller if the node is labelled node-role.kubernetes.io/control-plane, else worker
  mgmt_ip       the node's first InternalIP
  labels        those that the platform knows (openstack-compute-node, openstack-control-plane, ...) become the host's
  states        a Ready node that is not cordoned: unlocked, enabled, available; a cordoned one: locked

A host that announced itself by its agent, and has no name yet, gets the node's name. A host whose agent comes later is
claimed by it, by its name. Until then its states are what the node says when this command runs. Run it again at any
time: nodes that are known are left alone.

Reads the cluster by a kubeconfig of yours, and speaks to the platform as `system` does: . /etc/platform/openrc
Status 1 if a node cannot be taken over.
"""


def add_commands(commands: Any) -> None:
    """Declare them."""
    _kubeconfig_create(commands)
    _doctor(commands)
    _host_adopt(commands)
    _node_join(commands)
    _command(commands, "node-leave", "undo node-join: what the agent does when its host was deleted", NODE_LEAVE)


def _kubeconfig_create(commands: Any) -> None:
    add = _command(
        commands,
        "kubeconfig-create",
        "make the inventory's own account in a cluster, and a kubeconfig for it",
        KUBECONFIG_CREATE,
    ).add_argument
    add("--admin-kubeconfig", required=True, type=Path, metavar="FILE", help="of an administrator of the cluster")
    add("--account", choices=("inventory", "applications", "nodes", "vim"), default="inventory", help="(%(default)s)")
    add(
        "--output",
        type=Path,
        metavar="FILE",
        help="(/etc/sturnus/kubeconfig; others: .../ACCOUNT-kubeconfig)",
    )
    add("--owner", metavar="USER", help="who runs the inventory (default: whose it is, or who runs this)")
    add("--server", metavar="URL", help="where the inventory reaches the cluster (default: as the administrator)")
    add("--lifetime", type=int, default=365, metavar="DAYS", help="of the token (%(default)s)")


def _doctor(commands: Any) -> None:
    parser = _command(commands, "doctor", "say what is fine, what is wrong, and what to do", DOCTOR)
    parser.add_argument("--format", choices=("table", "json"), default="table", help="(%(default)s)")


def _host_adopt(commands: Any) -> None:
    parser = _command(commands, "host-adopt", "take the nodes of an existing cluster into the inventory", HOST_ADOPT)
    add = parser.add_argument
    add("nodes", nargs="*", metavar="NODE", help="only these (default: all)")
    add("--yes", action="store_true", help="do it")
    add("--kubeconfig", type=Path, metavar="FILE", help="of the cluster (default: $KUBECONFIG, or ~/.kube/config)")
    add("--format", choices=("table", "json"), default="table", help="(%(default)s)")
    platform.add_options(parser)


def _node_join(commands: Any) -> None:
    short = "make this host a node of the cluster; what Puppet calls when a worker is unlocked"
    add = _command(commands, "node-join", short, NODE_JOIN).add_argument
    add("--admission", required=True, type=Path, metavar="FILE", help="JSON; removed once the host is a node")


def _command(commands: Any, name: str, short: str, explained: str) -> argparse.ArgumentParser:
    """Declare one; the module that runs it is called as it is."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=short, description=explained, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(module=f"sturnus.cli.sturnus.{name.replace('-', '_')}")
    return parser
