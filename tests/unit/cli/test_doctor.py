import base64
import json
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from docs.made.commands import PARSERS
from sturnus.cli.sturnus.doctor import kubeconfigs
from sturnus.cli.sturnus.doctor.facts import (
    AgentFacts,
    CertificateFacts,
    ClusterFacts,
    ClusterToken,
    DatabaseFacts,
    DiskFacts,
    KeystoneFacts,
    KubeconfigFacts,
    PlatformFacts,
    Problem,
    ServerFacts,
    SettingsFacts,
    TokenFileFacts,
    VimFacts,
    Waiting,
)
from sturnus.cli.sturnus.doctor.gathering import EXCESS
from sturnus.cli.sturnus.doctor.hosting import running_agent
from sturnus.cli.sturnus.doctor.run import in_lines
from sturnus.cli.sturnus.doctor.verdicts import Level, Verdict, of_agent, of_platform
from sturnus.core.settings import Settings
from sturnus.kubernetes import kubeconfig
from sturnus.kubernetes.account import NEEDED
from sturnus.kubernetes.kubeconfig import ClusterAddress

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
CLUSTER = ClusterFacts(
    server="https://api:6443",
    needed={(permission, verb): True for permission in NEEDED for verb in permission.verbs},
    excess={(permission, verb): False for permission in EXCESS for verb in permission.verbs},
    ahead=timedelta(),
)
INVENTORY = KubeconfigFacts("inventory", Path("/etc/sturnus/kubeconfig"), "sturnus")
OF_VIM = KubeconfigFacts("vim", Path("/etc/sturnus/vim-kubeconfig"), "sturnus-vim")
HEALTHY = PlatformFacts(
    now=NOW,
    settings=SettingsFacts(Path("/etc/sturnus/sturnus.toml"), "192.0.2.1:6385", open_to_network=True, tls=True),
    certificate=CertificateFacts(Path("/tls.crt"), NOW + YEAR),
    database=DatabaseFacts("sqlite:///x.db", up_to_date=True, waiting=()),
    disk=DiskFacts(Path("/var/lib/sturnus"), 5000, 10000),
    tokens=KeystoneFacts("https://192.0.2.1:5000", "sturnus", frozenset({"service"})),
    kubeconfig=INVENTORY,
    cluster_tokens=(ClusterToken(INVENTORY, NOW + YEAR), ClusterToken(OF_VIM, NOW + YEAR)),
    cluster=CLUSTER,
    enrolment=Path("/etc/sturnus/enrolment-digest"),
    server=ServerFacts("https://192.0.2.1:6385", healthy=True, nodes="followed"),
    vim=VimFacts("https://192.0.2.1:30001", healthy=True, inventory="answers"),
)
AGENT = AgentFacts(
    platform="https://192.0.2.1:6385",
    is_root=True,
    key=Path("/var/lib/sturnus/agent/agent.key"),
    host="8fed1db4",
    secret=Path("/etc/sturnus/enrolment-secret"),
    address="192.0.2.20",
    ahead=timedelta(),
)


def not_ok(verdicts: list[Verdict]) -> list[str]:
    return [f"{each.level}: {each.subject}: {each.found}" for each in verdicts if each.level is not Level.OK]


