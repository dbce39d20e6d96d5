"""Whatever happens in whatever order: no host fails that one of its witnesses has spoken for.

Everything but the tables is real: what is heard, the leases as they were seen, the decision. What is stored about a
host is kept by the test as `failures.settle` keeps it.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sturnus.core.states import Administrative, Fencing, Verdict
from sturnus.inventory import failures
from sturnus.inventory.failures import ONLY_SHOWN, Stored
from sturnus.inventory.host import Host
from sturnus.inventory.sightings import Sightings
from sturnus.inventory.witnesses import Heartbeat, crowd_of, decide, network_suspected
from sturnus.kubernetes.lease import NodeLease
from tests.builders import NOW, HandClock, in_service, nothing_seen

SILENCE, DURATION, SHARE = 5, 8, 0.5
HOSTS = ("a", "b", "c", "d")

STEPS = st.one_of(
    st.tuples(st.just("agent stops"), st.sampled_from(HOSTS)),
    st.tuples(st.just("agent starts"), st.sampled_from(HOSTS)),
    st.tuples(st.just("kubelet stops"), st.sampled_from(HOSTS)),
    st.tuples(st.just("kubelet starts"), st.sampled_from(HOSTS)),
    st.tuples(st.just("the cluster goes away"), st.none()),
    st.tuples(st.just("the cluster comes back"), st.none()),
    st.tuples(st.just("the inventory is killed for 60 s"), st.none()),
    st.tuples(st.just("time passes"), st.integers(1, 30)),
)


@dataclass
class World:
    """Four hosts in service, and an inventory that looks at them each second."""

    clock: HandClock = field(default_factory=HandClock)
    agents: set[str] = field(default_factory=lambda: set(HOSTS))
    kubelets: set[str] = field(default_factory=lambda: set(HOSTS))
    has_cluster: bool = True
    seconds: int = 0

    def __post_init__(self) -> None:
        self.hosts: dict[str, Host] = {name: in_service(name, uuid=name) for name in HOSTS}
        self.stored = dict.fromkeys(HOSTS, Stored())
        # When something last spoke for the host, whether anybody heard it or not.
        self.spoke: dict[str, dict[str, float]] = {
            name: {"agent": self.clock(), "lease": self.clock()} for name in HOSTS
        }
        self.renewed = dict.fromkeys(HOSTS, 0)
        self.begin()

    def begin(self) -> None:
        self.sightings: Sightings = nothing_seen(self.clock)
        self.suspicion: str | None = None

    def take(self, step: str, what: object) -> None:
        match step:
            case "agent stops":
                self.agents.discard(str(what))
            case "agent starts":
                self.agents.add(str(what))
            case "kubelet stops":
                self.kubelets.discard(str(what))
            case "kubelet starts":
                self.kubelets.add(str(what))
            case "the cluster goes away":
                self.has_cluster = False
                self.sightings.leases.broken("away")
            case "the cluster comes back":
                self.has_cluster = True
            case "the inventory is killed for 60 s":
                self.clock.pass_by(60)
                self.begin()
            case "time passes":
                for _ in range(int(str(what))):
                    self.second()

    def second(self) -> None:
        self.clock.pass_by(1)
        self.seconds += 1
        self.sightings.hearing.listened()
        for name in HOSTS:
            if name in self.agents:
                self.sightings.hearing.heard(name)
                self.spoke[name]["agent"] = self.clock()
            if name in self.kubelets and self.has_cluster and self.seconds % 2 == 0:
                self.renewed[name] += 1
                self.spoke[name]["lease"] = self.clock()
            if self.has_cluster:
                seen = NodeLease(name, NOW + timedelta(seconds=self.renewed[name]), DURATION)
                self.sightings.leases.take(seen)
        self.look()

    def look(self) -> None:
        told = {name: self.sightings.evidence(name, name) for name in HOSTS}
        suspicion = network_suspected(
            crowd_of((self.sightings.is_missing(name), told[name].lease) for name in HOSTS), SHARE
        )
        if suspicion is None and self.suspicion is not None:
            self.sightings.trust_again()
        self.suspicion = suspicion
        for name in HOSTS:
            self.judge(name)

    def judge(self, name: str) -> None:
        host, stored, evidence = self.hosts[name], self.stored[name], self.sightings.evidence(name, name)
        decision = decide(failures.facts_of(host, stored, evidence), self.suspicion)
        outcome = failures.outcome_of(host, stored, decision, evidence, None)
        if decision.verdict in ONLY_SHOWN:
            return
        if decision.verdict is Verdict.FAILED is not stored.verdict:
            self.assert_both_were_silent(name)
        self.hosts[name] = replace(
            host, operational=outcome.states.operational, availability=outcome.states.availability
        )
        self.stored[name] = Stored(decision.verdict, outcome.was_enabled, outcome.fencing)
        if decision.verdict is Verdict.PRESENT:
            self.stored[name] = Stored()

    def assert_both_were_silent(self, name: str) -> None:
        assert self.clock() - self.spoke[name]["agent"] > SILENCE
        assert self.clock() - self.spoke[name]["lease"] >= DURATION
        assert self.has_cluster


@settings(max_examples=300)
@given(st.lists(STEPS, min_size=1, max_size=25))
def test_no_host_fails_that_one_of_its_witnesses_has_spoken_for(steps: list[tuple[str, object]]) -> None:
    world = World()
    world.take("time passes", 5)
    for step, what in steps:
        world.take(step, what)


@given(st.lists(STEPS, max_size=15))
def test_once_all_is_well_again_every_host_is_back_in_service_and_none_is_fenced(
    steps: list[tuple[str, object]],
) -> None:
    world = World()
    world.take("time passes", 5)
    for step, what in steps:
        world.take(step, what)

    for name in HOSTS:
        world.take("agent starts", name)
        world.take("kubelet starts", name)
    world.take("the cluster comes back", None)
    world.take("time passes", 60)

    assert all(world.sightings.evidence(name, name).heartbeat is Heartbeat.HEARD for name in HOSTS)
    assert set(world.stored.values()) == {Stored()}
    for host in world.hosts.values():
        assert (host.administrative, host.operational, host.availability) == (
            Administrative.UNLOCKED, "enabled", "available"
        )  # fmt: skip


def test_a_host_whose_power_goes_fails_and_shall_be_fenced() -> None:
    world = World()
    world.take("time passes", 5)

    world.take("agent stops", "a")
    world.take("kubelet stops", "a")
    world.take("time passes", 10)

    assert world.stored["a"].verdict is Verdict.FAILED
    assert world.stored["a"].fencing is Fencing.WANTED
    assert {world.stored[name].verdict for name in "bcd"} == {Verdict.PRESENT}


def test_most_hosts_at_once_are_the_networks_fault_until_it_is_over() -> None:
    world = World()
    world.take("time passes", 5)

    for name in "abc":
        world.take("agent stops", name)
        world.take("kubelet stops", name)
    world.take("time passes", 30)
    assert world.suspicion == "3 of 4 unlocked hosts are not heard at once"
    assert set(world.stored.values()) == {Stored()}

    for name in "ab":  # c stays away: it gets its time, and then it has failed
        world.take("agent starts", name)
        world.take("kubelet starts", name)
    world.take("time passes", 3)
    assert world.suspicion is None
    assert world.stored["c"].verdict is Verdict.PRESENT
    world.take("time passes", 10)
    assert world.stored["c"].verdict is Verdict.FAILED
