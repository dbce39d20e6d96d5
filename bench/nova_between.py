"""A scripted inventory and Kubernetes with a real OpenStack behind them, for hosts that only OpenStack has.

    python -m bench.nova_between HOSTS KIND KUBECONFIG

Requests to Services of the application go on to that cluster as they are; all others `bench.scripted_cloud` answers.
When each order for a server, and each change of a host, passes through is kept: `GET /asked`.
"""

from __future__ import annotations

import json
import sys
from typing import ClassVar
from urllib.parse import urlsplit

import httpx2
from lightkube import KubeConfig
from lightkube.config import client_adapter

from bench.scripted_cloud import Answers, Handler, serve

TO_OPENSTACK = "/api/v1/namespaces/openstack/services/"
PASSED = ("accept", "content-type", "openstack-api-version", "x-auth-token", "x-openstack-request-id")
RETURNED = ("x-subject-token", "openstack-api-version")


class Between(Handler):
    """Answers what is scripted, and passes on the rest."""

    cluster: ClassVar[httpx2.Client]

    def passes_on(self) -> bool:
        """Whether it is OpenStack that has answered."""
        if not self.path.startswith(TO_OPENSTACK):
            return False
        content = self.content()
        headers = {name: value for name, value in self.headers.items() if name.lower() in PASSED}
        if urlsplit(self.path).path.endswith("/action"):
            self.answers.mark(next(iter(json.loads(content))))
        answer = self.cluster.request(self.command, self.path, headers=headers, content=content)
        returned = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
        self.answer(answer.status_code, answer.content, returned)
        return True


def main() -> None:
    """Serve what the arguments say."""
    Between.answers = Answers(int(sys.argv[1]), 0, 0, sys.argv[2])
    config = KubeConfig.from_file(sys.argv[3]).get()
    assert config is not None
    Between.cluster = client_adapter.Client(config, client_adapter.ConnectionParams(timeout=httpx2.Timeout(60)))
    serve(Between)


if __name__ == "__main__":
    main()
