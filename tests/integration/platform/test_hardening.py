"""The platform on the lab, as an intruder and a worried operator look at it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Node, Secret

from lab.ground.certificates import Authority
from lab.ground.commands import CommandFailed
from lab.ground.description import Lab
from lab.machine import inside
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System

STATES = ("--format", "value", "--column", "administrative", "--column", "operational", "--column", "availability")
PROCESSES = r"""
for p in /proc/[0-9]*; do
  [ $p != /proc/$$ ] || continue
  words=$(tr '\0' ' ' <$p/cmdline) || continue
  case $words in *"keystone.wsgi"*|*"identity.keystone"*|*"serve inventory"*|*"sturnus agent"*)
    echo "$(stat -c %U $p) $(sed -n 's/^CapEff:\t//p; s/^NoNewPrivs:\t//p' $p/status | tr '\n' ' ')$words"
  esac
done
"""


def on(lab: Lab, host: str, script: str) -> str:
    return inside.run(lab, lab.host(host), ["sh", "-c", script])


def status_and_words(lab: Lab, host: str, script: str) -> tuple[int, str]:
    *words, status = on(lab, host, f"{script} 2>&1; echo $?").splitlines()
    return int(status), "\n".join(words)


def as_user(user: str, groups: str, script: str) -> str:
    return f"setpriv --reuid={user} --regid=nogroup --groups={groups} bash -c '{script}'"


def test_only_the_agent_is_root_and_the_others_have_no_power_beyond_their_files(system: System, lab: Lab) -> None:
    found: dict[str, set[tuple[str, bool, str]]] = {}
    for line in on(lab, "controller-0", PROCESSES).splitlines():
        user, capabilities, no_new_privileges, words = line.split(" ", 3)  # in the order of proc(5)
        kind = next(kind for kind in ("keystone", "serve inventory", "sturnus agent") if kind in words)
        found.setdefault(kind, set()).add((user, int(capabilities, 16) == 0, no_new_privileges))

    assert found.pop("keystone") == {("keystone", True, "1")}
    assert found.pop("serve inventory") == {("sturnus", True, "1")}
    assert found == {"sturnus agent": {("root", False, "0")}}


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/etc/platform/openrc", "640 root:sys_protected"),
        ("/etc/platform/admin-password", "640 root:sys_protected"),
        ("/etc/sturnus/sturnus.toml", "640 root:sturnus"),
        ("/etc/sturnus/keystone-password", "640 root:sturnus"),
        ("/etc/sturnus/enrolment-digest", "640 root:sturnus"),
        ("/etc/sturnus/enrolment-secret", "600 root:root"),
        ("/etc/sturnus/kubeconfig", "600 sturnus:sturnus"),
        ("/etc/sturnus/kubeconfig.token", "600 sturnus:sturnus"),
        ("/etc/sturnus/tls/keystone.key", "640 root:keystone"),
        ("/etc/sturnus/tls/sturnus.key", "640 root:sturnus"),
        ("/var/lib/sturnus/keystone", "700 keystone:keystone"),
        ("/var/lib/sturnus/inventory", "700 sturnus:sturnus"),
        ("/var/lib/sturnus/agent", "700 root:root"),
        ("/var/lib/sturnus/programs", "755 root:root"),
    ],
)
def test_who_owns_what(system: System, lab: Lab, path: str, owned: str) -> None:
    assert on(lab, "controller-0", f"stat -c '%a %U:%G' {path}").strip() == owned


@pytest.mark.parametrize("user", ["keystone", "sturnus", "nobody"])
def test_one_program_taken_over_does_not_read_anothers_secrets(system: System, lab: Lab, user: str) -> None:
    secrets = {
        "keystone": ["/var/lib/sturnus/keystone/passwords/admin", "/etc/sturnus/tls/keystone.key"],
        "sturnus": ["/etc/sturnus/kubeconfig.token", "/var/lib/sturnus/inventory/sturnus.db"],
        "root": ["/etc/sturnus/enrolment-secret", "/var/lib/sturnus/agent/agent.key", "/etc/kubernetes/admin.conf"],
    }
    others = [path for owner, paths in secrets.items() if owner != user for path in paths]

    read = f"for f in {' '.join(others)}; do cat $f >/dev/null 2>&1 && echo $f; done; true"
    assert on(lab, "controller-0", as_user(user, user if user != "nobody" else "nogroup", read)) == ""


def test_the_administrators_group_uses_the_openrc_and_others_do_not(system: System, lab: Lab) -> None:
    use = ". /etc/platform/openrc && exec system host-list"

    assert "hostname" in on(lab, "controller-0", as_user("nobody", "sys_protected", use))
    with pytest.raises(CommandFailed) as refused:
        on(lab, "controller-0", as_user("nobody", "nogroup", use))
    assert "Permission denied" in refused.value.output


@pytest.fixture
def inventorys_own(system: System, lab: Lab) -> Iterator[Client]:
    """The cluster as the inventory sees it, from this machine."""
    config = KubeConfig.from_file(lab.paths.kubeconfig)
    (user,) = config.users.values()
    user.client_cert = user.client_cert_data = user.client_key = user.client_key_data = None
    user.token = on(lab, "controller-0", "cat /etc/sturnus/kubeconfig.token")
    opened = Client(config, trust_env=False)
    yield opened
    opened.close()


def test_the_inventorys_account_does_what_it_needs_and_nothing_else(inventorys_own: Client) -> None:
    nodes = [node.metadata.name for node in inventorys_own.list(Node) if node.metadata]
    assert "compute-1" in nodes
    inventorys_own.patch(Node, "compute-1", {"metadata": {"labels": {"probe": "x"}}}, dry_run=True)
    assert {
        lease.metadata.name for lease in inventorys_own.list(Lease, namespace="kube-node-lease") if lease.metadata
    } == {*nodes}

    for forbidden in (
        lambda: list(inventorys_own.list(Secret, namespace="kube-system")),
        lambda: inventorys_own.delete(Node, "compute-1", dry_run=True),
        lambda: list(inventorys_own.list(Lease, namespace="kube-system")),
    ):
        with pytest.raises(ApiError) as refused:
            forbidden()
        assert refused.value.status.code == 403


def test_a_token_that_the_cluster_refuses_is_replaced_and_the_inventory_goes_on(
    system: System, lab: Lab, client: Client, announced: Announced
) -> None:
    create = (
        "sturnus kubeconfig-create --admin-kubeconfig /etc/kubernetes/admin.conf"
        " --output /etc/sturnus/kubeconfig --owner sturnus"
    )
    assert "will do; it ends on" in on(lab, "controller-0", create)

    # Another signature: the last letter of one may be changed without changing what it stands for.
    on(lab, "controller-0", r"cd /etc/sturnus && sed -i 's/\.[^.]*$/.c2lnbmF0dXJl/' kubeconfig.token")

    assert "(the cluster refuses it)" in on(lab, "controller-0", create)
    system("host-update", announced("compute-1"), "personality=worker", "hostname=compute-1")
    try:
        system("host-label-assign", "compute-1", "hardening=on", "--wait")
        metadata = client.get(Node, "compute-1").metadata
        assert metadata is not None
        assert (metadata.labels or {}).get("hardening") == "on"
    finally:
        system("host-delete", "compute-1")


@pytest.mark.parametrize("port", [5000, 6385])
def test_nothing_is_served_without_tls(system: System, lab: Lab, port: int) -> None:
    with socket.create_connection((lab.outside(lab.active_controller), port), timeout=20) as connection:
        connection.sendall(b"GET /v3 HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            answer = connection.recv(1000)
        except ConnectionError:
            answer = b""
    assert not answer.startswith(b"HTTP")


def test_who_trusts_somebody_else_is_told_so_and_may_do_without(system: System, tmp_path: Path) -> None:
    other = Authority.load_or_create(tmp_path).certificate

    refused = system("--ca-file", str(other), "host-list", check=False)

    assert refused.returncode == 1
    assert f"is not trusted: its certificate is not signed by an authority that {other} names." in refused.stderr
    assert "To do: look at OS_CACERT or --ca-file" in refused.stderr
    assert system("--insecure", "host-list").returncode == 0


def test_the_doctor_finds_nothing_wrong_on_any_host(system: System, lab: Lab) -> None:
    for host in lab.hosts:
        status, words = status_and_words(lab, host.name, "sturnus doctor")
        assert status == 0, words
        assert "0 wrong, 0 warnings" in words
    found = json.loads(on(lab, "controller-0", "sturnus doctor --format json"))
    assert {each["level"] for each in found} == {"ok"}


def test_the_doctor_names_what_is_broken_and_what_to_do(system: System, lab: Lab) -> None:
    broken = (
        "sv stop keystone >/dev/null; chmod 000 /etc/sturnus/tls/sturnus.key; setpriv --reuid=sturnus --regid=sturnus"
    )
    broken += " --clear-groups sturnus doctor"
    try:
        status, words = status_and_words(lab, "controller-0", broken)
    finally:
        on(lab, "controller-0", "sv start keystone; chmod 640 /etc/sturnus/tls/sturnus.key")

    assert status == 1
    assert "/etc/sturnus/tls/sturnus.key: Permission denied" in words
    assert "the platform's Keystone cannot be asked: ConnectError at https://" in words
    assert "ok       cluster " in words
    eventually(
        lambda: system("--os-password", "wrong", "host-list", check=False).stderr, lambda said: "401" in said, 120
    )


@pytest.fixture
def adopted(system: System, lab: Lab, announced: Announced) -> Iterator[str]:
    """What adopting compute-1 says. Afterwards it is deleted, and announces itself anew."""
    announced("compute-1")
    yield adopt(lab, "compute-1 --yes")
    system("host-lock", "compute-1", "--wait")
    system("host-delete", "compute-1")


def adopt(lab: Lab, options: str) -> str:
    command = f"sturnus host-adopt --kubeconfig /etc/kubernetes/admin.conf {options}"
    return on(lab, "controller-0", f"bash -c '. /etc/platform/openrc && {command}'")


def test_adopting_shows_what_it_would_do(system: System, lab: Lab, announced: Announced) -> None:
    announced("compute-0")
    before = system("host-list").stdout

    shown = adopt(lab, "")

    assert all(host.name in shown for host in lab.hosts)
    doing_it = "sturnus host-adopt --kubeconfig /etc/kubernetes/admin.conf --yes"
    assert shown.endswith(f"Nothing was changed. To do it: {doing_it}\n")
    assert system("host-list").stdout == before


def test_a_node_is_adopted_once_and_its_agent_stays_with_it(system: System, lab: Lab, adopted: str) -> None:
    assert "announced itself with its address, and has no name" in adopted
    assert system("host-show", "compute-1", *STATES).stdout.split() == ["unlocked", "enabled", "available"]
    assert "its host is in the inventory, and has an agent" in adopt(lab, "compute-1 --yes")
