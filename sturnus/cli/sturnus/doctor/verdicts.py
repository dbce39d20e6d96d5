"""The judgement: every finding at once, in the order in which things depend on each other. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sturnus.cli.sturnus.doctor import kubeconfigs
from sturnus.cli.sturnus.doctor.facts import KEYSTONE_AGAIN, AgentFacts, PlatformFacts, Problem, TokenFileFacts
from sturnus.core.signed_requests import FRESH
from sturnus.faults.sources import LATE, NEAR_END
from sturnus.identity.permissions import SERVICE_ROLE
from sturnus.kubernetes.access_review import Asked

CLOCK: Final = timedelta(seconds=5)
"""Clocks further apart make logs hard to read; nothing breaks yet."""
ROOM_MIB: Final = 1024
NO_ROOM_MIB: Final = 100


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    """As it should be."""
    WARNING = "warning"
    """Works, and will not for ever, or not as safely as it could."""
    WRONG = "wrong"
    """Something does not work."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the report."""

    level: Level
    subject: str
    found: str
    remedy: str = ""


def ok(subject: str, found: str) -> Verdict:
    """As it should be."""
    return Verdict(Level.OK, subject, found)


def warning(subject: str, found: str, remedy: str) -> Verdict:
    """Not for ever."""
    return Verdict(Level.WARNING, subject, found, remedy)


def wrong(subject: str, found: str, remedy: str) -> Verdict:
    """Not at all."""
    return Verdict(Level.WRONG, subject, found, remedy)


def settings(facts: PlatformFacts) -> Iterator[Verdict]:
    """They were read; what they say must not put tokens into the open."""
    found = facts.settings
    if found.open_to_network and not found.tls:
        yield warning(
            "settings",
            f"{found.file}: {found.listen} is served without TLS, and tokens travel in the open",
            "set tls_certificate and tls_key",
        )
    else:
        yield ok("settings", str(found.file))


def certificate(facts: PlatformFacts) -> Iterator[Verdict]:
    """It can be served, for a while."""
    match facts.certificate:
        case None:
            return
        case Problem(why, remedy):
            yield wrong("certificate", why, remedy)
        case found:
            yield _ending("certificate", str(found.file), found.ends, facts.now, "replace it and its key in place")


def disk(facts: PlatformFacts) -> Iterator[Verdict]:
    """SQLite needs room to write, even to delete."""
    if (found := facts.disk) is None:
        return
    room = f"{found.directory}: {found.free_mib} MiB of {found.total_mib} are free"
    if found.free_mib < NO_ROOM_MIB:
        yield wrong("disk", room, "make room: the inventory cannot write soon")
    elif found.free_mib < ROOM_MIB:
        yield warning("disk", room, "make room")
    else:
        yield ok("disk", room)


def database(facts: PlatformFacts) -> Iterator[Verdict]:
    """It answers, with the tables of this version."""
    match facts.database:
        case Problem(why, remedy):
            yield wrong("database", why, remedy)
        case found if not found.up_to_date:
            yield wrong("database", f"{found.name} has other tables than this version", "sturnus db upgrade")
        case found:
            yield ok("database", f"{found.name} answers, and is up to date")


def outbox(facts: PlatformFacts) -> Iterator[Verdict]:
    """Notices arrive."""
    if isinstance(facts.database, Problem):
        return
    late = [waiting for waiting in facts.database.waiting if facts.now - waiting.oldest > LATE]
    for each in late:
        since = _ago(facts.now - each.oldest)
        yield warning(
            "outbox",
            f"{each.count} notices to {each.topic} wait, the oldest since {since}: {each.reason}",
            "mend what the reason names: they are delivered by themselves then",
        )
    if not late:
        yield ok("outbox", "nothing waits for longer than a minute")


