"""All that makes a platform of a bare controller, in order. Each step looks first, so that a run can be repeated.

Whatever dies in between: the next run finds what is done, and goes on. kubeadm is undone first where it did not end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Final

from sturnus.configuration.bare import accounts, node
from sturnus.configuration.bare.host import HostFile, ProgramFailed, ThisHost, differing
from sturnus.configuration.bare.node import Outcome
from sturnus.configuration.bare.programs import (
    CA_FILE,
    CLUSTER_PARTS,
    ENROLMENT_SECRET,
    HOME,
    KUBEADM_INIT,
    SERVICES,
    SETTINGS,
    VIM_SETTINGS,
    ControllerFacts,
    account_command,
    accounts_of,
    certificate_of,
    digest_file,
    key_of,
    keystone_made,
    service_files,
    settings_files,
)
from sturnus.core.errors import Invalid

PULL_DEADLINE: Final = timedelta(minutes=5)
KEYSTONE_DEADLINE: Final = timedelta(minutes=5)
NODE_DEADLINE: Final = timedelta(minutes=3)
KEYSTONE_SERVICE: Final = "/etc/service/keystone/run"
PASSWORD_VARIABLE: Final = "OS_BOOTSTRAP_PASSWORD"  # noqa: S105 -- a variable's name


@dataclass(frozen=True, slots=True)
class BareStep:
    """One step: what it is called, and what does it."""

    name: str
    run: Callable[[], Outcome]


def bare_steps(host: ThisHost, facts: ControllerFacts, admin_password: str | None) -> tuple[BareStep, ...]:
    """All of them, in order."""
    return (
        BareStep("users and directories", lambda: _accounts(host)),
        BareStep("certificates", _certificates),
        BareStep("settings and database", lambda: _database(host, facts)),
        BareStep("platform Keystone", lambda: _keystone(host, facts, admin_password)),
        BareStep("images from the registry", lambda: _images(host)),
        BareStep("Kubernetes control plane", lambda: _control_plane(host)),
        BareStep("the cluster's own parts", lambda: _cluster_parts(host)),
        BareStep(f"{facts.hostname} is a ready node", lambda: _ready(host, facts)),
        BareStep("the platform's accounts in the cluster", lambda: _cluster_accounts(host, facts)),
        BareStep("services", lambda: _services(host, facts)),
    )


def address_in(host: ThisHost, network: IPv4Network | IPv6Network) -> str:
    """Find the address that this host has in a network. Invalid if it has none there; names those that it has."""
    found = [
        str(each["local"])
        for link in json.loads(host.run(["ip", "-json", "address"]))
        for each in link.get("addr_info", ())
        if each.get("scope") == "global"
    ]
    for address in found:
        if ip_address(address) in network:
            return address
    raise Invalid(
        f"[MGMT_NETWORK] CIDR: this host has no address in {network}; it has {', '.join(found) or 'none'}",
        expected="an address of this controller on the management network",
        remedy="correct the file, or configure the port first",
    )


def missing_images(wanted: Iterable[str], present: Iterable[str]) -> list[str]:
    """Which of kubeadm's images the runtime lacks. No I/O."""
    there = set(present)
    return [image for image in wanted if image not in there]


def _accounts(host: ThisHost) -> Outcome:
    names = [*accounts.USERS, accounts.ADMINISTRATORS]
    # One name at a time: getent ends with 2 if any is missing.
    had = all(_succeeds(host, ["getent", "group", name]) for name in names)
    host.run(["sh", "-c", accounts.MAKE])
    return Outcome.WAS_SO if had else Outcome.DONE


def _certificates() -> Outcome:
    """Those that the site brought, readable by who serves with them."""
    pairs = [(certificate_of(user), key_of(user), user) for user in accounts.USERS]
    wanted = [CA_FILE, *(path for certificate, key, _ in pairs for path in (certificate, key))]
    if missing := [path for path in wanted if not Path(path).exists()]:
        raise Invalid(
            f"there is no {', '.join(missing)}",
            expected="certificates of your authority",
            remedy="docs/how-to/install.md, Certificates",
        )
    keys = [HostFile(key, Path(key).read_text(), 0o640, group=user) for _, key, user in pairs]
    return _written(ThisHost(), keys)


