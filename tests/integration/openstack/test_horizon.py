"""Horizon of the application, in a browser."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.programs.build import built
from tests.integration.openstack.cloud import NAMESPACE, Cloud
from tests.integration.openstack.servers import Server

MADE = Path(__file__).parents[3] / ".make"
BROWSER = MADE / "browser" / "bin" / "python"
PATIENCE = 300
"""Seconds."""


@contextmanager
def reached(cloud: Cloud) -> Iterator[str]:
    """Horizon's address on this machine, through the API server."""
    whose = ["--kubeconfig", str(cloud.lab.paths.kubeconfig), "--namespace", NAMESPACE]
    command = [str(built() / "kubectl"), *whose, "port-forward", "service/horizon", ":80"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forwarding:
        assert forwarding.stdout is not None
        said = forwarding.stdout.readline()  # "Forwarding from 127.0.0.1:36517 -> 8080"
        try:
            yield f"http://{said.split()[2]}"
        finally:
            forwarding.terminate()


def test_the_administrator_signs_in_and_sees_the_servers(cloud: Cloud, servers: tuple[Server, Server]) -> None:
    secret = json.loads(cloud.kubectl("get", "secret", "openstack-passwords", "-o", "json"))
    password = base64.b64decode(secret["data"]["keystone-admin"]).decode()
    script = str(Path(__file__).with_name("browser.py"))

    with reached(cloud) as address:
        done = subprocess.run(
            [BROWSER, script, address, "admin", str(MADE / "horizon.png")],
            input=password, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    assert done.returncode == 0, done.stderr[-3000:]
    for server in servers:
        assert server.name in done.stdout
        assert server.floating in done.stdout
