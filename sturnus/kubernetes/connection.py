"""One way to a cluster's API for objects of any kind: JSON out, JSON in, a deadline for each request.

Charts bring kinds that no typed client knows, and plans want only a part of an object (its metadata, its last log
line). lightkube reads the kubeconfig and authenticates; above it this is plain REST.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx2
from lightkube import KubeConfig
from lightkube.config import client_adapter
from lightkube.core.exceptions import ConfigError

from sturnus.core.errors import Unavailable
from sturnus.kubernetes.refusals import refusal, unavailable

DEADLINE: Final = 15.0
"""Seconds for one request, connection included, unless the caller says another."""

ROLES_LAG: Final = 0.5
"""Seconds after which an API server that has just become ready is asked again."""
APPLY: Final = "application/apply-patch+yaml"
"""Server-side apply. JSON is YAML, too."""
MERGE: Final = "application/merge-patch+json"
METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""A list without what its objects are made of: names, labels, and little more."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes


class Connection:
    """The API of one cluster, as the user of one kubeconfig."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    @classmethod
    def from_kubeconfig(cls, file: Path) -> Self:
        """Reach the cluster of a kubeconfig file. Reads the file, connects to nothing.

        Raises:
            Unavailable: there is no such file, or it says nothing of a cluster.

        """
        try:
            config = KubeConfig.from_file(file).get()
        except ConfigError as error:
            raise Unavailable(str(error), expected="a kubeconfig file", remedy="set kubeconfig") from error
        if config is None:
            raise Unavailable(f"{file} names no cluster", expected="a kubeconfig file", remedy="set kubeconfig")
        parameters = client_adapter.ConnectionParams(timeout=httpx2.Timeout(DEADLINE), trust_env=False)
        http = client_adapter.AsyncClient(config, parameters)
        return cls(http)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def get(
        self, path: str, parameters: Mapping[str, str] | None = None, *, accept: str = "application/json"
    ) -> Json:
        """Read an object or a list. `path` is relative to the API's root: `api/v1/namespaces/openstack/pods`.

        Raises:
            NotFound, Forbidden, Expired: as Kubernetes says.
            Unavailable: no answer, or one that it will give differently later.

        """
        return _checked(await self._send("GET", path, parameters or {}, headers={"Accept": accept}), path)

    async def text(self, path: str, parameters: Mapping[str, str]) -> str:
        """Read what is not JSON: a log."""
        answer = await self._send("GET", path, parameters, headers={})
        if answer.is_error:
            _checked(answer, path)
        return answer.text

    async def patch(
        self, path: str, body: Mapping[str, Any], parameters: Mapping[str, str], *, media_type: str
    ) -> Json:
        """Change an object; the media type says how: `APPLY` or `MERGE`.

        Raises:
            Conflict: other field managers own what would change, or the version is not the newest.
            Invalid: Kubernetes or an admission webhook refuses it.

        """
        return _checked(await self._send("PATCH", path, parameters, {"Content-Type": media_type}, body), path)

    async def delete(self, path: str, body: Mapping[str, Any]) -> None:
        """Delete an object. One that is gone already is no error."""
        answer = await self._send("DELETE", path, {}, {"Content-Type": "application/json"}, body)
        if answer.status_code != httpx2.codes.NOT_FOUND:
            _checked(answer, path)

    async def exchange(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, deadline: float
    ) -> Exchanged:
        """Send what is no object of Kubernetes and return the answer as it is, whatever it says: for proxies.

        `deadline`: seconds.

        Raises:
            Unavailable: no answer.

        """
        with _explained(path):
            async with asyncio.timeout(deadline):
                answer = await self._http.request(
                    method, path, headers=dict(headers), content=content, timeout=httpx2.Timeout(deadline)
                )
        return Exchanged(answer.status_code, dict(answer.headers), answer.content)

    async def lines(
        self, path: str, parameters: Mapping[str, str], *, silence: float, on_open: Callable[[], None]
    ) -> AsyncGenerator[str]:
        """Hold a stream open and give its lines; `silence` is the longest wait in seconds for the next one.

        `on_open` is called once the server has agreed, which may be long before the first line. Close the generator
        (`contextlib.aclosing`), or it keeps its connection.
        """
        timeout = httpx2.Timeout(DEADLINE, read=silence)
        with _explained(path):
            async with self._http.stream("GET", path, params=dict(parameters), timeout=timeout) as answer:
                if answer.is_error:
                    await answer.aread()
                    if answer.status_code == httpx2.codes.FORBIDDEN:
                        await self._refuse_while_starting()
                    _checked(answer, path)
                on_open()
                async for line in answer.aiter_lines():
                    yield line

    async def _send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> httpx2.Response:
        content = None if body is None else json.dumps(body)

        async def once() -> httpx2.Response:
            return await self._http.request(
                method, path, params=dict(parameters), headers=dict(headers), content=content
            )

        with _explained(path):
            async with asyncio.timeout(DEADLINE):
                answer = await once()
                if answer.status_code == httpx2.codes.FORBIDDEN:
                    await self._refuse_while_starting()
                    answer = await once()
                return answer

    async def _refuse_while_starting(self) -> None:
        """Raise Unavailable while the API server starts: until it has read its roles it forbids everybody everything.

        Who was refused by one that is ready now was perhaps refused a moment before it was: ask again.
        """
        ready = await self._http.get("readyz")  # which it answers to anybody, unless it is told not to
        if not ready.is_success:  # forbidden, too: that is what it says of itself until it knows its roles
            raise unavailable("the API server is starting")
        await asyncio.sleep(ROLES_LAG)


def _checked(answer: httpx2.Response, path: str) -> Json:
    try:
        content: Any = json.loads(answer.content or b"{}")
    except json.JSONDecodeError:
        content = answer.text[:200]  # a proxy's page, or the API server's plain text while it starts
    if isinstance(content, dict) and not answer.is_error:
        return content
    message = content.get("message") if isinstance(content, dict) else content
    raise refusal(answer.status_code, str(message), path)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what the HTTP client raises into Unavailable."""
    try:
        yield
    except (httpx2.HTTPError, TimeoutError, OSError, json.JSONDecodeError) as error:
        raise unavailable(f"{str(error) or type(error).__name__} ({path})") from error
    except ConfigError as error:  # a credential plugin of the kubeconfig failed
        raise unavailable(str(error)) from error