def _database(host: ThisHost, facts: ControllerFacts) -> Outcome:
    secret = Path(ENROLMENT_SECRET)
    if not secret.exists():
        raise Invalid(
            f"there is no {secret}",
            expected="the secret by which this site's hosts enrol",
            remedy=f"umask 077; openssl rand -hex 32 >{secret}, and the same on every host",
        )
    outcome = _written(host, [*settings_files(facts), digest_file(secret.read_text().strip())])
    for user, settings in ((accounts.INVENTORY, SETTINGS), (accounts.VIM, VIM_SETTINGS)):
        upgrade = f"STURNUS_CONFIG={settings} {accounts.as_user(user)} {HOME}/bin/sturnus db upgrade"
        host.run(["sh", "-c", upgrade])
    return outcome


def _keystone(host: ThisHost, facts: ControllerFacts, admin_password: str | None) -> Outcome:
    if Path(KEYSTONE_SERVICE).exists():
        return Outcome.WAS_SO  # it has what it needs made each time that it begins, and would be at it beside us
    secrets = {} if admin_password is None else {PASSWORD_VARIABLE: admin_password}
    said = host.run(["sh", "-c", keystone_made(facts)], deadline=KEYSTONE_DEADLINE, secrets=secrets)
    unchanged = {"nothing to install", "nothing to change"}
    return Outcome.WAS_SO if set(said.splitlines()) <= unchanged else Outcome.DONE


def _images(host: ThisHost) -> Outcome:
    """What the control plane needs is here before it is begun: a registry that lacks it is named now."""
    if not Path(KUBEADM_INIT).exists():
        raise Invalid(
            f"there is no {KUBEADM_INIT}",
            expected="how kubeadm configures machines of this kind (kubeadm.k8s.io/v1beta4)",
            remedy="kubeadm config print init-defaults prints one to start from",
        )
    node.await_runtime(host)
    wanted = host.run(["kubeadm", "config", "images", "list", "--config", KUBEADM_INIT]).split()
    present = host.run(["ctr", "--namespace", "k8s.io", "images", "list", "--quiet"]).split()
    if not missing_images(wanted, present):
        return Outcome.WAS_SO
    pull = ["kubeadm", "config", "images", "pull", "--config", KUBEADM_INIT]
    host.run(pull, deadline=PULL_DEADLINE)
    return Outcome.DONE


def _control_plane(host: ThisHost) -> Outcome:
    return node.initialise(host, Path(KUBEADM_INIT).read_text())


def _cluster_parts(host: ThisHost) -> Outcome:
    if not Path(CLUSTER_PARTS).exists():
        return Outcome.WAS_SO
    kubectl = ["kubectl", "--kubeconfig", node.ADMINISTRATOR]
    options = ["--server-side", "--force-conflicts", "--filename", CLUSTER_PARTS]
    if _succeeds(host, [*kubectl, "diff", *options]):
        return Outcome.WAS_SO
    host.run([*kubectl, "apply", *options])
    return Outcome.DONE


def _ready(host: ThisHost, facts: ControllerFacts) -> Outcome:
    wait = ["kubectl", "--kubeconfig", node.ADMINISTRATOR, "wait", "--for", "condition=Ready", f"node/{facts.hostname}"]
    if _succeeds(host, [*wait, "--timeout", "1s"]):
        return Outcome.WAS_SO
    seconds = int(NODE_DEADLINE.total_seconds())
    host.run([*wait, "--timeout", f"{seconds}s"], deadline=NODE_DEADLINE * 2)
    return Outcome.DONE


def _cluster_accounts(host: ThisHost, facts: ControllerFacts) -> Outcome:
    said = [host.run(account_command(*each)) for each in accounts_of(facts)]
    return Outcome.DONE if any("new token" in each for each in said) else Outcome.WAS_SO


def _services(host: ThisHost, facts: ControllerFacts) -> Outcome:
    """Those that run already, by an earlier run that was cut off, may have read other settings: they begin anew."""
    running = [name for name in SERVICES if Path(f"/etc/service/{name}/supervise/ok").exists()]
    outcome = _written(host, service_files(facts))
    for name in running:
        host.run(["sv", "restart", name])
    return outcome


def _written(host: ThisHost, files: Iterable[HostFile]) -> Outcome:
    changed = differing(files)
    host.put(changed)
    return Outcome.DONE if changed else Outcome.WAS_SO


def _succeeds(host: ThisHost, argv: list[str]) -> bool:
    try:
        host.run(argv)
    except ProgramFailed:
        return False
    return True