def test_where_all_is_well_everything_is_said_to_be_so() -> None:
    assert not_ok(of_platform(HEALTHY)) == []
    assert [each.subject for each in of_platform(HEALTHY)] == [
        "settings", "certificate", "disk", "database", "keystone", "cluster", "clock", "cluster token",
        "cluster token", "outbox", "enrolment", "inventory", "vim",
    ]  # fmt: skip
    assert not_ok(of_agent(AGENT)) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            {"settings": replace(HEALTHY.settings, tls=False), "certificate": None},
            "warning: settings: /etc/sturnus/sturnus.toml: 192.0.2.1:6385 is served without TLS, and tokens travel in "
            "the open",
        ),
        (
            {"certificate": CertificateFacts(Path("/tls.crt"), NOW + timedelta(days=29))},
            "warning: certificate: /tls.crt ends in 29 days, on 2026-12-24",
        ),
        (
            {"certificate": CertificateFacts(Path("/tls.crt"), NOW - timedelta(hours=1))},
            "wrong: certificate: /tls.crt has expired on 2026-11-25",
        ),
        ({"certificate": Problem("/tls.key: Permission denied")}, "wrong: certificate: /tls.key: Permission denied"),
        (
            {"vim": None},
            "warning: vim: no VIM is set: lock and unlock are words, and no pod leaves a host that is locked",
        ),
        ({"vim": Problem("it does not answer")}, "wrong: vim: it does not answer"),
        (
            {"vim": VimFacts("https://v:30001", healthy=True, inventory="401")},
            "wrong: vim: https://v:30001 cannot ask the inventory: 401",
        ),
        (
            {"vim": VimFacts("https://v:30001", healthy=False, inventory="answers")},
            "wrong: vim: https://v:30001 makes no progress",
        ),
        ({"disk": DiskFacts(Path("/d"), 99, 10000)}, "wrong: disk: /d: 99 MiB of 10000 are free"),
        ({"disk": DiskFacts(Path("/d"), 1000, 10000)}, "warning: disk: /d: 1000 MiB of 10000 are free"),
        ({"database": Problem("/x.db does not exist")}, "wrong: database: /x.db does not exist"),
        (
            {"database": DatabaseFacts("sqlite:///x.db", up_to_date=False, waiting=())},
            "wrong: database: sqlite:///x.db has other tables than this version",
        ),
        (
            {
                "database": DatabaseFacts(
                    "db", up_to_date=True, waiting=(Waiting("node", 3, NOW - timedelta(hours=3), "refused"),)
                )
            },
            "warning: outbox: 3 notices to node wait, the oldest since 3 h ago: refused",
        ),
        (
            {"tokens": KeystoneFacts("https://k", "sturnus", frozenset())},
            "wrong: keystone: https://k: user sturnus lacks the role service",
        ),
        ({"tokens": Problem("nobody checks tokens")}, "wrong: keystone: nobody checks tokens"),
        ({"cluster": None}, "warning: cluster: no kubeconfig is set: labels are kept, and no node is touched"),
        (
            {"cluster": replace(CLUSTER, needed={(NEEDED[0], "patch"): False, (NEEDED[1], "watch"): False})},
            "wrong: cluster: https://api:6443 does not let us patch nodes, watch leases in kube-node-lease",
        ),
        (
            {"cluster": replace(CLUSTER, excess={(EXCESS[0], "list"): True})},
            "warning: cluster: https://api:6443 lets us list secrets: more than the inventory needs",
        ),
        (
            {"cluster_tokens": (ClusterToken(INVENTORY, NOW - timedelta(days=1)),)},
            "wrong: cluster token: /etc/sturnus/kubeconfig: the token has expired on 2026-11-24",
        ),
        (
            {"cluster_tokens": (ClusterToken(INVENTORY, None), ClusterToken(OF_VIM, NOW + timedelta(days=29)))},
            "warning: cluster token: /etc/sturnus/vim-kubeconfig: the token ends in 29 days, on 2026-12-24",
        ),
        (
            {"cluster_tokens": (ClusterToken(INVENTORY, Problem("/etc/sturnus/kubeconfig is no kubeconfig: x")),)},
            "wrong: cluster token: /etc/sturnus/kubeconfig is no kubeconfig: x",
        ),
        (
            {"cluster": replace(CLUSTER, ahead=timedelta(seconds=-30))},
            "warning: clock: ours is 30 s behind the cluster's",
        ),
        (
            {"cluster": replace(CLUSTER, ahead=timedelta(seconds=61))},
            "wrong: clock: ours is 61 s ahead of the cluster's",
        ),
        ({"enrolment": None}, "warning: enrolment: no agent can enrol: enrolment_file is not set"),
        (
            {"server": ServerFacts("https://s", healthy=False, nodes="followed")},
            "wrong: inventory: https://s makes no progress",
        ),
        (
            {"server": ServerFacts("https://s", healthy=True, nodes="no answer")},
            "warning: inventory: https://s does not follow nodes: no answer",
        ),
    ],
)
def test_what_is_not_as_it_should_be_is_said_and_nothing_else(changes: dict[str, Any], found: str) -> None:
    assert not_ok(of_platform(replace(HEALTHY, **changes))) == [found]


