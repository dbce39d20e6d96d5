"""The platform's programs on a controller: their settings and services. Computed from facts; no I/O."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.configuration.bare.accounts import (
    INVENTORY,
    INVENTORY_STATE,
    KEYSTONE,
    KEYSTONE_STATE,
    STATE,
    VIM,
    VIM_STATE,
    as_user,
)
from sturnus.configuration.bare.host import HostFile
from sturnus.configuration.bare.node import ADMINISTRATOR
from sturnus.configuration.bare.supervised import service
from sturnus.core.signed_requests import secret_digest

HOME: Final = "/opt/sturnus"
PACKAGES: Final = f"{HOME}/packages"
PROGRAMS: Final = f"{STATE}/programs"
TLS: Final = "/etc/sturnus/tls"
CA_FILE: Final = f"{TLS}/ca.crt"
KUBECONFIG: Final = "/etc/sturnus/kubeconfig"
APPLICATIONS_KUBECONFIG: Final = "/etc/sturnus/applications-kubeconfig"
VIM_KUBECONFIG: Final = "/etc/sturnus/vim-kubeconfig"
SETTINGS: Final = "/etc/sturnus/sturnus.toml"
VIM_SETTINGS: Final = "/etc/sturnus/vim.toml"
ENROLMENT_SECRET: Final = "/etc/sturnus/enrolment-secret"  # noqa: S105 -- where it is
ENROLMENT_DIGEST: Final = "/etc/sturnus/enrolment-digest"
KUBEADM_INIT: Final = "/etc/sturnus/kubernetes/kubeadm-init.yaml"
"""How kubeadm makes a control plane of machines of this kind (kubeadm.k8s.io/v1beta4). The site's: only read here."""
KUBEADM_JOIN: Final = "/etc/sturnus/kubernetes/kubeadm-join.yaml"
"""The same for a node: a JoinConfiguration without `discovery`."""
CLUSTER_PARTS: Final = "/etc/sturnus/kubernetes/cluster-parts.yaml"
"""What a cluster needs besides: the pod network, for one. The site's."""
AGENT_STATE: Final = f"{STATE}/agent"
OPENRC: Final = "/etc/platform/openrc"
INVENTORY_PORT: Final = 6385
KEYSTONE_PORT: Final = 5000
VIM_PORT: Final = 30001
FAULTS_PORT: Final = 18002
KUBECONFIGS: Final = (
    ("inventory", KUBECONFIG, INVENTORY),
    ("applications", APPLICATIONS_KUBECONFIG, INVENTORY),
    ("vim", VIM_KUBECONFIG, VIM),
)
"""Account in the cluster, its kubeconfig, and who reads that."""
NODES_KUBECONFIG: Final = "/etc/sturnus/nodes-kubeconfig"
SERVICES: Final = ("keystone", "inventory", "vim", "faults")
"""Of a controller, under its supervisor; besides them the agent, which every host has."""
RENEWAL: Final = "cluster-tokens"
"""The service that renews our tokens in the cluster."""
AN_HOUR: Final = 3600
A_DAY: Final = 24 * AN_HOUR


@dataclass(frozen=True, slots=True)
class ControllerFacts:
    """What settings follow from."""

    hostname: str
    address: str  # where its programs listen, and other hosts reach them
    public_host: str  # as users reach it
    system: Mapping[str, str]  # settings of the system itself: system_name, system_mode, ...


def certificate_of(program: str) -> str:
    """Where a program's certificate is on a controller."""
    return f"{TLS}/{program}.crt"


def key_of(program: str) -> str:
    """Where its key is."""
    return f"{TLS}/{program}.key"


def digest_file(secret: str) -> HostFile:
    """What the inventory knows of the secret by which agents enrol."""
    return HostFile(ENROLMENT_DIGEST, f"{secret_digest(secret)}\n", 0o640, group=INVENTORY)


def settings_files(facts: ControllerFacts) -> Iterator[HostFile]:
    """What the inventory and the VIM are told."""
    yield HostFile(SETTINGS, _toml(_inventory(facts)), 0o640, group=INVENTORY)
    yield HostFile(VIM_SETTINGS, _toml(_vim(facts)), 0o640, group=VIM)


def accounts_of(facts: ControllerFacts) -> tuple[tuple[str, str, str], ...]:
    """Those in the cluster that this controller's programs have, as `account_command` takes them."""
    if "nodes_kubeconfig" not in facts.system:
        return KUBECONFIGS
    return (*KUBECONFIGS, ("nodes", facts.system["nodes_kubeconfig"], INVENTORY))


def account_command(account: str, output: str, owner: str) -> list[str]:
    """What has an account in the cluster, and its kubeconfig; renewed when a good part of its time is over."""
    command = [f"{HOME}/bin/sturnus", "kubeconfig-create", "--admin-kubeconfig", ADMINISTRATOR]
    return [*command, "--account", account, "--output", output, "--owner", owner]


