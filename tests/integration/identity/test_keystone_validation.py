import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from sturnus.core.clock import SystemClock
from sturnus.core.identity import Identity, Unauthorized
from sturnus.identity.credentials import credentials_in
from sturnus.identity.keystone_tokens import KeystoneTokens, KeystoneUnavailable, client_for
from sturnus.identity.permissions import Action
from sturnus.identity.policy import Policy
from sturnus.identity.tokens import TokenValidator

from .conftest import Keystone

pytestmark = pytest.mark.anyio

POLICY = Policy()


@asynccontextmanager
async def validator(keystone: Keystone) -> AsyncIterator[TokenValidator]:
    """As an API of the platform makes one."""
    settings = keystone.settings
    credentials = credentials_in(settings.password_file("sturnus"), "sturnus", "services")
    async with client_for(settings.url, settings.ca_file) as client:
        yield TokenValidator(KeystoneTokens(client, credentials), SystemClock())


async def test_a_token_of_the_administrator_says_who_and_what(served: Keystone) -> None:
    async with validator(served) as tokens:
        identity = await tokens.authenticate(served.token())
    assert (identity.user, identity.project) == ("admin", "admin")
    assert identity.roles >= {"admin", "configurator", "operator", "reader"}
    assert identity.expires is not None
    assert timedelta(minutes=59) < identity.expires - datetime.now(UTC) <= timedelta(hours=1)


async def test_a_made_up_token_is_refused(served: Keystone) -> None:
    async with validator(served) as tokens:
        with pytest.raises(Unauthorized):
            await tokens.authenticate("gAAAAABmade-up")


async def test_a_wrong_password_gets_no_token(served: Keystone) -> None:
    answer = served.login(password="wrong")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "The request you have made requires authentication."


async def test_a_revoked_token_is_refused(served: Keystone) -> None:
    token = served.token()
    async with validator(served) as tokens:
        assert (await tokens.authenticate(token)).user == "admin"
    with served.client() as client:
        headers = {"X-Auth-Token": served.token(), "X-Subject-Token": token}
        assert client.delete("/v3/auth/tokens", headers=headers).status_code == 204
    async with validator(served) as tokens:
        with pytest.raises(Unauthorized):
            await tokens.authenticate(token)


async def test_a_disabled_users_token_is_refused(served: Keystone) -> None:
    user = served.add_user("leaver", "pw-of-leaver", "admin", "operator")
    token = served.token("leaver", password="pw-of-leaver")
    served.ask("PATCH", f"/users/{user}", {"user": {"enabled": False}})
    async with validator(served) as tokens:
        with pytest.raises(Unauthorized):
            await tokens.authenticate(token)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("reader", Action.HOSTS_SHOW, Action.HOSTS_LOCK),
        ("operator", Action.HOSTS_LOCK, Action.LABELS_CHANGE),
        ("configurator", Action.LABELS_CHANGE, Action.SECRETS_CHANGE),
    ],
)
async def test_a_role_of_keystone_is_what_the_table_says(
    served: Keystone, role: str, may: Action, may_not: Action
) -> None:
    served.add_user(f"a-{role}", "pw-of-user", "admin", role)
    async with validator(served) as tokens:
        identity = await tokens.authenticate(served.token(f"a-{role}", password="pw-of-user"))
    assert POLICY.allowed(identity, may) is None
    denial = POLICY.allowed(identity, may_not)
    assert denial is not None
    assert denial.reason.startswith(f"a-{role} may not ")


async def test_the_services_tokens_carry_no_more_than_they_need(served: Keystone) -> None:
    async with validator(served) as tokens:
        found = {user: await tokens.authenticate(served.token(user, "services")) for user in ("sturnus", "vim", "fm")}
    assert {user: identity.roles for user, identity in found.items()} == {
        "sturnus": {"service"},
        "vim": {"service", "reader"},
        "fm": {"service"},
    }


async def test_a_hundred_callers_with_one_token_cost_one_question(served: Keystone) -> None:
    token = served.token()
    async with validator(served) as tokens:
        async with asyncio.timeout(30):
            identities = await asyncio.gather(*(tokens.authenticate(token) for _ in range(100)))
        began = time.perf_counter()
        await tokens.authenticate(token)
        remembered = time.perf_counter() - began
    assert len({identity.user for identity in identities}) == 1
    assert remembered < 0.01


async def until_refused(keystone: Keystone, token: str) -> None:
    """Ask, each time without memory, until Keystone says so."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with validator(keystone) as tokens:
                    await tokens.authenticate(token)
            except Unauthorized:
                return


async def test_an_expired_token_is_refused_and_our_own_is_fetched_again(short_lived: Keystone) -> None:
    with short_lived.serving():
        async with validator(short_lived) as tokens:
            token = short_lived.token()
            assert (await tokens.authenticate(token)).user == "admin"
            await until_refused(short_lived, token)
            with pytest.raises(Unauthorized):
                await tokens.authenticate(token)
            # The service token was of the same three seconds.
            assert (await tokens.authenticate(short_lived.token())).user == "admin"


async def test_with_keystone_away_the_known_go_on_and_the_unknown_learn_why(set_up: Keystone) -> None:
    async with validator(set_up) as tokens:
        with set_up.serving():
            known, unknown = set_up.token(), set_up.token("vim", "services")
            identity = await tokens.authenticate(known)
        began = time.perf_counter()
        assert await tokens.authenticate(known) == identity
        with pytest.raises(KeystoneUnavailable) as caught:
            await tokens.authenticate(unknown)
        assert time.perf_counter() - began < 1
        assert caught.value.message.endswith(f"ConnectError at {set_up.settings.url.removeprefix('http://')}")
        with set_up.serving():
            recovered = await until_answered(tokens, unknown)
    assert recovered.user == "vim"


async def until_answered(tokens: TokenValidator, token: str) -> Identity:
    async with asyncio.timeout(30):
        while True:
            try:
                return await tokens.authenticate(token)
            except KeystoneUnavailable as error:
                assert error.retry_after <= timedelta(seconds=5)  # noqa: PT017 -- the header that the caller goes by
                await asyncio.sleep(0.1)
