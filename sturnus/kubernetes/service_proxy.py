"""HTTP to a Service of the cluster, by way of the API server.

The platform needs neither a route to pods nor the cluster's DNS for it: its kubeconfig is enough. The API server takes
the header `Authorization` for itself; all others arrive. https://kubernetes.io/docs/tasks/access-application-cluster/
access-cluster-services/, "Manually constructing apiserver proxy URLs".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from sturnus.core.errors import NotFound, Unavailable
from sturnus.kubernetes.connection import Connection

DEADLINE: Final = 30.0
"""Seconds for one request."""
_BEHIND: Final = frozenset({502, 503, 504})
"""What the API server says when nobody behind the Service answers."""


@dataclass(frozen=True, slots=True)
class Address:
    """A port of a Service."""

    service: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: Any  # of JSON; a text if it is none; None: empty

    @property
    def is_error(self) -> bool:
        """Whether the request was refused, or failed."""
        return self.status >= HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class ServiceProxy:
    """The Services of one namespace."""

    connection: Connection
    namespace: str
    deadline: float = DEADLINE

    async def ask(self, method: str, to: Address, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """Send a request; `body` goes as JSON, bytes go as they are.

        Raises:
            NotFound: there is no such Service.
            Unavailable: nobody behind it answers, or the API server does not let us ask: it forbids everybody
                everything until it has read its roles (`connection`), and the service has heard nothing.

        """
        place = f"api/v1/namespaces/{self.namespace}/services/http:{to.service}:{to.port}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if body is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
        sent = {"Accept": "application/json", **kind, **headers}
        answer = await self.connection.exchange(
            method, f"{place}/proxy/{path.lstrip('/')}", sent, content, self.deadline
        )
        decoded = _decoded(answer.content)
        if answer.status == 404 and _is_kubernetes_own(decoded):
            raise NotFound(
                f"there is no Service {to.service} in namespace {self.namespace}",
                expected="a Service of the application",
                remedy=f"kubectl -n {self.namespace} get services",
            )
        if answer.status in _BEHIND:
            why = decoded.get("message", "") if isinstance(decoded, dict) else str(decoded or "")
            raise Unavailable(
                f"{to.service} does not answer: {why[:200]}",
                expected="an answer from one of its pods",
                remedy=f"kubectl -n {self.namespace} get pods",
            )
        found = Answer(answer.status, answer.headers, decoded)
        if found.is_error and _is_kubernetes_own(decoded):
            raise Unavailable(
                f"Kubernetes does not let us reach {to.service}: {decoded.get('message', '')[:200]}",
                expected="an API server that passes requests on",
                remedy="kubectl auth can-i --list",
            )
        return found


def _decoded(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def _is_kubernetes_own(body: Any) -> bool:
    return isinstance(body, dict) and body.get("kind") == "Status" and body.get("apiVersion") == "v1"