def tokens(facts: PlatformFacts) -> Iterator[Verdict]:
    """Somebody checks them."""
    match facts.tokens:
        case Problem(why, remedy):
            yield wrong("keystone", why, remedy)
        case TokenFileFacts(file):
            yield ok("tokens", f"checked against {file}, without a Keystone")
        case found if SERVICE_ROLE not in found.roles:
            yield wrong(
                "keystone",
                f"{found.url}: user {found.user} lacks the role {SERVICE_ROLE}",
                KEYSTONE_AGAIN,
            )
        case found:
            yield ok("keystone", f"{found.url} gives user {found.user} a token, and says whose a token is")


def cluster(facts: PlatformFacts) -> Iterator[Verdict]:
    """It answers, and we may do what we need, and no more."""
    create = kubeconfigs.creating(facts.kubeconfig)
    match facts.cluster:
        case None:
            yield warning(
                "cluster",
                "no kubeconfig is set: labels are kept, and no node is touched",
                f"{create}, then set kubeconfig",
            )
            return
        case Problem(why, remedy):
            yield wrong("cluster", why, remedy)
            return
        case found:
            pass
    if lacking := _named(found.needed, granted=False):
        yield wrong("cluster", f"{found.server} does not let us {lacking}", create)
    elif more := _named(found.excess, granted=True):
        yield warning("cluster", f"{found.server} lets us {more}: more than the inventory needs", create)
    else:
        yield ok("cluster", f"{found.server} lets us do what we need, and no more")
    if found.ahead is not None:
        yield _clock("the cluster's", found.ahead)


def cluster_tokens(facts: PlatformFacts) -> Iterator[Verdict]:
    """None of our programs loses the cluster at the end of its year."""
    for each in facts.cluster_tokens:
        match each.ends:
            case None:
                continue
            case Problem(why, remedy):
                yield wrong("cluster token", why, remedy)
            case ends:
                what = f"{each.kubeconfig.file}: the token"
                yield _ending("cluster token", what, ends, facts.now, kubeconfigs.creating(each.kubeconfig))


def enrolment(facts: PlatformFacts) -> Iterator[Verdict]:
    """Agents of new hosts can come in."""
    match facts.enrolment:
        case None:
            yield warning("enrolment", "no agent can enrol: enrolment_file is not set", "set enrolment_file")
        case Problem(why, remedy):
            yield wrong("enrolment", why, remedy)
        case file:
            yield ok("enrolment", f"{file} holds the digest of a secret")


def server(facts: PlatformFacts) -> Iterator[Verdict]:
    """The process runs, and its loops turn."""
    match facts.server:
        case Problem(why, remedy):
            yield wrong("inventory", why, remedy)
        case found if not found.healthy:
            yield wrong("inventory", f"{found.url} makes no progress", "see its log, then restart it")
        case found if facts.cluster is not None and found.nodes != "followed":
            yield warning("inventory", f"{found.url} does not follow nodes: {found.nodes}", "see cluster above")
        case found:
            yield ok("inventory", f"{found.url} answers, and makes progress")


def vim(facts: PlatformFacts) -> Iterator[Verdict]:
    """Locks and unlocks are carried out."""
    match facts.vim:
        case None:
            yield warning(
                "vim",
                "no VIM is set: lock and unlock are words, and no pod leaves a host that is locked",
                "sturnus serve vim, then set vim_url",
            )
        case Problem(why, remedy):
            yield wrong("vim", why, remedy)
        case found if not found.healthy:
            yield wrong("vim", f"{found.url} makes no progress", "see its log, then restart it")
        case found if found.inventory != "answers":
            yield wrong("vim", f"{found.url} cannot ask the inventory: {found.inventory}", "see its log")
        case found:
            yield ok("vim", f"{found.url} answers, and makes progress")


PLATFORM_CHECKS: Final[tuple[Callable[[PlatformFacts], Iterator[Verdict]], ...]] = (
    settings,  # everything else follows from them
    certificate,
    disk,  # a full one explains what comes next
    database,
    tokens,
    cluster,
    cluster_tokens,
    outbox,  # waits for the cluster
    enrolment,
    server,  # needs all of them
    vim,  # asks the inventory
)


