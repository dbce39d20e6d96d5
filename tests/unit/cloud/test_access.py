"""How the VIM keeps a token of the Keystone in the pods, and what others' errors become."""

from datetime import timedelta
from pathlib import Path

import pytest

from sturnus import __version__
from sturnus.cloud.access import place_of
from sturnus.cloud.session import NOVA
from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound, SturnusError, Unavailable
from sturnus.kubernetes.service_proxy import Address
from tests.unit.cloud.scripted_services import TOKENS, ScriptedServices

pytestmark = pytest.mark.anyio


def asked_for_tokens(services: ScriptedServices) -> int:
    return sum(each.path == TOKENS for each in services.requests)


async def test_a_token_is_kept_and_asked_for_with_the_names_of_the_file(tmp_path: Path) -> None:
    services = ScriptedServices()
    access = services.access(tmp_path)

    await access.get(NOVA, "/one")
    await access.get(NOVA, "/two")

    asked = services.requests[0].body["auth"]
    assert asked["identity"]["password"]["user"] == {"name": "vim", "password": "right", "domain": {"name": "Users"}}
    assert asked["scope"]["project"] == {"name": "services", "domain": {"name": "Projects"}}
    assert asked_for_tokens(services) == 1


async def test_every_request_says_who_asks_and_has_an_id(tmp_path: Path) -> None:
    services = ScriptedServices()

    await services.access(tmp_path).get(NOVA, "/one")

    assert len(services.requests) == 2
    for each in services.requests:
        assert each.headers["User-Agent"] == f"sturnus-vim/{__version__}"
        assert each.headers["X-OpenStack-Request-ID"] == "req-53747572-3a43-4c2b-8f7c-6a6c3f6e0b0d"


async def test_a_token_that_is_refused_is_replaced_with_the_password_of_now(tmp_path: Path) -> None:
    services = ScriptedServices()
    access = services.access(tmp_path)
    await access.get(NOVA, "/one")
    services.password = "newer"
    (tmp_path / "password").write_text("newer")
    services.revoked.update(services.tokens)

    await access.get(NOVA, "/two")

    assert [each.said for each in services.requests[-3:]] == ["GET /two", f"POST {TOKENS}", "GET /two"]


async def test_a_token_that_is_refused_again_is_not_asked_for_in_a_circle(tmp_path: Path) -> None:
    services = ScriptedServices(revoked={"token 1", "token 2", "token 3"})

    with pytest.raises(Unavailable, match="requires authentication"):
        await services.access(tmp_path).get(NOVA, "/one")

    assert asked_for_tokens(services) == 2


async def test_a_password_that_keystone_does_not_take_is_no_answer_to_what_was_wanted(tmp_path: Path) -> None:
    services = ScriptedServices(password="another")

    with pytest.raises(Unavailable, match="a token for vim"):
        await services.access(tmp_path).get(NOVA, "/one")


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("lifetime", "skew", "later", "tokens"),
    [
        (HOUR, timedelta(), MINUTE * 50, 1),
        (HOUR, timedelta(), MINUTE * 59, 2),
        (HOUR, -HOUR * 2, MINUTE * 50, 1),  # by our clock it ended before it came
        (HOUR, HOUR * 2, MINUTE * 59, 2),
        (MINUTE, timedelta(), MINUTE * 0.4, 1),
        (MINUTE, timedelta(), MINUTE * 0.6, 2),
    ],
)
async def test_a_token_is_replaced_before_its_end_whatever_keystones_clock_says(
    tmp_path: Path, lifetime: timedelta, skew: timedelta, later: timedelta, tokens: int
) -> None:
    services = ScriptedServices(lifetime=lifetime, skew=skew)
    access = services.access(tmp_path)
    await access.get(NOVA, "/one")
    services.clock.time += later

    await access.get(NOVA, "/two")

    assert asked_for_tokens(services) == tokens


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (413, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
    ],
)
async def test_what_a_refusal_means(tmp_path: Path, status: int, error: type[SturnusError]) -> None:
    services = ScriptedServices({"GET /one": status})

    with pytest.raises(error, match="nova-api refuses GET /one: as it is"):
        await services.access(tmp_path).get(NOVA, "/one")


@pytest.mark.parametrize("absent", ["nova-api", "keystone-api"])
async def test_a_service_that_is_not_there_is_not_taken_for_a_server_that_is_not_there(
    tmp_path: Path, absent: str
) -> None:
    services = ScriptedServices(absent=frozenset({absent}))

    with pytest.raises(Unavailable, match=f"there is no Service {absent}"):
        await services.access(tmp_path).get(NOVA, "/one")


async def test_without_a_password_nobody_is_asked(tmp_path: Path) -> None:
    services = ScriptedServices()
    access = services.access(tmp_path)
    (tmp_path / "password").unlink()

    with pytest.raises(Unavailable, match="password cannot be read"):
        await access.get(NOVA, "/one")

    assert services.requests == []


def test_keystone_is_found_by_its_name_in_the_cluster() -> None:
    assert place_of("http://keystone-api.openstack.svc.cluster.local:5000/v3") == (
        Address("keystone-api", 5000),
        "openstack",
    )


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:5000/v3", "http://keystone.example.org:5000/v3", "", "http://a.b.svc"]
)
def test_a_keystone_elsewhere_is_an_error_that_names_it(url: str) -> None:
    with pytest.raises(Unavailable, match="names no Service"):
        place_of(url)