def service_files(facts: ControllerFacts) -> Iterator[HostFile]:
    """Keystone, the inventory, the alarms, the VIM and the renewal of tokens under the host's supervisor."""
    yield from service("keystone", _run_keystone(facts))
    own = f"{as_user(INVENTORY)} {HOME}/bin/sturnus"
    yield from service("inventory", f"{own} db upgrade || exit 1\nexec {own} serve inventory\n")
    # Its tables are the inventory's, which brings them to this version.
    yield from service("faults", f"exec {own} serve faults\n")
    vim = f"{as_user(VIM)} {HOME}/bin/sturnus"
    yield from service(
        "vim", f"export STURNUS_CONFIG={VIM_SETTINGS}\n{vim} db upgrade || exit 1\nexec {vim} serve vim\n"
    )
    yield from service(RENEWAL, _renew_tokens(facts))


def agent_files(platform: str) -> Iterator[HostFile]:
    """The agent, on any host. `platform`: the inventory's URL. Until that answers, it tries again."""
    yield from service(
        "agent",
        f"exec {HOME}/bin/sturnus agent --platform {platform} --ca-file {CA_FILE}"
        f" --enrolment-file {ENROLMENT_SECRET} --state {AGENT_STATE}\n",
    )


def keystone_command(facts: ControllerFacts) -> str:
    """The words of a shell before one of Keystone's own commands (docs/how-to/install.md)."""
    return (
        f"{HOME}/bin/python -m sturnus.identity.keystone --state {KEYSTONE_STATE} --cache {PROGRAMS}"
        f" --listen {facts.address} --public-host {facts.public_host}"
        f" --tls-certificate {certificate_of(KEYSTONE)} --tls-key {key_of(KEYSTONE)} --ca-file {CA_FILE}"
    )


def keystone_made(facts: ControllerFacts) -> str:
    """A shell's commands that have all of Keystone but its server; each looks first.

    Root installs its programs and hands out what others need of it; all else is done by Keystone's own user.
    """
    keystone = keystone_command(facts)
    return (
        # Where packages lie beside the programs, the host need not reach an index: pip is shown the directory.
        f"[ ! -d {PACKAGES} ] || export PIP_NO_INDEX=1 PIP_FIND_LINKS={PACKAGES}\n"
        f"{keystone} install || exit 1\n"
        f"{as_user(KEYSTONE)} {keystone} bootstrap || exit 1\n"
        f"{keystone} deliver || exit 1\n"
    )


def _run_keystone(facts: ControllerFacts) -> str:
    return f"{keystone_made(facts)}exec {as_user(KEYSTONE)} {keystone_command(facts)} run\n"


def _renew_tokens(facts: ControllerFacts) -> str:
    """A shell's commands: once a day, and an hour after what failed. By root, who has the administrator's kubeconfig.

    Nothing is kept of when that was last: each command looks at its token, and keeps it while most of its time is left.
    """
    commands = "".join(f"{shlex.join(account_command(*each))} || failed=1\n" for each in accounts_of(facts))
    return (
        # A host that starts has other work first, and no cluster yet. The trap: nothing sleeps on when it is stopped.
        f"trap 'kill $!' TERM\nsleep {AN_HOUR} & wait $! || exit 0\ntrap - TERM\n"
        f"failed=0\n{commands}[ $failed = 0 ] || exit 1\nexec sleep {A_DAY - AN_HOUR}\n"
    )


def _inventory(facts: ControllerFacts) -> dict[str, str]:
    return {
        **_served(facts, INVENTORY),
        "database_url": f"sqlite+aiosqlite:///{INVENTORY_STATE}/sturnus.db",
        "keystone_password_file": "/etc/sturnus/keystone-password",
        "kubeconfig": KUBECONFIG,
        "applications_kubeconfig": APPLICATIONS_KUBECONFIG,
        "state_directory": INVENTORY_STATE,
        "enrolment_file": ENROLMENT_DIGEST,
        "bmc_ca_file": CA_FILE,
        "secrets_key_file": f"{INVENTORY_STATE}/secrets.key",
        **facts.system,
        "vim_url": f"https://{facts.address}:{VIM_PORT}",
    }


def _vim(facts: ControllerFacts) -> dict[str, str]:
    return {
        **_served(facts, VIM),
        "database_url": f"sqlite+aiosqlite:///{VIM_STATE}/vim.db",
        "keystone_user": "vim",
        "keystone_password_file": "/etc/sturnus/vim-password",
        "inventory_url": f"https://{facts.address}:{INVENTORY_PORT}",
        "faults_url": f"https://{facts.address}:{FAULTS_PORT}",
        "kubeconfig": VIM_KUBECONFIG,
    }


def _served(facts: ControllerFacts, user: str) -> dict[str, str]:
    """What each program that serves is told."""
    return {
        "listen_address": facts.address,
        "tls_certificate": certificate_of(user),
        "tls_key": key_of(user),
        "keystone_url": f"https://{facts.address}:{KEYSTONE_PORT}",
        "keystone_ca_file": CA_FILE,
        "hostname": facts.hostname,
    }


def _toml(settings: Mapping[str, str]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
