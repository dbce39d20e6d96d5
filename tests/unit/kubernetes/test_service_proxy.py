"""What the API server says itself, of what a Service was asked by way of it, is not that Service's answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sturnus.cloud.access import Access
from sturnus.cloud.nova_servers import NovaServers
from sturnus.cloud.session import NOVA
from sturnus.core.errors import Conflict, NotFound, Unavailable
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.service_proxy import ServiceProxy
from tests.unit.cloud.scripted_services import KEYSTONE, REQUEST_ID, TOKENS, Clock, a_login

pytestmark = pytest.mark.anyio

FORBIDDEN = 'services "http:nova-api:8774" is forbidden: User "vim" cannot get resource "services/proxy"'


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def of_kubernetes(status: int, message: str = FORBIDDEN) -> httpx2.Response:
    return httpx2.Response(status, json={"kind": "Status", "apiVersion": "v1", "message": message, "code": status})


def proxy(answer: Callable[[httpx2.Request], httpx2.Response]) -> ServiceProxy:
    client = httpx2.AsyncClient(base_url="http://cluster.example", transport=httpx2.MockTransport(answer))
    return ServiceProxy(Connection(client), "openstack")


@pytest.mark.parametrize("status", [400, 401, 403, 429])
async def test_a_refusal_of_the_api_server_itself_is_no_answer(status: int) -> None:
    with pytest.raises(Unavailable, match=r"^Kubernetes does not let us reach nova-api: services .* is forbidden"):
        await proxy(lambda _: of_kubernetes(status)).ask("GET", NOVA, "/v2.1/servers", {})


async def test_a_service_that_is_not_there_is_not_found_and_one_without_pods_does_not_answer() -> None:
    with pytest.raises(NotFound, match="there is no Service nova-api in namespace openstack"):
        await proxy(lambda _: of_kubernetes(404)).ask("GET", NOVA, "/", {})
    with pytest.raises(Unavailable, match=r"^nova-api does not answer: no endpoints"):
        await proxy(lambda _: of_kubernetes(503, "no endpoints")).ask("GET", NOVA, "/", {})


@pytest.mark.parametrize("status", [200, 401, 403, 404])
async def test_what_the_service_says_is_its_answer(status: int) -> None:
    said: dict[str, Any] = {"forbidden": {"message": "no"}}

    answer = await proxy(lambda _: httpx2.Response(status, json=said)).ask("GET", NOVA, "/", {})

    assert (answer.status, answer.body) == (status, said)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (of_kubernetes(403), Unavailable),  # Nova has not heard of the order: it is no reason to stop the server
        (httpx2.Response(403, json={"forbidden": {"message": "a quota"}}), Conflict),
    ],
    ids=["of Kubernetes", "of Nova"],
)
async def test_only_nova_refuses_an_order(tmp_path: Path, refusal: httpx2.Response, error: type[Exception]) -> None:
    (tmp_path / "password").write_text("right")
    token = httpx2.Response(
        201, headers={"X-Subject-Token": "t"}, json={"token": {"user": {"id": "u"}, "project": {"id": "p"}}}
    )
    services = proxy(lambda request: token if request.url.path.endswith(TOKENS) else refusal)
    clock = Clock()
    access = Access(services, a_login(tmp_path / "password"), KEYSTONE, clock, lambda: REQUEST_ID)

    with pytest.raises(error):
        await NovaServers.of(access, clock).live_migrate("s1", "compute-1")
