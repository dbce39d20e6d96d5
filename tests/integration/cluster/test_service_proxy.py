"""HTTP to Services by way of a real API server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from lightkube import Client
from lightkube.models.core_v1 import Container, PodSpec, ServicePort, ServiceSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod, Service

from lab.ground.description import Lab
from sturnus.core.errors import NotFound, Unavailable
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.service_proxy import Address, Answer, ServiceProxy
from tests.tarballs.charts import BUSYBOX

PORT = 8080
ECHO = r"""
cat > /tmp/answer <<'END'
read -r first
while read -r line; do
  line=${line%$(printf '\r')}
  [ -z "$line" ] && break
  case "$line" in [Xx]-[Aa]uth-[Tt]oken:*) token=${line#*: };; esac
done
text="{\"request\": \"${first% *}\", \"token\": \"$token\"}"
printf 'HTTP/1.1 201 Created\r\nX-Subject-Token: a-token\r\nConnection: close\r\n'
printf 'Content-Length: %d\r\n\r\n%s' ${#text} "$text"
END
exec nc -ll -p 8080 -e sh /tmp/answer
"""
"""Answers with the first line of a request and its token."""


def a_service(client: Client, namespace: str, name: str) -> None:
    spec = ServiceSpec(selector={"app": name}, ports=[ServicePort(port=80, targetPort=PORT)])
    client.create(Service(metadata=ObjectMeta(name=name, namespace=namespace), spec=spec))


def an_echo(client: Client, namespace: str, name: str) -> None:
    a_service(client, namespace, name)
    container = Container(name="echo", image=BUSYBOX, command=["sh", "-c", ECHO])
    spec = PodSpec(containers=[container], terminationGracePeriodSeconds=0)
    client.create(Pod(metadata=ObjectMeta(name=name, namespace=namespace, labels={"app": name}), spec=spec))


def through(lab: Lab, namespace: str, ask: Callable[[ServiceProxy], Awaitable[Answer]]) -> Answer:
    async def once() -> Answer:
        async with Connection.from_kubeconfig(lab.paths.kubeconfig) as connection:
            return await ask(ServiceProxy(connection, namespace))

    return asyncio.run(once())


def test_headers_go_there_and_back(lab: Lab, client: Client, namespace: str) -> None:
    an_echo(client, namespace, "echo")

    async def ask(proxy: ServiceProxy) -> Answer:
        async with asyncio.timeout(120):
            while True:
                try:
                    return await proxy.ask("GET", Address("echo", 80), "/v3/auth?a=b", {"X-Auth-Token": "mine"})
                except Unavailable:
                    await asyncio.sleep(0.2)

    answer = through(lab, namespace, ask)

    assert answer.status == 201
    assert answer.headers["x-subject-token"] == "a-token"
    assert answer.body == {"request": "GET /v3/auth?a=b", "token": "mine"}


def test_a_service_without_pods_does_not_answer(lab: Lab, client: Client, namespace: str) -> None:
    a_service(client, namespace, "lonely")

    with pytest.raises(Unavailable, match=r"^lonely does not answer: no endpoints available"):
        through(lab, namespace, lambda proxy: proxy.ask("GET", Address("lonely", 80), "/", {}))


def test_a_service_that_is_not_there_is_named(lab: Lab, namespace: str) -> None:
    with pytest.raises(NotFound, match="there is no Service nobody in namespace"):
        through(lab, namespace, lambda proxy: proxy.ask("GET", Address("nobody", 80), "/", {}))