def test_a_command_that_makes_a_kubeconfig_anew_leaves_it_to_whose_it_is() -> None:
    """Used to be without its owner: by root, as the doctor advises, the inventory lost the cluster."""
    command = (
        "/opt/sturnus/bin/sturnus kubeconfig-create --admin-kubeconfig /etc/kubernetes/admin.conf --account inventory "
        "--output /etc/sturnus/kubeconfig --owner sturnus"
    )
    tokens = (ClusterToken(INVENTORY, NOW), ClusterToken(OF_VIM, NOW))

    said = [each.remedy for each in of_platform(replace(HEALTHY, cluster_tokens=tokens)) if each.level is not Level.OK]

    assert said[0] == command
    assert said[1].endswith("--account vim --output /etc/sturnus/vim-kubeconfig --owner sturnus-vim")
    assert PARSERS["sturnus"]().parse_args(shlex.split(command)[1:]).owner == "sturnus"


def test_a_keystone_that_lacks_something_is_begun_anew_with_its_own_options() -> None:
    facts = replace(HEALTHY, tokens=KeystoneFacts("https://k", "sturnus", frozenset()))

    (found,) = (each.remedy for each in of_platform(facts) if each.level is not Level.OK)

    assert found.startswith("sv restart keystone; ")


def test_a_notice_that_waits_for_its_turn_is_no_finding() -> None:
    waiting = (Waiting("node", 1, NOW - timedelta(seconds=2), "not tried yet"),)
    assert not_ok(of_platform(replace(HEALTHY, database=DatabaseFacts("db", up_to_date=True, waiting=waiting)))) == []


def test_tokens_from_a_file_are_fine() -> None:
    assert not_ok(of_platform(replace(HEALTHY, tokens=TokenFileFacts(Path("/tokens"))))) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"is_root": False}, "wrong: agent: does not run as root: it cannot read all hardware, nor reboot"),
        ({"address": None}, "wrong: agent network: this host has no default route with an address"),
        ({"key": Problem("can be read by others")}, "wrong: agent key: can be read by others"),
        ({"ahead": Problem("does not answer")}, "wrong: agent platform: does not answer"),
        ({"ahead": timedelta(minutes=2)}, "wrong: clock: ours is 120 s ahead of the inventory's"),
        (
            {"host": None},
            "wrong: agent enrolment: not enrolled yet, with the secret in /etc/sturnus/enrolment-secret",
        ),
        ({"host": None, "secret": Problem("no file")}, "wrong: agent enrolment: not enrolled: no file"),
    ],
)
def test_what_is_wrong_with_an_agent_is_said(changes: dict[str, Any], found: str) -> None:
    assert not_ok(of_agent(replace(AGENT, **changes))) == [found]


def test_the_agent_that_runs_here_is_found_by_its_words(tmp_path: Path) -> None:
    for number, words in ((7, ["sh", "sturnus"]), (9, ["/opt/python3", "/opt/bin/sturnus", "agent", "--state", "/s"])):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")

    assert running_agent(tmp_path) == (9, ["agent", "--state", "/s"])
    assert running_agent(tmp_path / "7") is None


def test_the_report_is_aligned_and_says_what_to_do() -> None:
    found = [
        Verdict(Level.OK, "settings", "fine"),
        Verdict(Level.WRONG, "database", "away", "start it"),
    ]

    assert in_lines(found, coloured=False) == (
        "ok       settings  fine\n"
        "wrong    database  away\n"
        "                   do: start it\n"
        "2 checks: 1 wrong, 0 warnings\n"
    )
    assert "\x1b[31mwrong  \x1b[0m" in in_lines(found, coloured=True)


def a_kubeconfig(file: Path, ends: datetime) -> Path:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": int(ends.timestamp())}).encode()).decode().rstrip("=")
    token_file = kubeconfig.token_file_of(file)
    file.write_text(kubeconfig.render(ClusterAddress("https://api:6443", "PEM"), token_file))
    token_file.write_text(f"x.{claims}.x")
    return file


def test_the_token_of_each_kubeconfig_that_is_set_is_looked_at(tmp_path: Path) -> None:
    """Used to be the inventory's alone: applications, nodes and the VIM lost the cluster unannounced."""
    settings = Settings(
        kubeconfig=a_kubeconfig(tmp_path / "kubeconfig", NOW),
        applications_kubeconfig=a_kubeconfig(tmp_path / "applications", NOW + YEAR),
        nodes_kubeconfig=tmp_path / "none",
    )

    found = {each.kubeconfig.account: each.ends for each in kubeconfigs.tokens(settings)}

    assert (found["inventory"], found["applications"]) == (NOW, NOW + YEAR)
    assert isinstance(found["nodes"], Problem)