def agent_rights(facts: AgentFacts) -> Iterator[Verdict]:
    """It reads hardware and reboots."""
    if facts.is_root:
        yield ok("agent", "runs as root, which reading hardware and rebooting need")
    else:
        yield wrong("agent", "does not run as root: it cannot read all hardware, nor reboot", "run it as root")


def agent_address(facts: AgentFacts) -> Iterator[Verdict]:
    """A host is managed by the address of its default route."""
    if facts.address is None:
        yield wrong("agent network", "this host has no default route with an address", "configure its network")
    else:
        yield ok("agent network", f"the host is managed by {facts.address}")


def agent_key(facts: AgentFacts) -> Iterator[Verdict]:
    """Its own, and nobody else's."""
    match facts.key:
        case Problem(why, remedy):
            yield wrong("agent key", why, remedy)
        case file:
            yield ok("agent key", str(file))


def agent_platform(facts: AgentFacts) -> Iterator[Verdict]:
    """The inventory answers, and its clock and ours agree: requests are signed with the time."""
    match facts.ahead:
        case Problem(why, remedy):
            yield wrong("agent platform", why, remedy)
        case ahead:
            yield ok("agent platform", f"{facts.platform} answers")
            yield _clock("the inventory's", ahead)


def agent_enrolled(facts: AgentFacts) -> Iterator[Verdict]:
    """The inventory knows it. The secret matters only until then."""
    if facts.host is not None:
        yield ok("agent enrolment", f"enrolled as host {facts.host}")
        return
    match facts.secret:
        case Problem(why, remedy):
            yield wrong("agent enrolment", f"not enrolled: {why}", remedy)
        case file:
            yield wrong(
                "agent enrolment",
                f"not enrolled yet, with the secret in {file}",
                "see the agent's log: it tries every few seconds",
            )


AGENT_CHECKS: Final[tuple[Callable[[AgentFacts], Iterator[Verdict]], ...]] = (
    agent_rights,
    agent_address,
    agent_key,
    agent_platform,
    agent_enrolled,  # needs all of them
)


def of_platform(facts: PlatformFacts) -> list[Verdict]:
    """All that is to be said of a controller."""
    return [verdict for check in PLATFORM_CHECKS for verdict in check(facts)]


def of_agent(facts: AgentFacts) -> list[Verdict]:
    """All that is to be said of a host's agent."""
    return [verdict for check in AGENT_CHECKS for verdict in check(facts)]


def _ending(subject: str, what: str, ends: datetime, now: datetime, remedy: str) -> Verdict:
    if ends <= now:
        return wrong(subject, f"{what} has expired on {ends:%Y-%m-%d}", remedy)
    days = (ends - now).days
    if ends - now < NEAR_END:
        return warning(subject, f"{what} ends in {days} days, on {ends:%Y-%m-%d}", remedy)
    return ok(subject, f"{what} is good until {ends:%Y-%m-%d}")


def _clock(whose: str, ahead: timedelta) -> Verdict:
    apart = abs(ahead)
    words = f"ours is {apart.total_seconds():.0f} s {'ahead of' if ahead > timedelta() else 'behind'} {whose}"
    remedy = "have both follow one time server: chronyc tracking"
    if apart >= FRESH:
        return wrong("clock", words, remedy)
    return warning("clock", words, remedy) if apart > CLOCK else ok("clock", f"ours and {whose} agree")


def _named(answers: Mapping[Asked, bool], *, granted: bool) -> str:
    """What is (or is not) granted, in words: `patch nodes, watch leases in kube-node-lease`."""
    return ", ".join(
        f"{verb} {permission.resource}" + (f" in {permission.namespace}" if permission.namespace else "")
        for (permission, verb), answer in answers.items()
        if answer is granted
    )


def _ago(since: timedelta) -> str:
    minutes = int(since.total_seconds() // 60)
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"
