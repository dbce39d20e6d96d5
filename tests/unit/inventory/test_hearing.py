from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sturnus.core import heartbeats
from sturnus.core.errors import Invalid
from sturnus.core.heartbeats import Kind, SessionKeys
from sturnus.inventory.hearing import GAP, UNKNOWN_PER_SECOND, Hearing
from tests.builders import HandClock


@dataclass
class Speaker:
    """An agent's end of a session."""

    session: bytes
    keys: SessionKeys
    counter: int = 0

    def beat(self) -> bytes:
        self.counter += 1
        return heartbeats.sealed(Kind.HEARTBEAT, self.session, self.counter, self.keys.to_inventory)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hearing(clock: HandClock) -> Hearing:
    return Hearing(clock)


def agreed_with(hearing: Hearing, host: str = "compute-0") -> Speaker:
    own = X25519PrivateKey.generate()
    agreed = hearing.agree(host, own.public_key().public_bytes_raw())
    return Speaker(agreed.session, heartbeats.agreed(own, agreed.public_key, agreed.session))


def test_a_heartbeat_is_heard_and_not_answered(hearing: Hearing, clock: HandClock) -> None:
    agent = agreed_with(hearing)
    clock.pass_by(3)

    assert hearing.receive(agent.beat()) is None

    assert hearing.last("compute-0") == clock()
    assert hearing.heartbeats_arrive("compute-0")


def test_what_was_overheard_or_forged_is_not_heard(hearing: Hearing, clock: HandClock) -> None:
    agent = agreed_with(hearing)
    overheard = agent.beat()
    hearing.receive(overheard)
    heard = clock()
    clock.pass_by(1)

    stranger = agreed_with(hearing, "compute-1")
    forged = heartbeats.sealed(Kind.HEARTBEAT, agent.session, 9, stranger.keys.to_inventory)
    own_answer = heartbeats.sealed(Kind.HEARTBEAT, agent.session, 9, agent.keys.to_agent)
    for datagram in (overheard, forged, own_answer, agent.beat()[:-1], b"", b"x" * 37):
        assert hearing.receive(datagram) is None

    assert hearing.last("compute-0") == heard
    assert hearing.receive(agent.beat()) is None  # a forged counter does not shut the agent out
    assert hearing.last("compute-0") == clock()


def test_a_stranger_is_told_so_with_fewer_bytes_and_not_often(hearing: Hearing, clock: HandClock) -> None:
    stranger = agreed_with(Hearing(clock))
    asked = stranger.beat()

    answer = hearing.receive(asked)

    assert answer is not None
    assert len(answer) < len(asked)
    assert heartbeats.heading_of(answer) == heartbeats.Heading(Kind.UNKNOWN, stranger.session, 1)
    answered = [hearing.receive(stranger.beat()) for _ in range(1000)]
    assert sum(each is not None for each in answered) < UNKNOWN_PER_SECOND
    clock.pass_by(1)
    assert hearing.receive(stranger.beat()) is not None


def test_an_agent_with_an_order_is_told_with_a_seal_until_there_is_none(hearing: Hearing) -> None:
    agent = agreed_with(hearing)
    hearing.want("compute-0")

    answer = hearing.receive(agent.beat())

    assert answer is not None
    assert heartbeats.is_good(answer, agent.keys.to_agent)
    assert heartbeats.heading_of(answer) == heartbeats.Heading(Kind.ASK, agent.session, 1)
    hearing.want_no_more("compute-0")
    assert hearing.receive(agent.beat()) is None


def test_a_new_session_ends_the_one_before(hearing: Hearing) -> None:
    before, after = agreed_with(hearing), agreed_with(hearing)

    assert hearing.receive(before.beat()) is not None  # unknown now
    assert hearing.receive(after.beat()) is None


def test_a_host_that_was_seen_off_is_not_heard_by_what_was_on_its_way(hearing: Hearing) -> None:
    agent = agreed_with(hearing)
    on_its_way = agent.beat()

    hearing.went_down("compute-0")
    hearing.receive(on_its_way)

    assert hearing.last("compute-0") is None


def test_hosts_that_are_gone_are_forgotten(hearing: Hearing) -> None:
    gone, stays = agreed_with(hearing, "gone"), agreed_with(hearing, "stays")

    hearing.keep_only({"stays"})

    assert hearing.receive(gone.beat()) is not None
    assert hearing.receive(stays.beat()) is None
    assert hearing.last("gone") is None


def test_a_gap_in_listening_begins_it_anew(hearing: Hearing, clock: HandClock) -> None:
    began = hearing.listening_since
    clock.pass_by(GAP)
    hearing.listened()
    assert hearing.listening_since == began

    clock.pass_by(GAP + 0.1)
    hearing.listened()
    assert hearing.listening_since == clock()


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31)], ids=["zero", "of low order"])
def test_a_key_that_would_make_no_secret_is_refused(hearing: Hearing, key: bytes) -> None:
    with pytest.raises(Invalid, match="no X25519 key"):
        hearing.agree("compute-0", key)
