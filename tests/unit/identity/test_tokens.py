import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sturnus.core.identity import Identity, Unauthorized
from sturnus.identity.keystone_tokens import KeystoneUnavailable, Verdict
from sturnus.identity.tokens import LONGEST_TOKEN, Lifetimes, TokenValidator

pytestmark = pytest.mark.anyio

START = datetime(2026, 1, 1, tzinfo=UTC)
ANN = Identity("ann", "admin", frozenset({"admin"}), START + timedelta(hours=1))


@dataclass
class Time:
    value: datetime = START

    def now(self) -> datetime:
        return self.value

    def passes(self, seconds: float) -> None:
        self.value += timedelta(seconds=seconds)


@dataclass
class Keystone:
    """Answers from a table, or not at all; waits at the gate when it is shut."""

    answers: dict[str, Identity] = field(default_factory=lambda: {"good": ANN})
    away: bool = False
    asked: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def ask(self, token: str) -> Identity | Verdict:
        self.asked.append(token)
        self.arrived.set()
        async with asyncio.timeout(5):
            await self.gate.wait()
        if self.away:
            raise KeystoneUnavailable("connection refused")
        return self.answers.get(token, Verdict.REFUSED)


async def arrival(keystone: Keystone) -> None:
    async with asyncio.timeout(5):
        await keystone.arrived.wait()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def keystone() -> Keystone:
    return Keystone()


@pytest.fixture
def tokens(keystone: Keystone, time: Time) -> TokenValidator:
    return TokenValidator(keystone, time, Lifetimes(entries=3))


async def test_a_good_token_is_asked_about_once_while_it_is_fresh(
    tokens: TokenValidator, keystone: Keystone, time: Time
) -> None:
    assert await tokens.authenticate("good") == ANN
    time.passes(59)
    assert await tokens.authenticate("good") == ANN
    assert keystone.asked == ["good"]
    time.passes(1)
    await tokens.authenticate("good")
    assert keystone.asked == ["good", "good"]


async def test_a_revoked_token_is_refused_once_it_is_no_longer_fresh(
    tokens: TokenValidator, keystone: Keystone, time: Time
) -> None:
    await tokens.authenticate("good")
    keystone.answers.clear()
    time.passes(60)
    with pytest.raises(Unauthorized):
        await tokens.authenticate("good")


async def test_a_token_ends_when_it_says_however_fresh_the_answer(
    tokens: TokenValidator, keystone: Keystone, time: Time
) -> None:
    time.passes(3590)
    await tokens.authenticate("good")
    keystone.away = True
    time.passes(10)
    with pytest.raises(KeystoneUnavailable):
        await tokens.authenticate("good")


async def test_a_token_that_has_ended_by_our_clock_is_refused(tokens: TokenValidator, time: Time) -> None:
    time.passes(3600)
    with pytest.raises(Unauthorized):
        await tokens.authenticate("good")


async def test_a_bad_token_is_asked_about_once_in_ten_seconds(
    tokens: TokenValidator, keystone: Keystone, time: Time
) -> None:
    for _ in range(3):
        with pytest.raises(Unauthorized):
            await tokens.authenticate("bad")
    assert keystone.asked == ["bad"]
    keystone.answers["bad"] = ANN
    time.passes(10)
    assert await tokens.authenticate("bad") == ANN


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut", "x" * (LONGEST_TOKEN + 1), "nul\0"])
async def test_what_cannot_be_a_token_is_refused_without_asking(
    token: str, tokens: TokenValidator, keystone: Keystone
) -> None:
    with pytest.raises(Unauthorized):
        await tokens.authenticate(token)
    assert keystone.asked == []


async def test_with_keystone_away_a_known_token_works_for_five_minutes(
    tokens: TokenValidator, keystone: Keystone, time: Time
) -> None:
    await tokens.authenticate("good")
    keystone.away = True
    time.passes(299)
    assert await tokens.authenticate("good") == ANN
    time.passes(1)
    with pytest.raises(KeystoneUnavailable):
        await tokens.authenticate("good")


async def test_with_keystone_away_an_unknown_token_gets_a_reason_and_when_to_come_again(
    tokens: TokenValidator, keystone: Keystone
) -> None:
    keystone.away = True
    with pytest.raises(KeystoneUnavailable) as caught:
        await tokens.authenticate("good")
    assert caught.value.message == "the platform's Keystone cannot be asked: connection refused"
    assert caught.value.retry_after == timedelta(seconds=5)


async def test_with_keystone_away_it_is_asked_every_five_seconds_and_not_for_every_request(
    tokens: TokenValidator, keystone: Keystone, time: Time
) -> None:
    keystone.away = True
    for token in ("one", "two", "three"):
        with pytest.raises(KeystoneUnavailable, match="connection refused"):
            await tokens.authenticate(token)
    assert keystone.asked == ["one"]
    keystone.away = False
    time.passes(5)
    assert await tokens.authenticate("good") == ANN


async def test_callers_with_the_same_token_share_one_question(tokens: TokenValidator, keystone: Keystone) -> None:
    keystone.gate.clear()
    callers = [asyncio.create_task(tokens.authenticate("good")) for _ in range(20)]
    await arrival(keystone)
    keystone.gate.set()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*callers) == [ANN] * 20
    assert keystone.asked == ["good"]


async def test_a_caller_who_hangs_up_takes_the_answer_from_nobody(tokens: TokenValidator, keystone: Keystone) -> None:
    keystone.gate.clear()
    first, second = (asyncio.create_task(tokens.authenticate("good")) for _ in range(2))
    await arrival(keystone)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    keystone.gate.set()
    async with asyncio.timeout(5):
        assert await second == ANN
    assert keystone.asked == ["good"]


async def test_memory_is_bounded_and_what_is_used_stays(tokens: TokenValidator, keystone: Keystone) -> None:
    keystone.answers = dict.fromkeys(("a", "b", "c", "d"), ANN)
    for token in ("a", "b", "c", "a", "d"):
        await tokens.authenticate(token)
    keystone.asked.clear()
    for token in ("a", "c", "d"):
        await tokens.authenticate(token)
    assert keystone.asked == []
    await tokens.authenticate("b")
    assert keystone.asked == ["b"]


async def test_made_up_tokens_do_not_push_good_ones_out(tokens: TokenValidator, keystone: Keystone) -> None:
    await tokens.authenticate("good")
    for number in range(10):
        with pytest.raises(Unauthorized):
            await tokens.authenticate(f"bad-{number}")
    keystone.asked.clear()
    await tokens.authenticate("good")
    assert keystone.asked == []
    assert len(tokens._bad) == 3


async def test_no_token_is_kept_or_shown(tokens: TokenValidator) -> None:
    await tokens.authenticate("good")
    with pytest.raises(Unauthorized) as caught:
        await tokens.authenticate("bad-secret")
    memory = {name: value for name, value in vars(tokens).items() if name != "_keystone"}
    kept = f"{memory} {caught.value!r}"
    assert "bad-secret" not in kept
    assert "'good'" not in kept
    assert tokens._asking == {}
